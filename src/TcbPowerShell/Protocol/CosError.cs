using System.Xml;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Protocol;

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
