using System.Text;

namespace TcbPowerShell.Protocol;

/// <summary>Makes the bytes of a reply fit for a JSON reader. Replies are decoded as UTF-8 whatever their Content-Type says.</summary>
internal static class ReplyText
{
    /// <summary>What a control character inside a string turns into: nothing that a file ID can hold, so that it cannot make one ID into another.</summary>
    internal const char Control = '\u007f';

    /// <summary>Takes off a byte order mark, and replaces control characters, which some replies hold inside strings: JSON forbids them there.</summary>
    /// <param name="utf8">The reply, overwritten.</param>
    /// <returns>The part of it to read.</returns>
    internal static Span<byte> Clean(Span<byte> utf8)
    {
        if (utf8.StartsWith("\ufeff"u8)) utf8 = utf8.Slice(3);
        bool inString = false;
        for (int i = 0; i < utf8.Length; i++)
        {
            if (utf8[i] == '"') inString = !inString;
            else if (utf8[i] == '\\' && inString) i++;
            else if (utf8[i] < ' ') utf8[i] = (byte)(inString ? Control : ' ');
        }
        return utf8;
    }

    /// <summary>Replaces what is not UTF-8 by U+FFFD.</summary>
    /// <param name="utf8">The reply.</param>
    /// <returns>A copy that is UTF-8.</returns>
    internal static byte[] Repair(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(utf8.ToArray()));
}
