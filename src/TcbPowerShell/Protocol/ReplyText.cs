using System.Text;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Protocol;

/// <summary>Makes the bytes of a reply fit for a JSON reader. Replies are decoded as UTF-8 whatever their Content-Type says.</summary>
internal static class ReplyText
{
    /// <summary>What replaces a control character inside a string: nothing that a file ID can hold, so it cannot turn one ID into another.</summary>
    internal const char Control = '\u007f';

    /// <summary>Removes a byte order mark, and replaces control characters, which some replies hold inside strings: JSON forbids them there.</summary>
    /// <param name="utf8">The reply, overwritten.</param>
    /// <returns>The part of it to read.</returns>
    internal static Memory<byte> Clean(byte[] utf8)
    {
        int start = utf8.AsSpan().StartsWith("\ufeff"u8) ? 3 : 0;
        bool inString = false;
        for (int i = start; i < utf8.Length; i++)
        {
            if (utf8[i] == '"') inString = !inString;
            else if (utf8[i] == '\\' && inString) i++;
            else if (utf8[i] < ' ') utf8[i] = (byte)(inString ? Control : ' ');
        }
        return utf8.AsMemory(start);
    }

    /// <summary>A reply that is not JSON: perhaps a web page, which a captive portal or a proxy puts in the service's place.</summary>
    internal static TcbException NotJson(ReadOnlySpan<byte> utf8) => IsWebPage(utf8)
        ? new TcbException(new UserText(nameof(Messages.ReplyIsWebPage)), FailureCategory.WebPage)
        : TcbException.Unreadable(nameof(Messages.ReplyNotJson));

    private static bool IsWebPage(ReadOnlySpan<byte> utf8)
    {
        while (utf8.Length > 0 && utf8[0] == ' ') utf8 = utf8.Slice(1);
        string start = Encoding.UTF8.GetString(utf8.Slice(0, Math.Min(utf8.Length, 15)).ToArray());
        return start.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase) || start.StartsWith("<html", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Replaces what is not UTF-8 by U+FFFD.</summary>
    /// <param name="utf8">The reply.</param>
    /// <returns>A copy that is UTF-8.</returns>
    internal static byte[] Repair(ReadOnlyMemory<byte> utf8) => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(utf8.ToArray()));
}
