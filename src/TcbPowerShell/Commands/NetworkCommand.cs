using System.Collections;
using System.Management.Automation;
using System.Net;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Commands;
using TcbPowerShell.Resources;

namespace TcbPowerShell;

/// <summary>Base of the cmdlets that connect: the parameters for the endpoint, the timeout and the proxy.</summary>
public abstract class NetworkCommand : PSCmdlet
{
    private protected NetworkCommand()
    {
    }

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

    /// <summary>Refuses addresses that cannot be right, and proxy parameters that contradict each other.</summary>
    /// <param name="endpoint">The address of the service.</param>
    /// <param name="hasToken">Whether a token is sent there.</param>
    private protected void CheckAddresses(Uri endpoint, bool hasToken)
    {
        if (EndpointUri.FindProblem(endpoint, hasToken) is { } problem)
            ThrowTerminatingError(ErrorRecords.InvalidArgument("InvalidEndpoint", problem));
        if (NoProxy && (Proxy is not null || ProxyCredential is not null || ProxyUseDefaultCredentials))
            ThrowTerminatingError(ErrorRecords.InvalidArgument("InvalidProxy", new UserText(nameof(Messages.NoProxyWithProxy))));
        if (ProxyUseDefaultCredentials && ProxyCredential is not null)
            ThrowTerminatingError(ErrorRecords.InvalidArgument("InvalidProxy", new UserText(nameof(Messages.TwoProxyCredentials))));
        if (Proxy is not null && (!Proxy.IsAbsoluteUri || Proxy.Scheme is not ("http" or "https") || Proxy.UserInfo.Length > 0))
            ThrowTerminatingError(ErrorRecords.InvalidArgument("InvalidProxy", new UserText(nameof(Messages.ProxyAddressInvalid))));
    }

    /// <summary>How the HTTP client of the connection reaches the service.</summary>
    /// <param name="endpoint">The address of the service.</param>
    private protected HttpOptions HttpOptionsFor(Uri endpoint) => new()
    {
        Endpoint = endpoint,
        Proxy = Proxy,
        ProxyCredentials = ProxyUseDefaultCredentials ? CredentialCache.DefaultCredentials : ProxyCredential?.GetNetworkCredential(),
        BypassesProxy = NoProxy,
        PowerShellVersion = (GetVariableValue("PSVersionTable") as IDictionary)?["PSVersion"]?.ToString(),
    };
}
