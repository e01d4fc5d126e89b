using System.Text.RegularExpressions;

namespace TcbPowerShell.Protocol;

/// <summary>Download links: what is one, and how a text is shown without them. A link is a secret while it is valid (rule 11).</summary>
internal static class DownloadLink
{
    // The value of download_url, and any other string that begins like a link: the traffic also shows replies that are not the service's. Half a
    // string at the end of a text is a link too.
    private static readonly Regex InReply = new(
        @"(""download_url""\s*:\s*)""(?:[^""\\]|\\.)*""?|""https?:(?:[^""\\]|\\.)*""?", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.Singleline);

    /// <summary>Whether a text is a link that something can be downloaded from.</summary>
    /// <param name="text">The text that the service gave as a link.</param>
    /// <param name="isSigned">Whether it has a query: the signature of a private file, which expires. A public file's link has none.</param>
    internal static bool IsLink(string? text, out bool isSigned)
    {
        isSigned = false;
        if (text is null || Array.Exists(text.ToCharArray(), c => char.IsControl(c) || char.IsWhiteSpace(c))) return false;
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? link) || (link.Scheme != Uri.UriSchemeHttps && link.Scheme != Uri.UriSchemeHttp)) return false;
        isSigned = link.Query.Length > 1;
        return true;
    }

    /// <summary>Takes the links out of a reply.</summary>
    /// <param name="reply">The reply as text.</param>
    /// <returns>A text that may be shown.</returns>
    internal static string Hide(string reply) => InReply.Replace(reply, @"$1""***""");
}
