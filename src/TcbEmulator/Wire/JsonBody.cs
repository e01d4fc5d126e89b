using System.Text.Json;
using System.Text.Unicode;

namespace TcbPowerShell.Emulation;

/// <summary>The checks of a body that are the same for every call, before it looks at the parameters.</summary>
internal static class JsonBody
{
    /// <summary>Null where the body is UTF-8, an object, and writes its characters as they are.</summary>
    public static TcbError? Check(ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty)
            return TcbError.EmptyBody;

        if (HasUnicodeEscape(body))
            return TcbError.EscapedUnicode;

        return Utf8.IsValid(body) && IsObject(body) ? null : TcbError.DataFormat;
    }

    private static bool HasUnicodeEscape(ReadOnlySpan<byte> body)
    {
        // "\\u" is an escaped backslash before a plain u: each backslash takes the next byte with it.
        for (int at; (at = body.IndexOf((byte)'\\')) >= 0 && at + 1 < body.Length; body = body[(at + 2)..])
        {
            if (body[at + 1] is (byte)'u' or (byte)'U')
                return true;
        }

        return false;
    }

    private static bool IsObject(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            reader.Read();
            bool isObject = reader.TokenType == JsonTokenType.StartObject;
            reader.Skip();
            // Only the end of the body may follow.
            return isObject && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
