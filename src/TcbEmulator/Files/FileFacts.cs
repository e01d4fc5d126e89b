using System.Security.Cryptography;

namespace TcbPowerShell.Emulation;

/// <summary>The facts of a file in a listing.</summary>
/// <param name="FileId">The file.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="LastModified">When it was written.</param>
/// <param name="ETag">Its MD5 in lower-case hexadecimal digits, or whatever a test says; without quotation marks.</param>
public readonly record struct FileFacts(string FileId, long Length, DateTimeOffset LastModified, string ETag)
{
#pragma warning disable CA5351 // It is what COS uses as an ETag.
    /// <summary>The ETag of a file that was uploaded in one part.</summary>
    internal static string Md5Of(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(MD5.HashData(content));

    /// <summary>The same, of all that a stream holds; it stands at its beginning afterwards.</summary>
    internal static string Md5Of(Stream content)
    {
        content.Position = 0;
        string hash = Convert.ToHexStringLower(MD5.HashData(content));
        content.Position = 0;
        return hash;
    }
#pragma warning restore CA5351
}
