namespace TcbPowerShell.Emulation;

/// <summary>The two answers for a file that does not exist; both occur.</summary>
public enum MissingFileAnswer
{
    /// <summary>Status -503003, <c>storage file not exists</c>.</summary>
    NotExists,

    /// <summary>Status 1, <c>STORAGE_FILE_NONEXIST</c>.</summary>
    NonExist,
}
