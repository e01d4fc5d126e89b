using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace TcbPowerShell.Tests.Protocol;

/// <summary>Reads a reply in another way than the module: slowly, and only to say whether it says of a file that it is deleted.</summary>
internal static partial class ReplyOracle
{
    /// <summary>Whether the reply has an entry of this very ID with status 0, and nothing that says otherwise.</summary>
    internal static bool SaysRemoved(byte[] reply, string fileId)
    {
        using JsonDocument? json = Parse(reply);
        if (json is null || json.RootElement.ValueKind != JsonValueKind.Object) return false;
        JsonProperty[] members = [.. json.RootElement.EnumerateObject()];
        if (members.Any(member => member.NameEquals("errcode") && !IsZero(member.Value) && member.Value.ValueKind != JsonValueKind.Null)) return false;
        JsonElement[][] entries =
        [
            .. members.Where(member => member.NameEquals("delete_list") && member.Value.ValueKind == JsonValueKind.Array)
                .SelectMany(member => member.Value.EnumerateArray())
                .Where(entry => entry.ValueKind == JsonValueKind.Object)
                .Where(entry => Values(entry, "fileid").Any(id => id.ValueKind == JsonValueKind.String && id.GetString() == fileId))
                .Select(entry => Values(entry, "fileid").Length == 1 ? Values(entry, "status") : []),
        ];
        JsonElement[] said = [.. entries.Where(statuses => statuses.Length == 1).Select(statuses => statuses[0])];
        return said.Any(IsZero) && !said.Any(IsOther);
    }

    private static JsonElement[] Values(JsonElement entry, string name) =>
        [.. entry.EnumerateObject().Where(member => member.NameEquals(name)).Select(member => member.Value)];

    private static bool IsZero(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => IsZero(value.GetRawText()),
        JsonValueKind.String => double.TryParse(value.GetString(), NumberStyles.Float & ~NumberStyles.AllowLeadingWhite & ~NumberStyles.AllowTrailingWhite, null, out _) && IsZero(value.GetString()!),
        _ => false,
    };

    // Exactly: a double rounds 1e-400 to zero.
    private static bool IsZero(string number) => number.Split('e', 'E')[0].All(c => c is '0' or '-' or '+' or '.');

    private static bool IsOther(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.TryGetInt32(out int number) && number != 0,
        JsonValueKind.String => int.TryParse(value.GetString(), NumberStyles.AllowLeadingSign, null, out int number) && number != 0,
        _ => false,
    };

    // A backslash is an escape, a pair of them, half a pair, or nothing that JSON knows.
    private static string Decodable(Match match) => match.Groups["half"].Success ? "\\ufffd" : match.Groups["bad"].Success ? "\u007f" : match.Value;

    [GeneratedRegex("""\\(?:["\\/bfnrt]|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|u[0-9a-fA-F]{4}|(?<bad>))""")]
    private static partial Regex Escape();

    // No ID holds U+FFFD or U+007F, so text that becomes one of these names no file.
    private static JsonDocument? Parse(byte[] reply)
    {
        string text = Encoding.UTF8.GetString(reply);
        if (text.StartsWith('\ufeff')) text = text[1..];
        char[] chars = text.ToCharArray();
        bool inString = false;
        for (int i = 0; i < chars.Length; i++)
        {
            if (chars[i] == '"') inString = !inString;
            else if (chars[i] == '\\' && inString && i + 1 < chars.Length && chars[i + 1] is '"' or '\\') i++;
            else if (chars[i] < ' ') chars[i] = inString ? '\u007f' : ' ';
        }
        try
        {
            return JsonDocument.Parse(Escape().Replace(new string(chars), Decodable));
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
