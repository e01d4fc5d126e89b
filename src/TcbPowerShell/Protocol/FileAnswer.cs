
namespace TcbPowerShell.Protocol;

/// <summary>What a reply says of one file: nothing, one thing, or things that contradict each other, which is as good as nothing.</summary>
internal readonly record struct FileAnswer
{
    private readonly bool _contradicted;

    internal FileAnswer(int status, string? message, string? downloadUrl = null)
    {
        IsGiven = true;
        Code = status;
        Message = message;
        DownloadUrl = downloadUrl;
    }

    private FileAnswer(bool contradicted) => _contradicted = contradicted;

    /// <summary>Whether the service answered for the file. Where it did not, the outcome is unknown.</summary>
    internal bool IsGiven { get; }

    /// <summary>The file's status, as a number.</summary>
    internal int Code { get; }

    /// <summary>The service's text for the file.</summary>
    internal string? Message { get; }

    /// <summary>The link to the file, as the service gave it; null where it gave none. A secret.</summary>
    internal string? DownloadUrl { get; }

    /// <summary>The status, as what it means.</summary>
    internal FileStatus Status => FileStatusReader.Classify(Code, Message);

    /// <summary>The answer when the same file is answered once more: answers decide, but not two that differ.</summary>
    internal FileAnswer And(FileAnswer other)
    {
        bool differ = other.Status != Status || !string.Equals(other.DownloadUrl, DownloadUrl, StringComparison.Ordinal);
        if (_contradicted || (IsGiven && differ)) return new FileAnswer(contradicted: true);
        return IsGiven ? this : other;
    }
}
