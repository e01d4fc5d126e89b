using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Model;

/// <summary>
/// A file ID, <c>cloud://&lt;environment&gt;.&lt;bucket&gt;/&lt;path&gt;</c>, verbatim: a changed ID names another file, so nothing here trims,
/// decodes or normalizes.
/// </summary>
internal readonly struct CloudFileId
{
    /// <summary>The longest ID that is sent, in UTF-8 bytes. The service's pages allow a path of 850 bytes without saying in which encoding.</summary>
    internal const int MaxBytes = 4096;

    private const string Scheme = "cloud://";

    // Characters that lists, spreadsheets and JSON leave at the end of an ID.
    private const string Residue = ",;\"'`，；、“”‘’「」";

    // The full-width forms of the two characters that a path has between its names.
    private static readonly char[] FullWidth = ['\uff0f', '\uff0e'];

    // A character beyond ASCII in UTF-8, percent-encoded, as in every link to a file with a Chinese name.
    private static readonly Regex EncodedText = new("%[C-Fc-f][0-9A-Fa-f](?:%[89ABab][0-9A-Fa-f])+", RegexOptions.CultureInvariant);

    private CloudFileId(string value, string environmentId)
    {
        Value = value;
        EnvironmentId = environmentId;
    }

    /// <summary>The ID as it was given.</summary>
    internal string Value { get; }

    /// <summary>The environment that the ID names: the host part up to its first dot.</summary>
    internal string EnvironmentId { get; }

    /// <summary>The path of the file in its bucket, without a leading slash.</summary>
    internal string Path => Value.Substring(Value.IndexOf('/', Scheme.Length) + 1);

    /// <summary>
    /// Finds something that was added to the ID, such as a space or a comma at its end; null if there is nothing. It may name a real file all the
    /// same, so it is sent; but when no such file exists, the file that was meant may still be there.
    /// </summary>
    internal UserText? FindDamage()
    {
        if (Value.IndexOf(Scheme, Scheme.Length, StringComparison.Ordinal) >= 0) return new UserText(nameof(Messages.DamageTwoIds));
        char last = Value[Value.Length - 1];
        if (char.IsWhiteSpace(last)) return new UserText(nameof(Messages.DamageSpaceAtEnd), Number(last));
        bool isResidue = CharUnicodeInfo.GetUnicodeCategory(last) == UnicodeCategory.Format || Residue.Contains(last);
        return isResidue ? new UserText(nameof(Messages.DamageAtEnd), Number(last)) : null;
    }

    /// <summary>
    /// Finds a sign that the ID does not name what was meant: a folder, a wildcard, a full-width character, a path copied from a link; null if there
    /// is none. Real files have such names, too, so that this matters only when the service does not know the file.
    /// </summary>
    internal UserText? FindMisspelling()
    {
        string path = Path;
        if (path[path.Length - 1] == '/') return new UserText(nameof(Messages.IdOfFolder), path.Replace("'", "''"));
        if (path.Contains('*')) return new UserText(nameof(Messages.IdWithAsterisk));
        if (path.IndexOfAny(FullWidth) is >= 0 and var at) return new UserText(nameof(Messages.IdWithFullWidth), path[at].ToString(), Number(path[at]));
        return EncodedText.IsMatch(path) ? new UserText(nameof(Messages.IdUrlEncoded), Uri.UnescapeDataString(path)) : null;
    }

    /// <summary>Reads an ID.</summary>
    /// <param name="text">The ID.</param>
    /// <param name="environmentId">An environment whose string is reused if the ID names it, so that a million IDs do not make a million copies.</param>
    /// <param name="id">The ID, if it is well formed.</param>
    /// <param name="problem">The mistake, as a sentence about "it"; null if the ID is well formed.</param>
    /// <returns>Whether it is well formed.</returns>
    internal static bool TryParse(string text, string? environmentId, out CloudFileId id, [NotNullWhen(false)] out UserText? problem)
    {
        id = default;
        problem = FindProblem(text, out int hostEnd);
        if (problem is not null) return false;
        int dot = text.IndexOf('.', Scheme.Length, hostEnd - Scheme.Length);
        int length = (dot < 0 ? hostEnd : dot) - Scheme.Length;
        bool known = environmentId?.Length == length && string.CompareOrdinal(text, Scheme.Length, environmentId, 0, length) == 0;
        id = new CloudFileId(text, known ? environmentId! : text.Substring(Scheme.Length, length));
        return true;
    }

    private static UserText? FindProblem(string text, out int hostEnd)
    {
        hostEnd = -1;
        // Characters first: a byte order mark before the scheme is a matter of encoding, not of the scheme.
        if (FindBadCharacter(text) is { } problem) return problem;
        if (!text.StartsWith(Scheme, StringComparison.Ordinal)) return new UserText(ExplainOtherScheme(text));
        hostEnd = text.IndexOf('/', Scheme.Length);
        if (hostEnd == Scheme.Length || text.Length == Scheme.Length || text[Scheme.Length] == '.') return new UserText(nameof(Messages.IdWithoutEnvironment));
        if (hostEnd < 0 || hostEnd == text.Length - 1) return new UserText(nameof(Messages.IdWithoutPath));
        // A char is at most three bytes, so most IDs need no counting.
        if (text.Length * 3 > MaxBytes && Encoding.UTF8.GetByteCount(text) is > MaxBytes and var bytes)
            return new UserText(nameof(Messages.IdTooLong), bytes, MaxBytes);
        return null;
    }

    private static string ExplainOtherScheme(string text)
    {
        string start = text.TrimStart();
        if (start.Length > 0 && "\"'`“‘「".Contains(start[0])) return nameof(Messages.IdInQuotationMarks);
        if (start.Length > 0 && start[0] is ('{' or '[')) return nameof(Messages.IdIsJson);
        if (start.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || start.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
            return nameof(Messages.IdIsLink);
        if (start.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return nameof(Messages.IdStartsWithSpaceOrCapitals);
        if (start.IndexOf(Scheme, StringComparison.Ordinal) > 0) return nameof(Messages.IdInsideLine);
        if (start.StartsWith("cloud\uff1a", StringComparison.OrdinalIgnoreCase)) return nameof(Messages.IdWithFullWidthColon);
        return text.EndsWith(".txt", StringComparison.OrdinalIgnoreCase) || text.EndsWith(".csv", StringComparison.OrdinalIgnoreCase)
            || text.EndsWith(".json", StringComparison.OrdinalIgnoreCase) || text.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase)
            ? nameof(Messages.IdIsListFile)
            : nameof(Messages.IdWithoutScheme);
    }

    private static string Number(char c) => ((int)c).ToString("X4", CultureInfo.InvariantCulture);

    private static UserText? FindBadCharacter(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c is >= ' ' and < '\u007f') continue;
            string? problem = c switch
            {
                '\ufffd' => nameof(Messages.IdUndecodable),
                '\ufeff' => nameof(Messages.IdWronglyDecoded),
                '\r' or '\n' => nameof(Messages.IdWithLineBreak),
                '\t' => nameof(Messages.IdWithTab),
                _ when char.IsControl(c) => nameof(Messages.IdWithControlCharacter),
                // Half a surrogate pair has no UTF-8 form: sent, it would turn into U+FFFD and name another file.
                _ when char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]) => null,
                _ when char.IsSurrogate(c) => nameof(Messages.IdWithHalfSurrogate),
                _ => null,
            };
            if (problem is not null) return new UserText(problem, Number(c));
            if (char.IsHighSurrogate(c)) i++;
        }
        return null;
    }
}
