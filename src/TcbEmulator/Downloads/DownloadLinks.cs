using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace TcbPowerShell.Emulation;

/// <summary>
/// Makes and checks download links. As in the cloud's own, the path is the file's, and the query holds a signature. The cloud has a host for each
/// bucket; here the query names it, unless it is the bucket of the first environment.
/// </summary>
internal sealed class DownloadLinks(EmulatorOptions options, CloudFiles files)
{
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, byte> _ended = new(StringComparer.Ordinal);
    private long _made;

    /// <summary>The port that links lead to. It is not that of the API: in the cloud it is another host, too.</summary>
    public int Port { get; set; }

    public string Make(FileOrder order)
    {
        string host = HostOf(order.FileId);
        string path = order.FileId[CloudPath.Format(host).Length..];
        if (!options.RawLinks)
            path = string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

        return $"http://127.0.0.1:{Port}{path}{Query(order, host)}";
    }

    /// <summary>The file that a request asks for.</summary>
    public string FileIdOf(HttpRequest request, string decodedPath) =>
        CloudPath.Format((request.Query["host"].FirstOrDefault() ?? MainHost()) + decodedPath);

    public bool IsGood(string fileId, IQueryCollection query)
    {
        if (options.PublicLinks)
            return true;

        string sign = query["sign"].ToString();
        return long.TryParse(query["t"], NumberStyles.None, CultureInfo.InvariantCulture, out long end)
            && sign.Split('-') is [var number, var signature]
            && signature == Sign(fileId, end, number)
            && options.Clock.GetUtcNow().ToUnixTimeMilliseconds() < end
            && !_ended.ContainsKey(sign);
    }

    /// <summary>From now on the link is refused, as if its time were over.</summary>
    public void End(IQueryCollection query) => _ended.TryAdd(query["sign"].ToString(), 0);

    private string Query(FileOrder order, string host)
    {
        string bucket = host == MainHost() ? "" : $"host={Uri.EscapeDataString(host)}";
        if (options.PublicLinks)
            return bucket.Length == 0 ? "" : "?" + bucket;

        TimeSpan asked = TimeSpan.FromSeconds(order.MaxAge);
        TimeSpan lifetime = options.LinkLifetime is { } most && most < asked ? most : asked;
        long end = (options.Clock.GetUtcNow() + lifetime).ToUnixTimeMilliseconds();
        // A number, so that two links for the same file differ: one can end before the other.
        string number = Interlocked.Increment(ref _made).ToString("x", CultureInfo.InvariantCulture);
        return $"?sign={number}-{Sign(order.FileId, end, number)}&t={end}{(bucket.Length == 0 ? "" : "&" + bucket)}";
    }

    private static string HostOf(string fileId) => CloudPath.TryParse(fileId, out CloudPath parts) ? parts.Host.ToString() : "";

    private string MainHost() => $"{options.Environments[0]}.{files.BucketOf(options.Environments[0])}";

    private string Sign(string fileId, long end, string number) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{number} {end} {fileId}")));
}
