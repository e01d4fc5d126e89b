using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Net;
using System.Text.RegularExpressions;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Model;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>The addresses of the service, the check of the one that a token is about to be sent to, and the way there.</summary>
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

    /// <summary>Finds a mistake in an endpoint. The text never repeats the address, which may contain a password.</summary>
    /// <param name="endpoint">The address.</param>
    /// <param name="hasToken">Whether a token goes there.</param>
    /// <returns>Null if there is none.</returns>
    internal static UserText? FindProblem(Uri endpoint, bool hasToken)
    {
        if (!endpoint.IsAbsoluteUri || (endpoint.Scheme != Uri.UriSchemeHttps && endpoint.Scheme != Uri.UriSchemeHttp))
            return new UserText(nameof(Messages.EndpointNotHttps));
        if (endpoint.UserInfo.Length > 0) return new UserText(nameof(Messages.EndpointWithUserInfo));
        if (endpoint.Query.Length > 0 || endpoint.Fragment.Length > 0) return new UserText(nameof(Messages.EndpointWithQuery));
        if (endpoint.Scheme == Uri.UriSchemeHttp && hasToken && !HttpOptions.IsLoopback(endpoint))
            return new UserText(nameof(Messages.EndpointPlainHttp));
        return null;
    }

    /// <summary>How a new connection reaches the service. Addresses that cannot be right and proxy parameters that contradict each other end the cmdlet.</summary>
    /// <param name="cmdlet">The cmdlet, with its parameters.</param>
    /// <param name="endpoint">The address of the service.</param>
    /// <param name="hasToken">Whether a token is sent there.</param>
    internal static HttpOptions OptionsFor(ConnectTcbEnvironmentCommand cmdlet, Uri endpoint, bool hasToken)
    {
        if (FindProblem(endpoint, hasToken) is { } problem) cmdlet.ThrowTerminatingError(ErrorRecords.InvalidArgument("InvalidEndpoint", problem));
        if (FindProxyProblem(cmdlet) is { } contradiction) cmdlet.ThrowTerminatingError(ErrorRecords.InvalidArgument("InvalidProxy", contradiction));
        return new HttpOptions
        {
            Endpoint = endpoint,
            Proxy = cmdlet.Proxy,
            ProxyCredentials = cmdlet.ProxyUseDefaultCredentials ? CredentialCache.DefaultCredentials : cmdlet.ProxyCredential?.GetNetworkCredential(),
            BypassesProxy = cmdlet.NoProxy,
            PowerShellVersion = (cmdlet.GetVariableValue("PSVersionTable") as IDictionary)?["PSVersion"]?.ToString(),
        };
    }

    private static UserText? FindProxyProblem(ConnectTcbEnvironmentCommand cmdlet)
    {
        if (cmdlet.NoProxy && (cmdlet.Proxy is not null || cmdlet.ProxyCredential is not null || cmdlet.ProxyUseDefaultCredentials)) return new UserText(nameof(Messages.NoProxyWithProxy));
        if (cmdlet.ProxyUseDefaultCredentials && cmdlet.ProxyCredential is not null) return new UserText(nameof(Messages.TwoProxyCredentials));
        bool isBad = cmdlet.Proxy is { } proxy && (!proxy.IsAbsoluteUri || proxy.Scheme is not ("http" or "https") || proxy.UserInfo.Length > 0);
        return isBad ? new UserText(nameof(Messages.ProxyAddressInvalid)) : null;
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

/// <summary>Parses an address. The parameter binder would repeat a malformed one in its message, including a password in it.</summary>
internal sealed class AddressArgumentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (value is Uri or null) return inputData;
        return value is string text && Uri.TryCreate(text, UriKind.RelativeOrAbsolute, out Uri? address)
            ? address
            : throw new ArgumentTransformationMetadataException(new UserText(nameof(Messages.AddressInvalid)).Format(CultureInfo.CurrentUICulture));
    }
}

/// <summary>The form of an environment ID. In a file ID it ends at the first dot, so an ID with a dot can never match.</summary>
internal static class EnvironmentName
{
    // Not $ at the end: it also matches before a line feed.
    private const string Pattern = "^[A-Za-z0-9][A-Za-z0-9_-]*\\z";

    internal static bool IsValid(string environmentId) => Regex.IsMatch(environmentId, Pattern, RegexOptions.CultureInvariant);

    /// <summary>Finds a mistake in an environment ID, as sentences that do not repeat it: it may be a token that was pasted here.</summary>
    internal static UserText? FindProblem(string environmentId)
    {
        if (IsValid(environmentId)) return null;
        if (string.IsNullOrWhiteSpace(environmentId)) return new UserText(nameof(Messages.EnvironmentIdEmpty));
        if (CloudFileId.TryParse(environmentId.Trim(), null, out CloudFileId id, out _) && IsValid(id.EnvironmentId))
            return new UserText(nameof(Messages.EnvironmentIdIsFileId), id.EnvironmentId);
        return new UserText(environmentId.Any(char.IsWhiteSpace) ? nameof(Messages.EnvironmentIdWithWhiteSpace) : nameof(Messages.EnvironmentIdInvalid));
    }
}

/// <summary>Checks an environment ID, and says what is wrong with it. ValidatePattern would show a regular expression.</summary>
internal sealed class EnvironmentIdArgumentAttribute : ValidateArgumentsAttribute
{
    /// <inheritdoc/>
    protected override void Validate(object arguments, EngineIntrinsics engineIntrinsics)
    {
        if (EnvironmentName.FindProblem(arguments as string ?? string.Empty) is { } problem)
            throw new ValidationMetadataException(problem.Format(CultureInfo.CurrentUICulture));
    }
}

/// <summary>Completes <c>-EnvironmentId</c> by the environments that this session knows of. The service has no list of them.</summary>
internal sealed class EnvironmentIdCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string?[] known = [DefaultConnection.Current?.EnvironmentId, EnvironmentVariables.KnownEnvironmentId];
        return known.OfType<string>()
            .Where(id => id.StartsWith(wordToComplete.Trim('\'', '"'), StringComparison.OrdinalIgnoreCase))
            .Distinct(StringComparer.Ordinal)
            .Select(id => new CompletionResult(id));
    }
}
