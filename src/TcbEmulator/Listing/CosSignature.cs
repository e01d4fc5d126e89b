using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace TcbPowerShell.Emulation;

/// <summary>Checks the signature of a request to COS: https://cloud.tencent.com/document/product/436/7778</summary>
#pragma warning disable CA5350 // COS knows no other algorithm than SHA-1.
internal static class CosSignature
{
    private static readonly TimeSpan LargestSkew = TimeSpan.FromMinutes(15);

    /// <summary>Null where the request is signed with a good key; otherwise the code of COS, and its text.</summary>
    public static CosError? Check(HttpRequest request, TemporaryKeys keys, DateTimeOffset now)
    {
        Dictionary<string, string> signature = Parse(request.Headers.Authorization.ToString());
        if (!signature.TryGetValue("q-ak", out string? id))
            return new CosError(403, "AccessDenied", "Access Denied.");

        if (keys.Find(id) is not { } key)
            return new CosError(403, "InvalidAccessKeyId", "The Access Key Id you provided does not exist in our records.");

        if (request.Headers["x-cos-security-token"] != key.Token || key.ExpiresOn <= now)
            return new CosError(403, "AccessDenied", "The security token is invalid or has expired.");

        if (!TryReadTime(signature.GetValueOrDefault("q-key-time"), out DateTimeOffset start, out DateTimeOffset end))
            return new CosError(400, "InvalidArgument", "Invalid q-key-time.");

        if (start - now > LargestSkew)
            return new CosError(403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.");

        if (end <= now || start > now)
            return new CosError(403, "AccessDenied", "Request has expired.");

        return Sign(request, signature, key) == signature.GetValueOrDefault("q-signature")
            ? null
            : new CosError(403, "SignatureDoesNotMatch", "The Signature you specified is invalid.");
    }

    private static Dictionary<string, string> Parse(string authorization)
    {
        Dictionary<string, string> parts = new(StringComparer.Ordinal);
        foreach (string part in authorization.Split('&'))
        {
            int equals = part.IndexOf('=');
            if (equals > 0)
                parts[part[..equals]] = part[(equals + 1)..];
        }

        return parts;
    }

    private static bool TryReadTime(string? text, out DateTimeOffset start, out DateTimeOffset end)
    {
        start = end = default;
        string[] times = text?.Split(';') ?? [];
        if (times.Length != 2 || !long.TryParse(times[0], NumberStyles.None, CultureInfo.InvariantCulture, out long from)
            || !long.TryParse(times[1], NumberStyles.None, CultureInfo.InvariantCulture, out long to) || to > 253402300799)
            return false;

        (start, end) = (DateTimeOffset.FromUnixTimeSeconds(from), DateTimeOffset.FromUnixTimeSeconds(to));
        return true;
    }

    private static string Sign(HttpRequest request, Dictionary<string, string> signature, TemporaryKey key)
    {
        string keyTime = signature["q-key-time"];
        string parameters = Canonical(signature.GetValueOrDefault("q-url-param-list"), name => request.Query[name]);
        string headers = Canonical(signature.GetValueOrDefault("q-header-list"), name => request.Headers[name]);
        string http = $"{request.Method.ToLowerInvariant()}\n{request.Path.Value}\n{parameters}\n{headers}\n";
        string toSign = $"sha1\n{keyTime}\n{Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(http)))}\n";
        return Hmac(Hmac(key.Secret, keyTime), toSign);
    }

    private static string Canonical(string? names, Func<string, StringValues> valueOf) =>
        string.Join('&', (names ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries).Select(name => $"{name}={Uri.EscapeDataString(valueOf(name).ToString())}"));

    private static string Hmac(string key, string text) =>
        Convert.ToHexStringLower(HMACSHA1.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(text)));
}

/// <summary>An error of COS.</summary>
internal readonly record struct CosError(int Status, string Code, string Message);
