
namespace TcbPowerShell;

/// <summary>Why a cloud file is gone.</summary>
public enum CloudFileRemovalOutcome
{
    /// <summary>The service reported that it deleted the file.</summary>
    Removed,

    /// <summary>
    /// The service found no such file: either an earlier attempt whose reply was lost deleted it, or <c>-IgnoreMissing</c>
    /// was used.
    /// </summary>
    AlreadyGone,

    /// <summary>According to the journal, an earlier run removed the file; nothing was sent for it.</summary>
    PreviouslyRemoved,
}
