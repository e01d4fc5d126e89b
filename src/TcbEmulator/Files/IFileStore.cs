namespace TcbPowerShell.Emulation;

/// <summary>The store of the files. Every member may be called from several requests at once.</summary>
internal interface IFileStore
{
    int Count { get; }

    IReadOnlyCollection<string> FileIds { get; }

    void Add(string fileId);

    bool Contains(string fileId);

    /// <summary>The facts of the file in a listing; null if there is no such file.</summary>
    FileFacts? Describe(string fileId);

    /// <summary>The IDs that begin with a text, from the one after <paramref name="after"/> on, in the order of their UTF-8 bytes.</summary>
    IEnumerable<string> List(string beginning, string after);

    /// <summary>The file's content with its facts; null where there is no such file.</summary>
    Download? Open(string fileId);

    /// <summary>True for exactly one of any number of callers.</summary>
    bool Remove(string fileId);
}
