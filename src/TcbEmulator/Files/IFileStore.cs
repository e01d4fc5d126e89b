namespace TcbPowerShell.Emulation;

/// <summary>Where the files are. Every member may be called from several requests at once.</summary>
internal interface IFileStore
{
    int Count { get; }

    IReadOnlyCollection<string> FileIds { get; }

    void Add(string fileId);

    bool Contains(string fileId);

    /// <summary>The file's content; null where there is no such file.</summary>
    Stream? OpenRead(string fileId);

    /// <summary>True for exactly one of any number of callers.</summary>
    bool Remove(string fileId);
}
