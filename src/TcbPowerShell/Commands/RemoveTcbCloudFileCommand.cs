using System.Management.Automation;
using TcbPowerShell.Client.Batches;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Journal;
using TcbPowerShell.Commands;
using TcbPowerShell.Model;
using TcbPowerShell.Protocol;

namespace TcbPowerShell;

/// <summary>Deletes files from cloud storage and emits one result for each file that is gone.</summary>
[Cmdlet(VerbsCommon.Remove, "TcbCloudFile", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium,
    HelpUri = HelpPage.Folder + "Remove-TcbCloudFile.md")]
[OutputType(typeof(CloudFileRemoval))]
public sealed class RemoveTcbCloudFileCommand : PSCmdlet, IDisposable
{
    private readonly RemovalTally _tally = new();
    private string _action = "Remove cloud file";
    private RemovalJournal? _journal;
    private CloudFileRemover? _remover;
    private RemovalReporter? _reporter;
    private RemovalProgress? _progress;

    /// <summary>The file IDs, taken literally. Null, empty and white-space entries are skipped.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Id")]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    [FileIdArgument]
    public string?[]? FileId { get; set; }

    /// <summary>The connection; this runspace's default where none is given.</summary>
    [Parameter]
    [ValidateNotNull]
    public TcbEnvironment? Environment { get; set; }

    /// <summary>Files in one request.</summary>
    [Parameter]
    [ValidateRange(1, DeleteRequest.MaxFiles)]
    public int BatchSize { get; set; } = DeleteRequest.MaxFiles;

    /// <summary>Requests under way at once.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = 5;

    /// <summary>Tries after the first, for each batch.</summary>
    [Parameter]
    [ValidateRange(0, 100)]
    public int MaximumRetryCount { get; set; } = 5;

    /// <summary>Makes a file that does not exist a result (AlreadyGone) instead of an error.</summary>
    [Parameter]
    public SwitchParameter IgnoreMissing { get; set; }

    /// <summary>
    /// The journal: an append-only record of every answer (JSON Lines). A run with the same journal skips what an earlier one removed.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? JournalPath { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        Environment ??= DefaultConnection.Current;
        bool rehearsal = Preferences.IsRehearsal(this);
        if (Environment is null)
        {
            if (!rehearsal) ThrowTerminatingError(ErrorRecords.NotConnected());
            return;
        }
        _action = $"Remove cloud file from environment {Environment.EnvironmentId}";
        OpenJournal(Environment, rehearsal);
        if (rehearsal) return;
        int? total = MyInvocation.ExpectingInput ? null : FileId?.Length;
        _progress = new RemovalProgress(this, Environment.EnvironmentId, total, Environment.Clock);
        _reporter = new RemovalReporter(this, Environment.EnvironmentId, _tally, _progress);
        _remover = new CloudFileRemover(Environment, new RemovalOptions
        {
            BatchSize = BatchSize,
            ThrottleLimit = ThrottleLimit,
            Retry = RetryPolicy.Create(MaximumRetryCount),
            IgnoreMissing = IgnoreMissing,
            Journal = _journal,
            ShowTraffic = Preferences.IsDebugging(this),
        });
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        // A null or an empty list alone is one entry that is no ID.
        foreach (string? entry in FileId is { Length: > 0 } entries ? entries : [null])
        {
            if (string.IsNullOrWhiteSpace(entry)) _tally.Skipped++;
            else Accept(entry!);
            // Also where nothing was sent: what has arrived meanwhile is not to wait for the next file that is.
            Pump(inputIsRead: false);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        _remover?.Complete();
        Pump(inputIsRead: true);
        _progress?.Complete();
        if (_tally.Skipped > 0) WriteVerbose($"Skipped {_tally.Skipped} of the entries: null, empty or white space.");
        WarnOfEncoding();
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _remover?.Stop();

    /// <summary>Ends what is still under way: the only call that a pipeline stopped by its consumer makes.</summary>
    public void Dispose()
    {
        _remover?.Dispose();
        _journal?.Dispose();
    }

    private void Accept(string entry)
    {
        if (FileIdArgumentAttribute.IsForeign(entry, out string typeName, out string text))
        {
            Refuse(ErrorRecords.NoFileIdProperty(text, typeName));
        }
        else if (!CloudFileId.TryParse(entry, Environment?.EnvironmentId, out CloudFileId id, out string? problem))
        {
            Refuse(ErrorRecords.InvalidFileId(entry, problem));
        }
        else if (Environment is not null && !string.Equals(id.EnvironmentId, Environment.EnvironmentId, StringComparison.Ordinal))
        {
            Refuse(ErrorRecords.FileInOtherEnvironment(id, Environment.EnvironmentId));
        }
        else if (_journal?.IsDone(entry) ?? false)
        {
            if (_reporter is not null) Emit(new CloudFileRemoval(entry, id.EnvironmentId, CloudFileRemovalOutcome.PreviouslyRemoved));
        }
        else if (ShouldProcess(entry, _action))
        {
            _remover!.Add(entry);
        }
    }

    private void OpenJournal(TcbEnvironment environment, bool rehearsal)
    {
        if (JournalPath is null) return;
        string path = FilePath.Resolve(this, JournalPath);
        try
        {
            _journal = rehearsal
                ? RemovalJournal.Read(path, environment.EnvironmentId, environment.Clock)
                : RemovalJournal.Open(path, environment.EnvironmentId, environment.Clock);
        }
        catch (TcbException e)
        {
            ThrowTerminatingError(ErrorRecords.JournalUnavailable(JournalPath, e));
        }
    }

    private void Emit(CloudFileRemoval removal)
    {
        _tally.Count(new FileOutcome(removal, null));
        WriteObject(removal);
        _progress!.Update(_tally);
    }

    private void Refuse(ErrorRecord error)
    {
        _tally.Failed++;
        WriteError(error);
        _progress?.Update(_tally);
    }

    private void Pump(bool inputIsRead)
    {
        try
        {
            while (_remover?.Next() is { } e)
            {
                _reporter!.Report(e);
                if (e is not RemovalEvent.RunEnded end) continue;
                _progress!.Complete();
                ThrowTerminatingError(ErrorRecords.RunEnded(end, Environment!.Authentication, _tally.Removed, _tally.Failed, inputIsRead));
            }
        }
        catch (OperationCanceledException) when (Stopping)
        {
            throw new PipelineStoppedException();
        }
    }

    // Windows PowerShell's Get-Content reads UTF-8 as the system's code page, and a Chinese ID turns into another well-formed one.
    private void WarnOfEncoding()
    {
        if (!Edition.IsDesktop || _tally.MissingNonAscii == 0 || _tally.Missing * 2 <= _tally.Done) return;
        WriteWarning("Most of these files do not exist, and some IDs hold characters beyond ASCII: was the list read with Get-Content -Encoding UTF8?");
    }
}
