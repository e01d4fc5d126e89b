namespace TcbPowerShell.Commands;

/// <summary>Checks the address that a token is about to be sent to.</summary>
internal static class EndpointUri
{
    /// <summary>The service.</summary>
    internal static readonly Uri Default = new("https://api.weixin.qq.com");

    /// <summary>What is wrong with an endpoint. The text never repeats the address: it may hold a password.</summary>
    /// <param name="endpoint">The address.</param>
    /// <returns>Null where nothing is.</returns>
    internal static string? FindProblem(Uri endpoint)
    {
        if (!endpoint.IsAbsoluteUri || (endpoint.Scheme != Uri.UriSchemeHttps && endpoint.Scheme != Uri.UriSchemeHttp))
            return "-Endpoint must be an absolute https address, for example https://api.weixin.qq.com.";
        if (endpoint.UserInfo.Length > 0) return "-Endpoint must not hold a user name or a password.";
        if (endpoint.Query.Length > 0 || endpoint.Fragment.Length > 0) return "-Endpoint must be an address without a query or a fragment.";
        if (endpoint.Scheme == Uri.UriSchemeHttp && !endpoint.IsLoopback)
            return "-Endpoint must be https: over plain http anybody on the way could read the token. Only loopback addresses may be http.";
        return null;
    }
}
