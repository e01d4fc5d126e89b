using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace TcbPowerShell.Protocol;

/// <summary>Signs requests to COS with a temporary key: https://cloud.tencent.com/document/product/436/7778</summary>
internal static class CosSignature
{
    /// <summary>The value of the header <c>Authorization</c> of a GET request. A secret while it is valid.</summary>
    /// <param name="key">The key.</param>
    /// <param name="path">The path of the request, not encoded; <c>/</c> for a bucket at a host of its own.</param>
    /// <param name="parameters">The query, sorted by name, with names in lower case. Values are not encoded.</param>
    /// <param name="host">The host, with its port if that is not the scheme's.</param>
    /// <param name="start">The first second in which the signature is valid, by the storage's clock.</param>
    /// <param name="end">The second in which it ends.</param>
    internal static string Of(TemporaryKey key, string path, IReadOnlyList<KeyValuePair<string, string>> parameters, string host, DateTimeOffset start, DateTimeOffset end)
    {
        string time = string.Format(CultureInfo.InvariantCulture, "{0};{1}", start.ToUnixTimeSeconds(), end.ToUnixTimeSeconds());
        string http = $"get\n{path}\n{Query(parameters)}\nhost={Encode(host)}\n";
        string signature = Hmac(Hmac(key.Secret, time), $"sha1\n{time}\n{Sha1(http)}\n");
        string names = string.Join(";", parameters.Select(parameter => parameter.Key));
        return $"q-sign-algorithm=sha1&q-ak={key.Id}&q-sign-time={time}&q-key-time={time}&q-header-list=host&q-url-param-list={names}&q-signature={signature}";
    }

    /// <summary>The query of a request, encoded as it is signed.</summary>
    internal static string Query(IEnumerable<KeyValuePair<string, string>> parameters) =>
        string.Join("&", parameters.Select(parameter => $"{parameter.Key}={Encode(parameter.Value)}"));

    // .NET Framework leaves these five alone, and COS wants them encoded.
    private static string Encode(string text) =>
        Uri.EscapeDataString(text).Replace("!", "%21").Replace("'", "%27").Replace("(", "%28").Replace(")", "%29").Replace("*", "%2A");

    // COS knows no other algorithm than SHA-1, and the static method is not in netstandard2.0.
#pragma warning disable CA5350, CA1850
    private static string Hmac(string key, string text)
    {
        using var hmac = new HMACSHA1(Encoding.UTF8.GetBytes(key));
        return Hex(hmac.ComputeHash(Encoding.UTF8.GetBytes(text)));
    }

    private static string Sha1(string text)
    {
        using var sha1 = SHA1.Create();
        return Hex(sha1.ComputeHash(Encoding.UTF8.GetBytes(text)));
    }
#pragma warning restore CA5350, CA1850

    private static string Hex(byte[] bytes) => string.Concat(bytes.Select(b => b.ToString("x2", CultureInfo.InvariantCulture)));
}

/// <summary>A temporary key for COS. It is valid for the whole account, not for one environment: a secret of the first rank (rule 11).</summary>
/// <param name="Id">The ID of the key.</param>
/// <param name="Secret">The key itself.</param>
/// <param name="Token">The token that each request carries beside its signature.</param>
/// <param name="ExpiresOn">When it ends, by the service's clock.</param>
internal sealed record TemporaryKey(string Id, string Secret, string Token, DateTimeOffset ExpiresOn)
{
    /// <summary>The type's name, never the key.</summary>
    /// <returns>The name.</returns>
    public override string ToString() => nameof(TemporaryKey);
}
