using CsCheck;

namespace TcbPowerShell.Tests.Model;

/// <summary>Makes file IDs out of what breaks encoders, parsers and paths.</summary>
internal static class FileIdGen
{
    /// <summary>The environment of <see cref="Accepted"/>; the emulator has it from the start.</summary>
    internal const string EnvironmentId = "test-env";

    private static readonly string[] Pieces =
    [
        "a", "Z", "7", "photo", ".png", "/", "//", ".", "..", " ", "  ", "+", "&", "'", "<", ">", "\"", "\\", "\\\"", "\\u0041", "\\n", "%41", "%2F",
        "#", "?", "|", "=", "{", "}", "[", "]", ",", ":", "*", "$", "`", "~", "^", ";", "@", "!", "-", "_", "(", ")",
        "中文", "文件", "é", "e\u0301", "ß", "İ", "ı", "\u00a0", "\u2028", "\u200b", "\u3000", "\uffff", "\ue000", "😀", "𠮷", "👩\u200d👧",
    ];

    /// <summary>Well-formed IDs of one environment.</summary>
    internal static readonly Gen<string> Accepted =
        Gen.Select(Gen.OneOf(".7465-test-env", string.Empty, ".b.c", ".桶"), Gen.OneOf(Pieces).Array[1, 12],
            (bucket, path) => $"cloud://{EnvironmentId}{bucket}/{string.Concat(path)}");

    /// <summary>Different well-formed IDs of one environment.</summary>
    internal static Gen<string[]> Distinct(int least, int most) =>
        Accepted.Array[least, most].Select(ids => ids.Distinct(StringComparer.Ordinal).ToArray());

    /// <summary>Texts that are IDs, or nearly.</summary>
    internal static readonly Gen<string> Near =
        Gen.Select(
            Gen.Frequency((6, Gen.Const("cloud://")),
                (1, Gen.OneOf(string.Empty, " cloud://", "\ufeffcloud://", "Cloud://", "cloud:/", "cloud:", "http://"))),
            Gen.Frequency((8, Gen.OneOf(Pieces)), (1, Gen.OneOf(
                "\0", "\t", "\n", "\r", "\u001f", "\u007f", "\u0080", "\u0085", "\u009f", "\ufffd", "\ufeff", "\ud83d", "\ude00", "\ud83d\ud83d\ude00"))).Array[0, 8],
            (scheme, rest) => scheme + string.Concat(rest));
}
