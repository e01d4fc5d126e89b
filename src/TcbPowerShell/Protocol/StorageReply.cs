using System.Globalization;
using System.Text.Json;
using TcbPowerShell.Model;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Protocol;

/// <summary>Reads the replies of the calls that a listing makes.</summary>
internal static class StorageReply
{
    /// <summary>Reads a temporary key, from <c>getqcloudtoken</c> or, in a container, from <c>getauth</c>, which names the same things otherwise.</summary>
    /// <exception cref="TcbException">The service refused, or a part of the key is missing.</exception>
    internal static TemporaryKey ReadKey(byte[] utf8, Func<string, string> redact) => Read(utf8, redact, reply =>
    {
        string? id = Text(reply, "secretid") ?? Text(reply, "TmpSecretId");
        string? secret = Text(reply, "secretkey") ?? Text(reply, "TmpSecretKey");
        string? token = Text(reply, "token") ?? Text(reply, "Token");
        string? expires = Text(reply, "expired_time") ?? Text(reply, "ExpiredTime");
        return id is not null && secret is not null && token is not null
            && long.TryParse(expires, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds) && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? new TemporaryKey(id, secret, token, DateTimeOffset.FromUnixTimeSeconds(seconds))
            : null;
    });

    /// <summary>
    /// Reads a page of <c>getbucket</c>, the listing of a third-party platform's own environments:
    /// https://developers.weixin.qq.com/doc/oplatform/openApi/OpenApiDoc/cloudbase-common/file-management/getBucket.html
    /// </summary>
    /// <exception cref="TcbException">The service refused, or the reply is not such a page.</exception>
    internal static ListingPage ReadPage(byte[] utf8, Func<string, string> redact, string prefix, string marker) => Read(utf8, redact, reply =>
    {
        bool? isTruncated = Text(reply, "is_truncated") switch
        {
            "true" or "1" => true,
            "false" or "0" => false,
            _ => null,
        };
        bool hasContents = reply.TryGetProperty("contents", out JsonElement contents);
        // An empty page may come without a list.
        if (isTruncated is null || (hasContents && contents.ValueKind is not (JsonValueKind.Array or JsonValueKind.Null))) return null;
        ListedFile[] files = hasContents && contents.ValueKind == JsonValueKind.Array
            ? [.. contents.EnumerateArray().Select(entry => ListedFile.Read(Text(entry, "key"), Text(entry, "size"), Text(entry, "last_modified"), Text(entry, "md5")))]
            : [];
        return ListingPage.Check(files, isTruncated.Value, nextMarker: null, prefix, marker);
    });

    /// <summary>Reads a reply that is one object.</summary>
    /// <param name="utf8">The reply.</param>
    /// <param name="redact">Takes the secrets out of the service's text.</param>
    /// <param name="read">Reads the members; null if one is missing.</param>
    /// <exception cref="TcbException">The service refused, or the reply is not what was asked for.</exception>
    internal static T Read<T>(byte[] utf8, Func<string, string> redact, Func<JsonElement, T?> read)
        where T : class
    {
        ReadOnlyMemory<byte> clean = ReplyText.Clean(utf8);
        try
        {
            using var json = JsonDocument.Parse(clean, new JsonDocumentOptions { MaxDepth = 16 });
            if (json.RootElement.ValueKind != JsonValueKind.Object) throw TcbException.Unreadable(nameof(Messages.ReplyNotAnObject));
            string? code = Text(json.RootElement, "errcode");
            if (code is not (null or "0"))
            {
                throw int.TryParse(code, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
                    ? TcbException.FromCode(number, Text(json.RootElement, "errmsg") is { } message ? ReplyText.Read(message, redact) : null)
                    : TcbException.Unreadable(nameof(Messages.ReplyOddErrcode));
            }
            return read(json.RootElement) ?? throw TcbException.Unreadable(nameof(Messages.ReplyIncomplete));
        }
        catch (JsonException)
        {
            throw ReplyText.NotJson(clean.Span);
        }
    }

    /// <summary>A member as text: numbers arrive as numbers and as strings.</summary>
    internal static string? Text(JsonElement reply, string name) => reply.ValueKind != JsonValueKind.Object || !reply.TryGetProperty(name, out JsonElement value)
        ? null
        : value.ValueKind switch
        {
            JsonValueKind.String when value.GetString() is { Length: > 0 } text => text,
            JsonValueKind.Number => value.GetRawText(),
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            _ => null,
        };
}

/// <summary>The reply to <c>uploadfile</c>: where the storage of an environment is, and how the service writes its file IDs.</summary>
/// <param name="Url">The address for the upload. It has no query: the signature is elsewhere in the reply, and is not read.</param>
/// <param name="FileId">The ID that the file would have.</param>
internal sealed record UploadReply(string Url, string FileId)
{
    /// <summary>Reads a reply: https://developers.weixin.qq.com/miniprogram/dev/wxcloudrun/src/development/storage/service/upload.html</summary>
    /// <exception cref="TcbException">The service refused, or the reply lacks one of the two.</exception>
    internal static UploadReply Read(byte[] utf8, Func<string, string> redact) => StorageReply.Read(utf8, redact, reply =>
        StorageReply.Text(reply, "url") is { } url && StorageReply.Text(reply, "file_id") is { } fileId ? new UploadReply(url, fileId) : null);

    /// <summary>The type's name, never the address.</summary>
    /// <returns>The name.</returns>
    public override string ToString() => nameof(UploadReply);
}

/// <summary>The location of an environment's files, and the root of their IDs, both inferred from one reply of <c>uploadfile</c>.</summary>
/// <param name="Bucket">The name of the bucket.</param>
/// <param name="Address">The address of the bucket, with a slash at its end.</param>
/// <param name="IdRoot">The beginning of each file ID, up to the slash before the key.</param>
internal sealed record StorageLocation(string Bucket, Uri Address, string IdRoot)
{
    /// <summary>The hosts of COS: https://cloud.tencent.com/document/product/436/6224</summary>
    private static readonly string[] Domains = [".myqcloud.com", ".tencentcos.cn"];

    /// <summary>Reads the location from a reply.</summary>
    /// <param name="reply">The reply.</param>
    /// <param name="path">The path that was asked for. No file has it.</param>
    /// <param name="environmentId">The environment.</param>
    /// <param name="endpoint">The address of the service: an emulator keeps its files there.</param>
    /// <exception cref="TcbException">The reply does not tell where the files are, or leads to a host that is not Tencent Cloud's storage or the endpoint.</exception>
    internal static StorageLocation Of(UploadReply reply, string path, string environmentId, Uri endpoint)
    {
        // Whatever precedes the path begins every ID. If the service changed the path, nothing about other IDs can be inferred.
        if (!reply.FileId.EndsWith("/" + path, StringComparison.Ordinal)) throw Mismatch(nameof(Messages.UploadOtherPath));
        string root = reply.FileId.Substring(0, reply.FileId.Length - path.Length);
        if (!CloudFileId.TryParse(reply.FileId, environmentId, out CloudFileId id, out _) || id.EnvironmentId != environmentId || root.IndexOf('/', "cloud://".Length) != root.Length - 1)
            throw Mismatch(nameof(Messages.UploadOtherEnvironment));
        if (!Uri.TryCreate(reply.Url, UriKind.Absolute, out Uri? url)) throw Mismatch(nameof(Messages.UploadOddAddress));
        string firstSegment = url.AbsolutePath.Split('/')[1];
        if (IsCos(url, out bool hasBucketInHost))
        {
            string bucket = hasBucketInHost ? url.Host.Split('.')[0] : firstSegment;
            return new StorageLocation(bucket, new Uri(hasBucketInHost ? $"https://{url.Host}/" : $"https://{bucket}.{url.Host}/"), root);
        }
        // The temporary key must not travel to just any host.
        if (Uri.Compare(url, endpoint, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) != 0)
            throw Mismatch(nameof(Messages.UploadOtherHost));
        return new StorageLocation(firstSegment, new Uri(url, $"/{firstSegment}/"), root);
    }

    private static bool IsCos(Uri url, out bool hasBucketInHost)
    {
        hasBucketInHost = false;
        if (url.Scheme != Uri.UriSchemeHttps || !url.IsDefaultPort || !Array.Exists(Domains, domain => url.Host.EndsWith(domain, StringComparison.OrdinalIgnoreCase))) return false;
        string[] labels = url.Host.Split('.');
        // cos.REGION.myqcloud.com, or BUCKET.cos.REGION.myqcloud.com
        hasBucketInHost = labels.Length == 5 && labels[1] == "cos";
        return hasBucketInHost || (labels.Length == 4 && labels[0] == "cos");
    }

    private static TcbException Mismatch(string reasonKey) =>
        new(new UserText(nameof(Messages.UploadMismatch), new UserText(reasonKey)), FailureCategory.ListingRefused) { ErrorId = ErrorId.ListingMismatch };
}
