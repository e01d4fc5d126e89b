using TcbPowerShell.Resources;

namespace TcbPowerShell.Protocol;

/// <summary>The answer of a reply about one file: none, one, or an entry that cannot be used, which counts as none.</summary>
internal readonly record struct FileAnswer
{
    private readonly string? _problem;

    internal FileAnswer(int status, string? message, string? downloadUrl = null)
    {
        IsGiven = true;
        Code = status;
        Message = message;
        DownloadUrl = downloadUrl;
    }

    /// <summary>An entry that cannot be used.</summary>
    /// <param name="problem">The key of the text that says why.</param>
    internal FileAnswer(string problem) => _problem = problem;

    /// <summary>Whether the service answered for the file. If not, its outcome is unknown.</summary>
    internal bool IsGiven { get; }

    /// <summary>Why the answer cannot be used; null if it can, or if the reply does not mention the file.</summary>
    internal UserText? Problem => _problem is null ? null : new UserText(_problem);

    /// <summary>The file's status, as a number.</summary>
    internal int Code { get; }

    /// <summary>The service's text for the file.</summary>
    internal string? Message { get; }

    /// <summary>The link to the file, as the service gave it; null if it gave none. A secret.</summary>
    internal string? DownloadUrl { get; }

    /// <summary>The status, as what it means.</summary>
    internal FileStatus Status => FileStatusReader.Classify(Code, Message);

    /// <summary>Whether the reply says that the file is done, or says that too.</summary>
    internal bool SaysDone => IsContradicted || (IsGiven && Status == FileStatus.Ok);

    private bool IsMentioned => IsGiven || _problem is not null;

    private bool IsContradicted => _problem == nameof(Messages.EntriesContradict);

    /// <summary>The answer when the same file is answered once more: answers decide, but not two that differ.</summary>
    internal FileAnswer And(FileAnswer other)
    {
        if (IsContradicted || !other.IsMentioned) return this;
        if (other.IsContradicted || !IsMentioned) return other;
        if (!IsGiven || !other.IsGiven) return IsGiven ? this : other;
        bool differ = other.Status != Status || !string.Equals(other.DownloadUrl, DownloadUrl, StringComparison.Ordinal);
        return differ ? new FileAnswer(nameof(Messages.EntriesContradict)) : this;
    }
}
