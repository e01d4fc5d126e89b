using System.Globalization;
using System.Security.Cryptography;

namespace TcbPowerShell.Client.Storage;

/// <summary>Reads copies to check them.</summary>
internal static class CopyContent
{
    private const int BlockBytes = 64 * 1024;

    /// <summary>The MD5 of a file, as 32 lower-case digits.</summary>
    internal static string ComputeMd5(ICopyDisk disk, string path, CancellationToken cancelled)
    {
#pragma warning disable CA5351 // The storage's ETag is one. It detects damage, not attacks.
        using var md5 = MD5.Create();
#pragma warning restore CA5351
        using Stream file = disk.OpenRead(path);
        byte[] block = new byte[BlockBytes];
        for (int read; (read = file.Read(block, 0, block.Length)) > 0;)
        {
            cancelled.ThrowIfCancellationRequested();
            md5.TransformBlock(block, 0, read, null, 0);
        }
        md5.TransformFinalBlock(block, 0, 0);
        return string.Concat(md5.Hash!.Select(part => part.ToString("x2", CultureInfo.InvariantCulture)));
    }

    /// <summary>Whether two files have the same bytes.</summary>
    internal static bool AreEqual(ICopyDisk disk, string path, string otherPath)
    {
        using Stream file = disk.OpenRead(path), other = disk.OpenRead(otherPath);
        byte[] block = new byte[BlockBytes], otherBlock = new byte[BlockBytes];
        while (true)
        {
            int length = Fill(file, block);
            if (length != Fill(other, otherBlock) || !block.AsSpan(0, length).SequenceEqual(otherBlock.AsSpan(0, length))) return false;
            if (length < BlockBytes) return true;
        }
    }

    private static int Fill(Stream file, byte[] block)
    {
        int length = 0;
        for (int read; length < block.Length && (read = file.Read(block, length, block.Length - length)) > 0;) length += read;
        return length;
    }
}
