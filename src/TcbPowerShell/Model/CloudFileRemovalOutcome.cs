
namespace TcbPowerShell;

/// <summary>How a cloud file came to be gone.</summary>
public enum CloudFileRemovalOutcome
{
    /// <summary>The service said that it deleted the file.</summary>
    Removed,

    /// <summary>
    /// The service said that there is no such file: either an earlier try, whose reply was lost, had deleted it,
    /// or missing files were to be ignored.
    /// </summary>
    AlreadyGone,

    /// <summary>The journal says that an earlier run removed the file; nothing was sent for it.</summary>
    PreviouslyRemoved,
}
