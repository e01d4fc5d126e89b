using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>The texts that differ between removing and looking up files. All but the last are keys of Messages.resx.</summary>
/// <param name="Activity">The name of the run in the progress bar: short, because it takes its width from the counts.</param>
/// <param name="Progress">The files that succeeded, in the progress bar.</param>
/// <param name="ProgressFailed">The files that failed, in the progress bar.</param>
/// <param name="Request">The verbose line of a request.</param>
/// <param name="Counts">The counts in the error that ends a run.</param>
/// <param name="FileFailed">The error of a file that exists, or may exist: its ID, the facts, the attempts, the reason.</param>
/// <param name="MayHaveDeleted">Whether a file without a result may have been deleted.</param>
internal sealed record RunWords(
    string Activity, string Progress, string ProgressFailed, string Request, string Counts, string FileFailed, bool MayHaveDeleted)
{
    internal static readonly RunWords Remove = new(
        nameof(Messages.RemoveActivity), nameof(Messages.ProgressRemoved), nameof(Messages.ProgressFailed), nameof(Messages.VerboseRequest), nameof(Messages.RunCounts),
        nameof(Messages.FileNotRemoved), MayHaveDeleted: true);

    internal static readonly RunWords LookUp = new(
        nameof(Messages.LookUpActivity), nameof(Messages.ProgressFound), nameof(Messages.ProgressNotFound), nameof(Messages.LookUpVerboseRequest), nameof(Messages.LookUpRunCounts),
        nameof(Messages.FileNotRead), MayHaveDeleted: false);
}
