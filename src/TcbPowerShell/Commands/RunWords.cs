using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>What is said in other words when files are removed and when they are looked up. All but the last are keys of Messages.resx.</summary>
/// <param name="Activity">What the progress bar calls the run; its argument is the environment.</param>
/// <param name="Progress">The counts in the progress bar.</param>
/// <param name="Request">The verbose line of a request.</param>
/// <param name="Counts">The counts in the error that ends a run.</param>
/// <param name="FileFailed">The error of a file: its ID, the facts, the attempts, the reason.</param>
/// <param name="FileMissing">The same for a file that does not exist.</param>
/// <param name="MissingReason">The reason for a file that does not exist.</param>
/// <param name="MayHaveDeleted">Whether a file without a result may have been deleted.</param>
internal sealed record RunWords(
    string Activity, string Progress, string Request, string Counts, string FileFailed, string FileMissing, string MissingReason, bool MayHaveDeleted)
{
    internal static readonly RunWords Remove = new(
        nameof(Messages.RemoveActivity), nameof(Messages.ProgressCounts), nameof(Messages.VerboseRequest), nameof(Messages.RunCounts),
        nameof(Messages.FileNotRemoved), nameof(Messages.FileNotRemoved), nameof(Messages.FileNotFoundReason), MayHaveDeleted: true);

    internal static readonly RunWords LookUp = new(
        nameof(Messages.LookUpActivity), nameof(Messages.LookUpProgressCounts), nameof(Messages.LookUpVerboseRequest), nameof(Messages.LookUpRunCounts),
        nameof(Messages.FileNotRead), nameof(Messages.FileNotFound), nameof(Messages.FileUnknownReason), MayHaveDeleted: false);
}
