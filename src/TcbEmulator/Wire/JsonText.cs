using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace TcbPowerShell.Emulation;

/// <summary>Writes JSON as the service does: UTF-8 as it is, an escape only where JSON has no other way.</summary>
internal static class JsonText
{
    private static readonly SearchValues<char> Special =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(code => (char)code), '"', '\\']);

    public static void WriteRaw(this ArrayBufferWriter<byte> output, ReadOnlySpan<byte> json) => output.Write(json);

    public static void WriteNumber(this ArrayBufferWriter<byte> output, int value)
    {
        Utf8Formatter.TryFormat(value, output.GetSpan(11), out int written);
        output.Advance(written);
    }

    public static void WriteString(this ArrayBufferWriter<byte> output, ReadOnlySpan<char> value)
    {
        output.Write("\""u8);
        for (int at; (at = value.IndexOfAny(Special)) >= 0; value = value[(at + 1)..])
        {
            Encoding.UTF8.GetBytes(value[..at], output);
            WriteEscaped(output, value[at]);
        }

        Encoding.UTF8.GetBytes(value, output);
        output.Write("\""u8);
    }

    private static void WriteEscaped(ArrayBufferWriter<byte> output, char special) => Encoding.UTF8.GetBytes(
        special switch
        {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            _ => $"\\u{(int)special:x4}",
        },
        output);
}
