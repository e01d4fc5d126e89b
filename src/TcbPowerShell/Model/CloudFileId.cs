using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace TcbPowerShell.Model;

/// <summary>
/// A file ID, <c>cloud://&lt;environment&gt;.&lt;bucket&gt;/&lt;path&gt;</c>, kept to the letter: a changed ID names another file, so nothing
/// here trims, decodes or normalises.
/// </summary>
internal readonly struct CloudFileId
{
    /// <summary>The longest ID that is sent, in UTF-8 bytes. The pages allow a path of 850 bytes without saying in which encoding.</summary>
    internal const int MaxBytes = 4096;

    private const string Scheme = "cloud://";

    private CloudFileId(string value, string environmentId)
    {
        Value = value;
        EnvironmentId = environmentId;
    }

    /// <summary>The ID as it was given.</summary>
    internal string Value { get; }

    /// <summary>The environment that the ID names: the host part up to its first dot.</summary>
    internal string EnvironmentId { get; }

    /// <summary>Reads an ID.</summary>
    /// <param name="text">The ID.</param>
    /// <param name="environmentId">An environment to reuse the string of where the ID names it, so that a million IDs do not make a million copies.</param>
    /// <param name="id">The ID, where it is well formed.</param>
    /// <param name="problem">What is wrong with it, as the rest of a sentence that begins with the ID, where it is not.</param>
    /// <returns>Whether it is well formed.</returns>
    internal static bool TryParse(string text, string? environmentId, out CloudFileId id, [NotNullWhen(false)] out string? problem)
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

    private static string? FindProblem(string text, out int hostEnd)
    {
        hostEnd = -1;
        // Characters first: a byte order mark before the scheme is a matter of encoding, not of the scheme.
        if (FindBadCharacter(text) is { } problem) return problem;
        if (!text.StartsWith(Scheme, StringComparison.Ordinal))
            return "does not begin with cloud:// (IDs are taken literally, white space included)";
        hostEnd = text.IndexOf('/', Scheme.Length);
        if (hostEnd == Scheme.Length || text.Length == Scheme.Length || text[Scheme.Length] == '.') return "names no environment";
        if (hostEnd < 0 || hostEnd == text.Length - 1) return "has no path";
        // A char is at most three bytes, so most IDs need no counting.
        if (text.Length * 3 > MaxBytes && Encoding.UTF8.GetByteCount(text) is > MaxBytes and var bytes)
            return $"is too long: {bytes} bytes of UTF-8, {MaxBytes} at most";
        return null;
    }

    private static string? FindBadCharacter(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c is >= ' ' and < '\u007f') continue;
            if (c is '\ufffd' or '\ufeff' || char.IsControl(c))
                return $"holds the character U+{(int)c:X4}: most likely the list was read in the wrong encoding (Get-Content -Encoding utf8)";
            // Half a surrogate pair has no UTF-8 form: sent, it would turn into U+FFFD and name another file.
            if (!char.IsSurrogate(c)) continue;
            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1])) i++;
            else return $"holds half a surrogate pair (U+{(int)c:X4}): most likely the list was cut or read in the wrong encoding";
        }
        return null;
    }
}
