using System.Text.RegularExpressions;

namespace TcbPowerShell.Emulation;

// Faults in the reply to a call that takes files. The reply is made in three steps (entries, list, text) and each step has its fault.
public sealed partial record Fault
{
    /// <summary>The reply's first entry is missing.</summary>
    public static Fault OmitEntry { get; } = FileList(entries => entries.Skip(1), "omit-entry");

    /// <summary>The entries come in the opposite order.</summary>
    public static Fault Reorder { get; } = FileList(entries => entries.Reverse(), "reorder");

    /// <summary>The first entry comes twice.</summary>
    public static Fault DuplicateEntry { get; } = FileList(entries => entries.Take(1).Concat(entries), "duplicate-entry");

    /// <summary>The first entry comes again with another status.</summary>
    public static Fault ContradictEntry { get; } =
        FileList(entries => entries.Concat(entries.Take(1).Select(Contradict)), "contradict-entry");

    /// <summary>An entry for a file that was not asked for.</summary>
    public static Fault ForeignEntry { get; } = FileList(entries => entries.Append(Foreign), "foreign-entry");

    /// <summary>The list is null.</summary>
    public static Fault NullList { get; } = ReplyText(reply => ListPattern().Replace(reply, "\"$1\":null"), "null-list");

    /// <summary>No list at all.</summary>
    public static Fault NoList { get; } = ReplyText(reply => ListPattern().Replace(reply, "\"other\":[]"), "no-list");

    /// <summary>A list of strings, as some pages have it.</summary>
    public static Fault ListOfStrings { get; } = ReplyText(reply => EntryPattern().Replace(reply, "$1"), "list-of-strings");

    /// <summary>Numbers as strings.</summary>
    public static Fault NumbersAsStrings { get; } = ReplyText(reply => NumberPattern().Replace(reply, "$1\"$2\""), "numbers-as-strings");

    /// <summary>A raw line break and a raw tab inside the <c>errmsg</c>s.</summary>
    public static Fault ControlCharacters { get; } =
        ReplyText(reply => reply.Replace("\"errmsg\":\"", "\"errmsg\":\"\n\t", StringComparison.Ordinal), "control-characters");

    /// <summary>A byte order mark before the reply.</summary>
    public static Fault ByteOrderMark { get; } = ReplyText(reply => '\uFEFF' + reply, "byte-order-mark");

    /// <summary>The files that the condition picks get this status and are not deleted, unless <paramref name="worked"/>.</summary>
    public static Fault FileStatus(int status, string message, Func<string, bool> which, bool worked = false)
    {
        Fault fault = new(Invariant($"file-{status}"))
        {
            Entry = fileId => which(fileId) ? new FileEntry(fileId, status, message) : null,
        };
        return worked ? fault.AfterWork() : fault;
    }

    /// <summary>The entries are replaced by what the function makes of them.</summary>
    public static Fault FileList(Func<IReadOnlyList<FileEntry>, IEnumerable<FileEntry>> rewrite, string name = "file-list") =>
        new(name) { List = rewrite };

    /// <summary>The text of the reply is replaced by what the function makes of it.</summary>
    public static Fault ReplyText(Func<string, string> rewrite, string name = "reply-text") => new(name) { Text = rewrite };

    private static FileEntry Foreign { get; } =
        FileEntry.Of("cloud://foreign.7465-foreign/never-asked.png", 0) with { DownloadUrl = "https://example.invalid/never-asked.png" };

    private static FileEntry Contradict(FileEntry entry) => FileEntry.Of(entry.FileId, entry.Status == 0 ? -503001 : 0);

    [GeneratedRegex("\"(delete_list|file_list)\":\\[.*\\]", RegexOptions.Singleline)]
    private static partial Regex ListPattern();

    [GeneratedRegex("{\"fileid\":(\"(?:[^\"\\\\]|\\\\.)*\")[^}]*}")]
    private static partial Regex EntryPattern();

    [GeneratedRegex("(\"(?:errcode|status|expires_in)\":)(-?[0-9]+)")]
    private static partial Regex NumberPattern();
}
