using System.Text;

namespace TcbPowerShell.Tests.Conventions;

/// <summary>Finds the string literals of C# sources, without comments; those inside interpolations are literals of their own.</summary>
internal static class StringLiterals
{
    /// <summary>The texts of all literals. The holes of an interpolated one stand in it as <c>{}</c>.</summary>
    internal static IReadOnlyList<string> In(string source)
    {
        var found = new List<string>();
        Scan(source, 0, '\0', found);
        return found;
    }

    // Code, up to its end or up to the closing character of a hole.
    private static int Scan(string text, int at, char end, List<string> found)
    {
        for (int depth = 0; at < text.Length;)
        {
            char c = text[at];
            if (c == end && depth == 0) return at + 1;
            if (c is '{' or '(' or '[') depth++;
            if (c is '}' or ')' or ']') depth--;
            if (Starts(text, at, "//")) at = IndexOrEnd(text, "\n", at);
            else if (Starts(text, at, "/*")) at = IndexOrEnd(text, "*/", at + 2);
            else if (c == '\'') at = text.IndexOf('\'', at + (text[at + 1] == '\\' ? 3 : 2)) + 1;
            else if (c is '"' || (c is '$' or '@' && LiteralStart(text, at) is not null)) at = ReadLiteral(text, at, found);
            else at++;
        }
        return at;
    }

    private static int ReadLiteral(string text, int at, List<string> found)
    {
        string prefix = LiteralStart(text, at)!;
        at += prefix.Length;
        int quotes = 1;
        while (at + quotes < text.Length && text[at + quotes] == '"') quotes++;
        // Two quotation marks are an empty string.
        if (quotes == 2)
        {
            found.Add(string.Empty);
            return at + 2;
        }
        string close = new('"', quotes);
        var literal = new StringBuilder();
        for (at += quotes; at < text.Length;)
        {
            if (prefix.Contains('@') && Starts(text, at, "\"\"")) at += 2;
            else if (Starts(text, at, close)) break;
            else if (quotes == 1 && !prefix.Contains('@') && text[at] == '\\') at += 2;
            else if (prefix.Contains('$') && quotes == 1 && (Starts(text, at, "{{") || Starts(text, at, "}}"))) at += 2;
            else if (prefix.Contains('$') && text[at] == '{')
            {
                literal.Append("{}");
                at = Scan(text, at + 1, '}', found);
            }
            else literal.Append(text[at++]);
        }
        found.Add(literal.ToString());
        return at + quotes;
    }

    // The characters before the opening quotation mark.
    private static string? LiteralStart(string text, int at)
    {
        int quote = at;
        while (quote < text.Length && text[quote] is '$' or '@') quote++;
        return quote < text.Length && text[quote] == '"' ? text[at..quote] : null;
    }

    private static bool Starts(string text, int at, string what) => string.CompareOrdinal(text, at, what, 0, what.Length) == 0;

    private static int IndexOrEnd(string text, string what, int from)
    {
        int index = text.IndexOf(what, from, StringComparison.Ordinal);
        return index < 0 ? text.Length : index + what.Length;
    }
}
