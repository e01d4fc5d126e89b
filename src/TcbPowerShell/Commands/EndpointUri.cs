using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace TcbPowerShell.Commands;

/// <summary>The addresses of the service, and the check of the one that a token is about to be sent to.</summary>
internal static class EndpointUri
{
    /// <summary>The service.</summary>
    internal static readonly Uri Default = new("https://api.weixin.qq.com");

    /// <summary>The service as seen from inside a cloud container with the open interface service.</summary>
    internal static readonly Uri OpenInterfaceService = new("http://api.weixin.qq.com");

    /// <summary>The hosts that WeChat names: the default, disaster recovery, Shanghai, Shenzhen, Hong Kong.</summary>
    internal static readonly string[] Known =
    [
        "https://api.weixin.qq.com", "https://api2.weixin.qq.com", "https://sh.api.weixin.qq.com", "https://sz.api.weixin.qq.com",
        "https://hk.api.weixin.qq.com",
    ];

    /// <summary>What is wrong with an endpoint. The text never repeats the address: it may hold a password.</summary>
    /// <param name="endpoint">The address.</param>
    /// <param name="hasToken">Whether a token goes there.</param>
    /// <returns>Null where nothing is.</returns>
    internal static string? FindProblem(Uri endpoint, bool hasToken)
    {
        if (!endpoint.IsAbsoluteUri || (endpoint.Scheme != Uri.UriSchemeHttps && endpoint.Scheme != Uri.UriSchemeHttp))
            return "-Endpoint must be an absolute https address, for example https://api.weixin.qq.com.";
        if (endpoint.UserInfo.Length > 0) return "-Endpoint must not hold a user name or a password.";
        if (endpoint.Query.Length > 0 || endpoint.Fragment.Length > 0) return "-Endpoint must be an address without a query or a fragment.";
        if (endpoint.Scheme == Uri.UriSchemeHttp && hasToken && !endpoint.IsLoopback)
        {
            return "-Endpoint must be https: over plain http anybody on the way could read the token. "
                + "Only loopback addresses and the open interface service may be http.";
        }
        return null;
    }
}

/// <summary>Completes <c>-Endpoint</c> by the hosts that WeChat names.</summary>
internal sealed class EndpointCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        EndpointUri.Known.Where(host => host.StartsWith(wordToComplete.Trim('\'', '"'), StringComparison.OrdinalIgnoreCase))
            .Select(host => new CompletionResult(host));
}
