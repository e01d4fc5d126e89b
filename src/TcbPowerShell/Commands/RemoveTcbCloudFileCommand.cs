using System.Globalization;
using System.Management.Automation;
using TcbPowerShell.Client.Journal;
using TcbPowerShell.Client.Runs;
using TcbPowerShell.Commands;
using TcbPowerShell.Model;
using TcbPowerShell.Resources;

namespace TcbPowerShell;

/// <summary>Deletes files from cloud storage and emits one result for each file that is gone.</summary>
[Cmdlet(VerbsCommon.Remove, "TcbCloudFile", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium,
    HelpUri = HelpPage.Folder + "Remove-TcbCloudFile.md")]
[OutputType(typeof(CloudFileRemoval))]
public sealed class RemoveTcbCloudFileCommand : CloudFileCommand
{
    private string _action = string.Empty;
    private RemovalJournal? _journal;

    /// <summary>Makes a file that does not exist a result (AlreadyGone) instead of an error.</summary>
    [Parameter]
    public SwitchParameter IgnoreMissing { get; set; }

    /// <summary>
    /// The journal: an append-only record of every answer (JSON Lines). A run with the same journal skips what an earlier one removed.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? JournalPath { get; set; }

    private protected override IOperation Operation => new RemoveOperation(IgnoreMissing);

    private protected override RunWords Words => RunWords.Remove;

    private protected override bool IsDryRun => Preferences.IsDryRun(this);

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        UserText action = Environment is null
            ? new UserText(nameof(Messages.RemoveAction))
            : new UserText(nameof(Messages.RemoveActionIn), Environment.EnvironmentId);
        _action = action.Format(CultureInfo.CurrentUICulture);
    }

    private protected override bool MaySend(CloudFileId id)
    {
        if (_journal?.IsDone(id) ?? false)
        {
            // A dry run has no results: the next command in the pipeline would act on files that still exist.
            if (IsDryRun) Reporter.Summary.CountOutcome(nameof(CloudFileRemovalOutcome.PreviouslyRemoved));
            else Reporter.Write(new CloudFileRemoval(id.Value, id.EnvironmentId, CloudFileRemovalOutcome.PreviouslyRemoved));
            return false;
        }
        return IsApproved(id, _action);
    }

    private protected override RunOptions OpenFiles(RunOptions options, CancellationToken stopped)
    {
        if (JournalPath is null) return options;
        string path = FilePath.Resolve(this, JournalPath);
        Reporter.Summary.JournalPath = path;
        try
        {
            _journal = IsDryRun
                ? RemovalJournal.Read(path, Environment is null ? null : JournalRun.ServiceOf(Environment.Endpoint), stopped)
                : RemovalJournal.Open(
                    path, Environment!.EnvironmentId, JournalRun.Of(Reporter.Summary.RunId, Environment.Endpoint), Environment.Clock, stopped);
        }
        catch (TcbException e)
        {
            ThrowTerminatingError(ErrorRecords.JournalNotOpened(JournalPath, e));
        }
        return options with { Journal = _journal };
    }

    private protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _journal?.Dispose();
    }
}
