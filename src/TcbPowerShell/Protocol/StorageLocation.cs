using TcbPowerShell.Model;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Protocol;

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
