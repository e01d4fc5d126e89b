using System.Globalization;
using System.Xml.Linq;

namespace TcbPowerShell.Emulation;

/// <summary>
/// Lists a bucket as COS does, page by page: https://cloud.tencent.com/document/product/436/7734. A bucket is reached as <c>/BUCKET/</c>; a client
/// that keeps the bucket in the name of the host (its domain set to the emulator's) gets the first environment's as <c>/</c>.
/// </summary>
internal sealed class CosListing(EmulatorOptions options, CloudFiles files, TemporaryKeys keys)
{
    private const int MostKeys = 1000;

    public static bool IsBucketPath(string path) => path == "/" || (path.Length > 2 && path.IndexOf('/', 1) == path.Length - 1);

    public Answer Work(HttpRequest request)
    {
        if (CosSignature.Check(request, keys, options.Clock.GetUtcNow()) is { } refused)
            return Answer.Of(refused);

        string bucket = request.Path.Value!.Trim('/');
        if (bucket.Length == 0)
            bucket = files.BucketOf(options.Environments[0]);

        if (options.Environments.FirstOrDefault(environment => files.BucketOf(environment) == bucket) is not { } environment)
            return Answer.Of(new CosError(404, "NoSuchBucket", "The specified bucket does not exist."));

        if (!int.TryParse(request.Query["max-keys"].FirstOrDefault("1000"), NumberStyles.None, CultureInfo.InvariantCulture, out int most))
            return Answer.Of(new CosError(400, "InvalidArgument", "Invalid max-keys."));

        bool isEncoded = request.Query["encoding-type"] == "url";
        string prefix = request.Query["prefix"].ToString();
        string marker = request.Query["marker"].ToString();
        Page page = Page.Of(files, environment, prefix, marker, Math.Min(most, MostKeys));
        var result = new XElement(
            "ListBucketResult",
            new XElement("Name", bucket),
            isEncoded ? new XElement("EncodingType", "url") : null,
            new XElement("Prefix", Show(prefix)),
            new XElement("Marker", Show(marker)),
            new XElement("MaxKeys", most),
            new XElement("IsTruncated", page.IsTruncated),
            page.IsTruncated ? new XElement("NextMarker", Show(page.Keys[^1].Key)) : null,
            page.Keys.Select(Describe));
        return Answer.Of(200, "application/xml", result);

        string Show(string key) => isEncoded ? Uri.EscapeDataString(key).Replace("%2F", "/", StringComparison.Ordinal) : key;

        XElement Describe((string Key, FileFacts File) entry) => new(
            "Contents",
            new XElement("Key", Show(entry.Key)),
            new XElement("LastModified", entry.File.LastModified.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)),
            new XElement("ETag", $"\"{entry.File.ETag}\""),
            new XElement("Size", entry.File.Length),
            new XElement("Owner", new XElement("ID", "1250000000"), new XElement("DisplayName", "1250000000")),
            new XElement("StorageClass", "STANDARD"));
    }

    /// <summary>Some keys of a bucket in the order of their UTF-8 bytes.</summary>
    internal sealed record Page(IReadOnlyList<(string Key, FileFacts File)> Keys, bool IsTruncated)
    {
        public static Page Of(CloudFiles files, string environment, string prefix, string marker, int most)
        {
            string root = $"cloud://{environment}.{files.BucketOf(environment)}/";
            List<(string, FileFacts)> keys = new(most);
            foreach (FileFacts file in files.List(root + prefix, root + marker))
            {
                if (keys.Count == most)
                    return new Page(keys, most > 0);

                keys.Add((file.FileId[root.Length..], file));
            }

            return new Page(keys, IsTruncated: false);
        }
    }
}
