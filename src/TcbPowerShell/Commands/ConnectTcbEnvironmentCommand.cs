using System.Globalization;
using System.Management.Automation;
using System.Security;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Commands;
using TcbPowerShell.Resources;

namespace TcbPowerShell;

/// <summary>Makes a connection to one CloudBase environment and makes it the default of this runspace.</summary>
[Cmdlet(VerbsCommunications.Connect, "TcbEnvironment", DefaultParameterSetName = AccessTokenSet,
    SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low, HelpUri = HelpPage.Folder + "Connect-TcbEnvironment.md")]
[OutputType(typeof(TcbEnvironment))]
public sealed class ConnectTcbEnvironmentCommand : PSCmdlet, IDisposable
{
    internal const string AccessTokenSet = "AccessToken";
    internal const string AppCredentialSet = "AppCredential";
    internal const string AuthorizerSet = "Authorizer";
    internal const string ComponentSet = "Component";
    internal const string CloudBaseTokenSet = "CloudBaseToken";
    internal const string CloudBaseTokenPathSet = "CloudBaseTokenPath";
    internal const string TokenProviderSet = "TokenProvider";
    internal const string OpenInterfaceServiceSet = "OpenInterfaceService";
    internal const string EnvironmentVariableSet = "EnvironmentVariable";

    private ForegroundContext? _context;

    /// <summary>The environment's ID, for example <c>test2-4a89da</c>.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = AccessTokenSet)]
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = AppCredentialSet)]
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = AuthorizerSet)]
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ComponentSet)]
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = CloudBaseTokenSet)]
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = CloudBaseTokenPathSet)]
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = TokenProviderSet)]
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = OpenInterfaceServiceSet)]
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = EnvironmentVariableSet)]
    [ArgumentCompleter(typeof(EnvironmentIdCompleter))]
    [EnvironmentIdArgument]
    public string? EnvironmentId { get; set; }

    /// <summary>The mini program's access token, or an authorizer's. It is used until the service refuses it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AccessTokenSet)]
    [SecretArgument]
    [ArgumentCompleter(typeof(NoCompleter))]
    public SecureString? AccessToken { get; set; }

    /// <summary>The mini program's AppID and AppSecret: a stable access token is fetched now, and again when it is due or refused.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AppCredentialSet)]
    [TypedArgument(typeof(PSCredential))]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>The third-party platform's AppID.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AuthorizerSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(NoCompleter))]
    public string ComponentAppId { get; set; } = string.Empty;

    /// <summary>
    /// The third-party platform's access token (a string or SecureString), or a script block that returns it. Without the other parameters of
    /// an authorizer: for the platform's own environments.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = AuthorizerSet)]
    [Parameter(Mandatory = true, ParameterSetName = ComponentSet)]
    [SecretArgument(OrScript = true)]
    [ArgumentCompleter(typeof(NoCompleter))]
    public object? ComponentAccessToken { get; set; }

    /// <summary>The AppID of the mini program that authorized the platform.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AuthorizerSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(NoCompleter))]
    public string AuthorizerAppId { get; set; } = string.Empty;

    /// <summary>The mini program's refresh token. The service replaces it whenever it is used.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AuthorizerSet)]
    [SecretArgument]
    [ArgumentCompleter(typeof(NoCompleter))]
    public SecureString? AuthorizerRefreshToken { get; set; }

    /// <summary>The cloud hosting token, which lives half an hour.</summary>
    [Parameter(Mandatory = true, ParameterSetName = CloudBaseTokenSet)]
    [SecretArgument]
    [ArgumentCompleter(typeof(NoCompleter))]
    public SecureString? CloudBaseAccessToken { get; set; }

    /// <summary>The file in which the platform keeps the cloud hosting token. It is read for each request.</summary>
    [Parameter(Mandatory = true, ParameterSetName = CloudBaseTokenPathSet)]
    [ValidateNotNullOrEmpty]
    public string CloudBaseAccessTokenPath { get; set; } = string.Empty;

    /// <summary>A script block that returns a token: one string or SecureString. It runs now, and again when its token is refused.</summary>
    [Parameter(Mandatory = true, ParameterSetName = TokenProviderSet)]
    [ValidateNotNull]
    [TypedArgument(typeof(ScriptBlock))]
    public ScriptBlock? TokenProvider { get; set; }

    /// <summary>Inside a cloud container with the open interface service: no token is needed.</summary>
    [Parameter(Mandatory = true, ParameterSetName = OpenInterfaceServiceSet)]
    public SwitchParameter OpenInterfaceService { get; set; }

    /// <summary>Takes all from TCB_ENVIRONMENT_ID, and TCB_ACCESS_TOKEN or TCB_APP_ID and TCB_APP_SECRET.</summary>
    [Parameter(Mandatory = true, ParameterSetName = EnvironmentVariableSet)]
    public SwitchParameter EnvironmentVariable { get; set; }

    /// <summary>Takes no argument: refuses those that belong to no parameter, without repeating them.</summary>
    [Parameter(ValueFromRemainingArguments = true, DontShow = true)]
    [SurplusArgument]
    [ArgumentCompleter(typeof(NoCompleter))]
    public object[]? Surplus { get; set; }

    /// <summary>The address of the service. The default is https://api.weixin.qq.com.</summary>
    [Parameter]
    [ValidateNotNull]
    [AddressArgument]
    [ArgumentCompleter(typeof(EndpointCompleter))]
    public Uri? Endpoint { get; set; }

    /// <summary>How long one request may take, in seconds.</summary>
    [Parameter]
    [TypedArgument(typeof(int))]
    [ValidateRange(1, 3600)]
    [ArgumentCompleter(typeof(NoCompleter))]
    public int TimeoutSec { get; set; } = 30;

    /// <summary>The proxy to use in place of the system's.</summary>
    [Parameter]
    [ValidateNotNull]
    [AddressArgument]
    public Uri? Proxy { get; set; }

    /// <summary>User name and password for the proxy: that of -Proxy, or the system's.</summary>
    [Parameter]
    [TypedArgument(typeof(PSCredential))]
    [Credential]
    public PSCredential? ProxyCredential { get; set; }

    /// <summary>Logs in at the proxy as the current user.</summary>
    [Parameter]
    public SwitchParameter ProxyUseDefaultCredentials { get; set; }

    /// <summary>Uses no proxy, not even the system's.</summary>
    [Parameter]
    public SwitchParameter NoProxy { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        bool hasToken = ParameterSetName != OpenInterfaceServiceSet;
        Uri endpoint = Endpoint ?? (hasToken ? EndpointUri.Default : EndpointUri.OpenInterfaceService);
        HttpOptions http = EndpointUri.OptionsFor(this, endpoint, hasToken);
        string environmentId = EnvironmentId ?? EnvironmentVariables.EnvironmentId(this);
        bool isDryRun = Preferences.IsDryRun(this);
        if (!Preferences.ShouldProcess(this, environmentId, new UserText(nameof(Messages.ConnectAction), endpoint.ToString()).Format(CultureInfo.CurrentUICulture)) && !isDryRun) return;
        var client = new TcbClient(HttpClientFactory.Create(http), endpoint, TimeSpan.FromSeconds(TimeoutSec), Clock.System, http.Secrets);
        var environment = new TcbEnvironment(environmentId, endpoint, TokenParameters.Read(this, client), client) { IsDryRun = isDryRun, Downloads = new DownloadClient(http) };
        IEnumerable<UserText> warnings = isDryRun ? [] : FetchToken(environment);
        DefaultConnection.Current = environment;
        WriteObject(environment);
        // Last: if a warning ends the script, the connection exists and keeps the new refresh token.
        foreach (UserText warning in warnings) WriteWarning(warning.Format(CultureInfo.CurrentUICulture));
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _context?.Stop();

    /// <summary>Ends a call for a token that is still under way.</summary>
    public void Dispose() => _context?.Dispose();

    private IEnumerable<UserText> FetchToken(TcbEnvironment environment)
    {
        _context = new ForegroundContext(this, Preferences.IsDebugging(this));
        try
        {
            _context.Run(environment.FetchTokenAsync);
            return _context.Warnings;
        }
        catch (Exception e)
        {
            if (environment.HasNewRefreshToken) KeepRefreshToken(environment);
            if (e is TcbException failure) ThrowTerminatingError(ErrorRecords.NotAuthenticated(environment, failure));
            throw;
        }
        finally
        {
            _context.Dispose();
            _context = null;
        }
    }

    // Only this connection has the new refresh token.
    private void KeepRefreshToken(TcbEnvironment environment)
    {
        DefaultConnection.Current = environment;
        var warning = new UserText(nameof(Messages.ConnectedWhenStopped), environment.EnvironmentId);
        try
        {
            WriteWarning(warning.Format(CultureInfo.CurrentUICulture));
        }
        catch (PipelineStoppedException)
        {
            // PowerShell writes nothing more.
        }
    }
}
