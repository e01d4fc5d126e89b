using System.Text;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Protocol;

/// <summary>
/// Finds the request ID that the service puts at the end of an errmsg: <c>rid: 68d0e15f-18b1eca2-4de8f3b9</c>, or the older
/// <c>hint: [tp9AvA04171107]</c> and <c>hints: [ req_id: X ]</c>. It takes linear time.
/// </summary>
internal static class RequestId
{
    // A text that is longer is no ID, and would be repeated in each message.
    private const int Longest = 128;

    private const string AroundIds = ",;()[]{}\"'<>，；。（）【】“”";

    private static readonly string[] Marks = ["rid", "req_id", "hint", "hints"];

    /// <summary>Finds the ID: the last rid, or else the last of the older forms.</summary>
    /// <param name="message">An errmsg.</param>
    /// <returns>The ID; null if there is none.</returns>
    internal static string? Find(string? message)
    {
        string? rid = null;
        string? older = null;
        for (Clause? clause = Next(message ?? string.Empty, 0); clause is { } found; clause = Next(message!, found.End))
        {
            if (found.Mark == Marks[0]) rid = found.Id;
            else older = found.Id;
        }
        return ShownText.MakeSafeOrNull(rid ?? older);
    }

    /// <summary>A text without the request IDs in it, and without what separates it from them.</summary>
    internal static string Without(string message)
    {
        var rest = new StringBuilder();
        int start = 0;
        for (Clause? clause = Next(message, 0); clause is { } found; clause = Next(message, start = found.End)) rest.Append(message, start, found.Start - start);
        return start == 0 ? message.Trim() : rest.Append(message, start, message.Length - start).ToString().Trim(' ', ',', ';', '.', '\r', '\n', '\t');
    }

    private static Clause? Next(string text, int from)
    {
        for (int colon = text.IndexOf(':', from); colon >= 0; colon = text.IndexOf(':', colon + 1))
        {
            if (Array.Find(Marks, mark => EndsWith(text, from, colon, mark)) is not { } mark) continue;
            int at = SkipSpaces(text, colon + 1);
            bool isBracketed = at < text.Length && text[at] == '[';
            if (isBracketed) at = SkipSpaces(text, at + 1);
            if (Array.Find(Marks, inner => string.CompareOrdinal(text, at, inner + ":", 0, inner.Length + 1) == 0) is { } inner)
                at = SkipSpaces(text, at + inner.Length + 1);
            int end = at;
            while (end < text.Length && end - at <= Longest && !IsEndOfId(text[end])) end++;
            // An ID in brackets may end in an exclamation mark; elsewhere it belongs to the sentence.
            string id = text.Substring(at, end - at);
            if (!isBracketed) id = id.TrimEnd('.', ':', '!', '?', '\\');
            if (id.Length is 0 or > Longest) continue;
            int after = SkipSpaces(text, end);
            if (isBracketed && after < text.Length && text[after] == ']') end = after + 1;
            return new Clause(colon - mark.Length, end, mark, id);
        }
        return null;
    }

    // "grid:" is another word.
    private static bool EndsWith(string text, int from, int end, string mark)
    {
        int start = end - mark.Length;
        return start >= from && string.CompareOrdinal(text, start, mark, 0, mark.Length) == 0
            && (start == 0 || text[start - 1] is not ((>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '_'));
    }

    private static bool IsEndOfId(char c) => char.IsWhiteSpace(c) || char.IsControl(c) || AroundIds.Contains(c);

    private static int SkipSpaces(string text, int at)
    {
        while (at < text.Length && text[at] == ' ') at++;
        return at;
    }

    private readonly record struct Clause(int Start, int End, string Mark, string Id);
}
