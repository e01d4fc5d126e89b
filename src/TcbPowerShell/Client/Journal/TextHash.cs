using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace TcbPowerShell.Client.Journal;

/// <summary>128 bits of the SHA-256 of a text.</summary>
/// <param name="High">The first 64.</param>
/// <param name="Low">The others.</param>
internal readonly record struct TextHash(ulong High, ulong Low);

/// <summary>Makes such hashes. Not thread-safe.</summary>
internal sealed class TextHasher : IDisposable
{
    private readonly SHA256 _sha256 = SHA256.Create();

    internal TextHash Of(string text)
    {
        byte[] hash = _sha256.ComputeHash(Encoding.UTF8.GetBytes(text));
        return new TextHash(BinaryPrimitives.ReadUInt64BigEndian(hash), BinaryPrimitives.ReadUInt64BigEndian(hash.AsSpan(8)));
    }

    public void Dispose() => _sha256.Dispose();
}
