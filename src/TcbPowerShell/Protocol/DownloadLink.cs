using System.Text;
using System.Text.RegularExpressions;
using TcbPowerShell.Model;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Protocol;

/// <summary>
/// A download link, and the address that it stands for. The service may give links whose paths are not URL-encoded, so that <c>a#b.png</c> as it came
/// would fetch another file: if the path is that of the file ID, it is made from the ID. A link is a secret while it is valid (rule 11).
/// </summary>
internal sealed class DownloadLink
{
    // The characters that a URL may hold besides letters and digits: https://www.rfc-editor.org/rfc/rfc3986#section-2
    private const string Unreserved = "-._~";
    private const string InAddress = Unreserved + ":/?[]@!$&'()*+,;=%";
    private const string Hex = "0123456789ABCDEF";

    // The value of download_url, and any other string that begins like a link: the traffic also shows replies that are not the service's. Half a
    // string at the end of a text is a link too.
    private static readonly Regex InReply = new(
        @"(""download_url""\s*:\s*)""(?:[^""\\]|\\.)*""?|""https?:(?:[^""\\]|\\.)*""?", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.Singleline);

    private readonly string _query;

    private DownloadLink(Uri server, string path, string query)
    {
        Server = server;
        Path = Escape(path, InAddress);
        _query = query.Length > 1 ? Escape(query, InAddress) : string.Empty;
    }

    /// <summary>The scheme, the host and the port.</summary>
    internal Uri Server { get; }

    /// <summary>The path, encoded.</summary>
    internal string Path { get; }

    /// <summary>The whole address, encoded. A secret.</summary>
    internal string Address => Server.GetLeftPart(UriPartial.Authority) + Path + _query;

    /// <summary>The address as it may be shown.</summary>
    internal string Shown => Server.GetLeftPart(UriPartial.Authority) + Path + (IsSigned ? "?***" : string.Empty);

    /// <summary>Whether it has a query: the signature of a private file, which expires. A public file's link has none.</summary>
    internal bool IsSigned => _query.Length > 0;

    /// <summary>Whether every client that follows the link as it came gets the file.</summary>
    internal bool IsEncoded { get; private init; } = true;

    /// <summary>Whether the path has a <c>.</c> or <c>..</c> segment, which clients, proxies and servers take away: another file would come.</summary>
    internal bool HasDotSegment =>
        Array.Exists(Regex.Replace(Path, "%2e", ".", RegexOptions.IgnoreCase).Split('/'), segment => segment is "." or "..");

    /// <summary>Whether the file is a web page by its name.</summary>
    internal bool LeadsToPage => Regex.IsMatch(Path, @"\.x?html?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    /// <summary>The parts that must not be shown: the query and its values.</summary>
    internal string[] Secrets => IsSigned
        ? [_query.Substring(1), .. _query.Substring(1).Split('&').Select(part => part.Substring(part.IndexOf('=') + 1))]
        : [];

    /// <summary>Reads a link.</summary>
    /// <param name="text">The text that the service gave as a link.</param>
    /// <param name="id">The file that it is for.</param>
    /// <param name="problem">Why nothing can be downloaded from it, as a clause; null if something can.</param>
    /// <returns>The link; null if there is a problem.</returns>
    internal static DownloadLink? Read(string? text, CloudFileId id, out UserText? problem)
    {
        problem = null;
        if (string.IsNullOrWhiteSpace(text)) problem = new UserText(nameof(Messages.LinkMissing));
        else if (!TrySplit(text!, out Uri? server, out string rest)) problem = new UserText(nameof(Messages.LinkNotHttp));
        else if ((ReadOfId(server!, rest, "/" + id.Path) ?? ReadAsItCame(server!, rest)) is { } link) return link;
        else problem = new UserText(nameof(Messages.LinkAmbiguous));
        return null;
    }

    /// <summary>Takes the links out of a reply.</summary>
    /// <param name="reply">The reply as text.</param>
    /// <returns>A text that may be shown.</returns>
    internal static string Hide(string reply) => InReply.Replace(reply, @"$1""***""");

    // Uri does not get the part after the host: it decodes some escapes, takes a backslash for a slash, and ends the path at the first # or ?.
    private static bool TrySplit(string text, out Uri? server, out string rest)
    {
        server = null;
        rest = string.Empty;
        int host = text.IndexOf("://", StringComparison.Ordinal) + 3;
        if (host < 3 || text.Substring(0, host - 3).ToLowerInvariant() is not ("https" or "http")) return false;
        int end = host;
        while (end < text.Length && (IsLetterOrDigit(text[end]) || "-._:[]".Contains(text[end]))) end++;
        rest = text.Substring(end);
        return (rest.Length == 0 || rest[0] is '/' or '?' or '#')
            && Uri.TryCreate($"{text.Substring(0, end)}/", UriKind.Absolute, out server) && server.Host.Length > 0;
    }

    // The path is the ID's, as it came or decoded. It may hold question marks itself, so the query begins behind all of it.
    private static DownloadLink? ReadOfId(Uri server, string rest, string path)
    {
        string ascii = Escape(rest, kept: null);
        int end = EndOfDecoded(ascii, path);
        bool isDecoded = IsEnd(ascii, end);
        if (IsEnd(rest, path.Length) && rest.StartsWith(path, StringComparison.Ordinal)) (ascii, end) = (rest, path.Length);
        else if (!isDecoded) return null;
        string query = ascii.Substring(end);
        if (IsAmbiguous(query)) return null;
        bool isEncoded = isDecoded && !IsAmbiguous(rest) && !HasForeign(rest) && rest.IndexOf('?') is var mark && (mark < 0 || mark == end);
        return new DownloadLink(server, Escape(path, Unreserved + "/"), query) { IsEncoded = isEncoded };
    }

    private static DownloadLink? ReadAsItCame(Uri server, string rest)
    {
        if (IsAmbiguous(rest) || rest.IndexOf('?') != rest.LastIndexOf('?') || HasForeign(rest)) return null;
        int end = rest.IndexOf('?') is >= 0 and var mark ? mark : rest.Length;
        return new DownloadLink(server, end == 0 ? "/" : rest.Substring(0, end), rest.Substring(end));
    }

    private static bool IsEnd(string text, int at) => at == text.Length || (at >= 0 && at < text.Length && text[at] == '?');

    // Whether clients read it in different ways.
    private static bool IsAmbiguous(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '#' || char.IsControl(text[i]) || (text[i] == '%' && ByteAt(text, i) < 0)) return true;
        }
        return false;
    }

    // Some clients end a link at white space, and take a backslash for a slash.
    private static bool HasForeign(string text) => Array.Exists(text.ToCharArray(), c => c is '\\' || char.IsWhiteSpace(c));

    // The end of the part of a text that becomes another text when it is decoded; -1 if there is none.
    private static int EndOfDecoded(string ascii, string decoded)
    {
        int at = 0;
        foreach (byte expected in Encoding.UTF8.GetBytes(decoded))
        {
            if (at == ascii.Length || ByteAt(ascii, at) != expected) return -1;
            at += ascii[at] == '%' ? 3 : 1;
        }
        return at;
    }

    // The byte that a character or an escape stands for; -1 for an escape that is none.
    private static int ByteAt(string text, int at)
    {
        if (text[at] != '%') return text[at];
        int high = at + 2 < text.Length ? Hex.IndexOf(char.ToUpperInvariant(text[at + 1])) : -1;
        int low = high < 0 ? -1 : Hex.IndexOf(char.ToUpperInvariant(text[at + 2]));
        return low < 0 ? -1 : (high << 4) + low;
    }

    // Escapes all bytes but letters, digits and the characters that are kept; null keeps all of ASCII.
    private static string Escape(string text, string? kept)
    {
        var escaped = new StringBuilder(text.Length + 16);
        foreach (byte b in Encoding.UTF8.GetBytes(text))
        {
            char c = (char)b;
            if (IsLetterOrDigit(c) || (b < 0x80 && (kept?.Contains(c) ?? true))) escaped.Append(c);
            else escaped.Append('%').Append(Hex[b >> 4]).Append(Hex[b & 15]);
        }
        return escaped.ToString();
    }

    private static bool IsLetterOrDigit(char c) => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9');
}
