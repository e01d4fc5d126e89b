using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace TcbPowerShell.Emulation;

/// <summary>Makes and checks download links. As in the cloud's own, the path names the file and the query holds a signature.</summary>
internal sealed class DownloadLinks(TimeProvider clock)
{
    public const string Path = "/download/";

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    public string Make(FileOrder order, int port)
    {
        long end = (clock.GetUtcNow() + TimeSpan.FromSeconds(order.MaxAge)).ToUnixTimeMilliseconds();
        string path = string.Join('/', CloudPath.HostAndPath(order.FileId).Split('/').Select(Uri.EscapeDataString));
        return $"http://127.0.0.1:{port}{Path}{path}?sign={Sign(order.FileId, end)}&t={end}";
    }

    public bool IsGood(string fileId, IQueryCollection query) =>
        long.TryParse(query["t"], NumberStyles.None, CultureInfo.InvariantCulture, out long end)
        && query["sign"] == Sign(fileId, end)
        && clock.GetUtcNow().ToUnixTimeMilliseconds() < end;

    private string Sign(string fileId, long end) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{end} {fileId}")));
}
