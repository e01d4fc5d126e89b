using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace TcbPowerShell.Client.Storage;

/// <summary>
/// Names of copies: a segment of an ID with a percent sign and a code in place of anything that Windows, macOS or Linux does not allow in a name, or
/// takes for something else. A percent sign of the ID becomes %25, so a name with another use of it, such as %part, is the name of no ID.
/// </summary>
internal static class CopyName
{
    /// <summary>The end of a name whose copy is not whole yet.</summary>
    internal const string Part = "%part";

    /// <summary>The name of the index.</summary>
    internal const string Index = "%index.jsonl";

    // Linux and macOS allow 255, eCryptfs 143 to 175; the rest is for numbers and %part.
    private const int MaxBytes = 200;
    private const int MaxExtension = 16;
    private const int HashDigits = 16;

    /// <summary>The name of a segment.</summary>
    /// <param name="segment">A part of an ID between slashes, which may be empty, but not <c>.</c> or <c>..</c>.</param>
    internal static string Of(string segment)
    {
        // No other name has the code of a slash.
        if (segment.Length == 0) return "%2F";
        var name = new StringBuilder(segment.Length + 8);
        int device = IsDevice(segment) ? 0 : -1, tilde = FindTilde(segment);
        for (int i = 0; i < segment.Length; i++)
        {
            char c = segment[i];
            bool isPair = char.IsSurrogatePair(segment, i);
            bool isForbidden = c == '%' || IsForbidden(isPair ? char.ConvertToUtf32(segment, i) : c);
            if (isForbidden || i == device || i == tilde || (i == segment.Length - 1 && c is '.' or ' ')) AppendCode(name, c);
            else name.Append(c);
            if (!isPair) continue;
            i++;
            if (isForbidden) AppendCode(name, segment[i]);
            else name.Append(segment[i]);
        }
        string whole = name.ToString();
        return whole.Length * 3 > MaxBytes && Encoding.UTF8.GetByteCount(whole) > MaxBytes ? Shorten(whole, segment) : whole;
    }

    /// <summary>Another name for a segment whose name belongs to another file.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="number">From 2.</param>
    internal static string Variant(string name, int number)
    {
        int extension = name.Length - Extension(name).Length;
        return FormattableString.Invariant($"{name.Substring(0, extension)}%-{number}{name.Substring(extension)}");
    }

    /// <summary>Whether a name could be one of a copy: allowed everywhere, inside its folder, and not a name of the index or of an unfinished copy.</summary>
    internal static bool IsSafe(string name)
    {
        if (name.Length == 0 || name[name.Length - 1] is '.' or ' ' || IsDevice(name) || FindTilde(name) >= 0 || Encoding.UTF8.GetByteCount(name) + Part.Length > 255) return false;
        for (int i = 0; i < name.Length; i++)
        {
            bool isPair = char.IsSurrogatePair(name, i);
            if (name[i] == '%' ? CodeLength(name, i) == 1 : !isPair && char.IsSurrogate(name[i])) return false;
            if (name[i] == '/' || IsForbidden(isPair ? char.ConvertToUtf32(name, i) : name[i])) return false;
            if (isPair) i++;
        }
        return true;
    }

    /// <summary>
    /// The same text for all names that some file system takes for one: NTFS, exFAT and APFS ignore case, APFS and HFS+ normalization, HFS+ and ext4 with
    /// casefold characters without a width. It equates more than any of them, for example compatible letters; that only makes two names out of one.
    /// </summary>
    internal static string KeyOf(string name)
    {
        if (!name.Any(c => c >= 0x80)) return name.ToUpperInvariant();
        string upper = name.Normalize(NormalizationForm.FormKD).ToUpperInvariant();
        var key = new StringBuilder(upper.Length);
        for (int i = 0; i < upper.Length; i++)
        {
            bool isPair = char.IsSurrogatePair(upper, i);
            // Letters whose upper case is two letters, or that .NET does not turn into upper case.
            string? folded = upper[i] switch
            {
                'ß' or 'ẞ' => "SS",
                'ı' => "I",
                '\u0345' => "\u0399",
                _ => null,
            };
            if (folded is not null) key.Append(folded);
            else if (!IsIgnorable(isPair ? char.ConvertToUtf32(upper, i) : upper[i])) key.Append(upper, i, isPair ? 2 : 1);
            if (isPair) i++;
        }
        // Sorts marks that a character without a width had kept apart.
        return key.ToString().Normalize(NormalizationForm.FormKD);
    }

    // Not the percent sign, which IsSafe has to let pass. File systems refuse noncharacters, or .NET cannot normalize them.
    private static bool IsForbidden(int rune) =>
        rune is < ' ' or (>= 0x7f and < 0xa0) or '<' or '>' or ':' or '"' or '|' or '?' or '*' or '\\' or (>= 0xfdd0 and <= 0xfdef) || (rune & 0xfffe) == 0xfffe;

    // https://learn.microsoft.com/windows/win32/fileio/naming-a-file, also with an extension.
    private static bool IsDevice(string name)
    {
        int end = name.IndexOfAny(['.', ' ', ':']);
        string stem = (end < 0 ? name : name.Substring(0, end)).ToUpperInvariant();
        return stem is "CON" or "PRN" or "AUX" or "NUL" or "CONIN$" or "CONOUT$"
            || (stem.Length == 4 && stem.Substring(0, 3) is "COM" or "LPT" && stem[3] is (>= '0' and <= '9') or '¹' or '²' or '³');
    }

    // On Windows, LONGNA~1.TXT may be the short name of another copy. https://learn.microsoft.com/windows/win32/fileio/naming-a-file#short-vs-long-names
    private static int FindTilde(string name)
    {
        int dot = name.IndexOf('.');
        int stem = dot < 0 ? name.Length : dot;
        if (stem is < 2 or > 8 || name.Length - stem > 4) return -1;
        int tilde = name.LastIndexOf('~', stem - 1);
        return tilde >= 0 && tilde < stem - 1 && name.Skip(tilde + 1).Take(stem - tilde - 1).All(c => c is >= '0' and <= '9') ? tilde : -1;
    }

    private static void AppendCode(StringBuilder name, char c) => name.AppendFormat(CultureInfo.InvariantCulture, c < 0x100 ? "%{0:X2}" : "%u{0:X4}", (int)c);

    // The whole code at a percent sign; 1 if it begins none. %25, %uFFFF, %-2, %=0123456789abcdef
    private static int CodeLength(string name, int at)
    {
        char kind = at + 1 < name.Length ? name[at + 1] : '\0';
        (int digits, int start) = kind switch { 'u' => (4, at + 2), '=' => (HashDigits, at + 2), '-' => (1, at + 2), _ => (2, at + 1) };
        return name.Skip(start).Take(digits).Count(Uri.IsHexDigit) == digits ? start + digits - at : 1;
    }

    private static string Extension(string name)
    {
        int dot = name.LastIndexOf('.');
        return dot > 0 && name.Length - dot <= MaxExtension ? name.Substring(dot) : string.Empty;
    }

    private static string Shorten(string name, string segment)
    {
#pragma warning disable CA1850 // netstandard2.0 has no SHA256.HashData.
        using var sha256 = SHA256.Create();
        string hash = string.Concat(sha256.ComputeHash(Encoding.UTF8.GetBytes(segment)).Take(HashDigits / 2).Select(part => part.ToString("X2", CultureInfo.InvariantCulture)));
#pragma warning restore CA1850
        string tail = $"%={hash}{Extension(name)}";
        int room = MaxBytes - Encoding.UTF8.GetByteCount(tail), end = 0;
        while (true)
        {
            int length = name[end] == '%' ? CodeLength(name, end) : char.IsSurrogatePair(name, end) ? 2 : 1;
            room -= Encoding.UTF8.GetByteCount(name.ToCharArray(end, length));
            if (room < 0) return $"{name.Substring(0, end)}{tail}";
            end += length;
        }
    }

    // https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt, Default_Ignorable_Code_Point
    private static bool IsIgnorable(int rune) => rune is 0xad or 0x34f or 0x61c or 0x115f or 0x1160 or 0x17b4 or 0x17b5 or (>= 0x180b and <= 0x180f)
        or (>= 0x200b and <= 0x200f) or (>= 0x202a and <= 0x202e) or (>= 0x2060 and <= 0x206f) or 0x3164 or (>= 0xfe00 and <= 0xfe0f) or 0xfeff or 0xffa0
        or (>= 0xfff0 and <= 0xfff8) or (>= 0x1bca0 and <= 0x1bca3) or (>= 0x1d173 and <= 0x1d17a) or (>= 0xe0000 and <= 0xe0fff);
}
