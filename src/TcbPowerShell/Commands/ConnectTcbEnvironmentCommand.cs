using System.Management.Automation;
using System.Net;
using System.Security;
using TcbPowerShell.Client;
using TcbPowerShell.Commands;

namespace TcbPowerShell;

/// <summary>Makes a connection to one CloudBase environment and makes it the default of this runspace.</summary>
[Cmdlet(VerbsCommunications.Connect, "TcbEnvironment", DefaultParameterSetName = AccessTokenSet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(TcbEnvironment))]
public sealed class ConnectTcbEnvironmentCommand : PSCmdlet
{
    private const string AccessTokenSet = "AccessToken";

    /// <summary>The environment's ID, for example <c>test2-4a89da</c>.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidatePattern("^[A-Za-z0-9][A-Za-z0-9_-]*$")]
    public string EnvironmentId { get; set; } = string.Empty;

    /// <summary>The mini program's access token, or an authorizer's. It is used until the service refuses it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AccessTokenSet)]
    [SecretArgument]
    public SecureString AccessToken { get; set; } = new();

    /// <summary>Where the service is.</summary>
    [Parameter]
    [ValidateNotNull]
    public Uri Endpoint { get; set; } = EndpointUri.Default;

    /// <summary>How long one request may take, in seconds.</summary>
    [Parameter]
    [ValidateRange(1, 3600)]
    public int TimeoutSec { get; set; } = 30;

    /// <summary>The proxy to use in place of the system's.</summary>
    [Parameter]
    public Uri? Proxy { get; set; }

    /// <summary>The proxy's user name and password.</summary>
    [Parameter]
    [Credential]
    public PSCredential? ProxyCredential { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        CheckAddresses();
        AccessTokenSource tokens = MakeTokenSource();
        if (!ShouldProcess(EnvironmentId, $"Connect through {Endpoint}")) return;
        var client = new TcbClient(TcbHttp.Create(MakeProxy()), Endpoint, TimeSpan.FromSeconds(TimeoutSec), Clock.System);
        var environment = new TcbEnvironment(EnvironmentId, Endpoint, tokens, client);
        DefaultConnection.Current = environment;
        WriteObject(environment);
    }

    private void CheckAddresses()
    {
        if (EndpointUri.FindProblem(Endpoint) is { } problem) ThrowTerminatingError(ErrorRecords.InvalidArgument("InvalidEndpoint", null, problem));
        if (Proxy is null && ProxyCredential is not null)
            ThrowTerminatingError(ErrorRecords.InvalidArgument("InvalidProxy", null, "-ProxyCredential needs -Proxy."));
        if (Proxy is not null && (!Proxy.IsAbsoluteUri || Proxy.UserInfo.Length > 0))
        {
            ThrowTerminatingError(ErrorRecords.InvalidArgument("InvalidProxy", null,
                "-Proxy must be an absolute address without user name and password; those go into -ProxyCredential."));
        }
    }

    private FixedAccessToken MakeTokenSource()
    {
        string token = SecretArgumentAttribute.Reveal(AccessToken);
        if (token.Length == 0 || token.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)))
        {
            ThrowTerminatingError(ErrorRecords.InvalidArgument("InvalidAccessToken", null,
                "-AccessToken is empty or holds white space: most likely it was read with a line end or cut. Trim it, or fetch it again."));
        }
        return new FixedAccessToken(token);
    }

    private WebProxy? MakeProxy() =>
        Proxy is null ? null : new WebProxy(Proxy) { Credentials = ProxyCredential?.GetNetworkCredential() };
}
