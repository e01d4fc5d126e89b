using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml;
using TcbPowerShell.Resources;

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

/// <summary>Reads the errors of COS: https://cloud.tencent.com/document/product/436/7730</summary>
internal static class CosError
{
    private static readonly XmlReaderSettings Settings = new() { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null };

    /// <summary>Reads an error.</summary>
    /// <param name="body">The reply.</param>
    /// <param name="failure">The same reply by its HTTP status, which counts if the reply is not one of COS.</param>
    /// <param name="redact">Takes the secrets out of a text.</param>
    internal static TcbException Read(byte[] body, TcbException failure, Func<string, string> redact)
    {
        if (ReadTexts(body) is not { } texts || !texts.TryGetValue("Code", out string? code) || failure.HttpStatus is not { } status) return failure;
        texts.TryGetValue("Message", out string? message);
        texts.TryGetValue("RequestId", out string? requestId);
        FailureCategory category = (int)status switch
        {
            429 or 503 => FailureCategory.Throttled,
            >= 500 or 408 => FailureCategory.ServerError,
            _ => FailureCategory.ListingRefused,
        };
        return new TcbException(new UserText(nameof(Messages.CosCode), (int)status, redact(code), redact(message ?? string.Empty)), category)
        {
            HttpStatus = status,
            ServiceMessage = redact(message ?? code),
            RequestId = requestId is null ? null : ShownText.MakeSafe(redact(requestId)),
            RetryAfter = failure.RetryAfter,
            RetryOn = failure.RetryOn,
        };
    }

    // The texts of the root's children; null if the reply is not an error of COS.
    private static Dictionary<string, string>? ReadTexts(byte[] body)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            using var reader = XmlReader.Create(new MemoryStream(body), Settings);
            reader.MoveToContent();
            if (reader.LocalName != "Error") return null;
            while (reader.Read())
            {
                if (reader.NodeType != XmlNodeType.Element || reader.Depth != 1) continue;
                string name = reader.LocalName;
                if (name is "Code" or "Message" or "RequestId" && reader.Read() && reader.NodeType == XmlNodeType.Text) texts[name] = reader.Value;
            }
            return texts;
        }
        catch (XmlException)
        {
            return null;
        }
    }
}
