using System.Management.Automation;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Runs;
using TcbPowerShell.Commands;
using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell;

/// <summary>Base of the cmdlets that take file IDs from the pipeline: parameters, checks, and the way through the engine.</summary>
public abstract class CloudFileCommand : PSCmdlet, IDisposable
{
    // Not disposed: it has no timer, and a stop may come while the cmdlet is being disposed.
    private readonly CancellationTokenSource _stopped = new();
    private FileRun? _run;
    private RunReporter? _reporter;
    private object? _blankObject;

    private protected CloudFileCommand()
    {
    }

    /// <summary>The file IDs, used verbatim. Null, empty and white-space entries are skipped.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Id")]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    [FileIdArgument]
    [ArgumentCompleter(typeof(NoCompleter))]
    public virtual string?[]? FileId { get; set; }

    /// <summary>The connection; this runspace's default if none is given.</summary>
    [Parameter]
    [ValidateNotNull]
    [TypedArgument(typeof(TcbEnvironment))]
    [ArgumentCompleter(typeof(ConnectionCompleter))]
    public TcbEnvironment? Environment { get; set; }

    /// <summary>The number of files in one request, 1 to 50. The default, 50, is the service's limit.</summary>
    [Parameter]
    [TypedArgument(typeof(int))]
    [ValidateRange(1, BatchRequest.MaxFiles)]
    [ArgumentCompleter(typeof(NoCompleter))]
    public int BatchSize { get; set; } = BatchRequest.MaxFiles;

    /// <summary>The most requests in flight at the same time, 1 to 64; in a run that saves files, the most downloads. The default is 5.</summary>
    [Parameter]
    [TypedArgument(typeof(int))]
    [ValidateRange(1, 64)]
    [ArgumentCompleter(typeof(NoCompleter))]
    public int ThrottleLimit { get; set; } = 5;

    /// <summary>The maximum number of retries for each batch, 0 to 100. The default is 5. Throttled requests do not count.</summary>
    [Parameter]
    [TypedArgument(typeof(int))]
    [ValidateRange(0, 100)]
    [ArgumentCompleter(typeof(NoCompleter))]
    public int MaximumRetryCount { get; set; } = 5;

    /// <summary>The operation on the files.</summary>
    private protected abstract IOperation Operation { get; }

    /// <summary>The texts of the operation.</summary>
    private protected abstract RunWords Words { get; }

    /// <summary>Whether the run sends nothing.</summary>
    private protected virtual bool IsDryRun => false;

    private protected RunReporter Reporter => _reporter!;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        Environment ??= DefaultConnection.Current;
        if (!IsDryRun && Environment is null or { IsDryRun: true }) ThrowTerminatingError(ErrorRecords.NotConnected(this, Environment));
        Clock clock = Environment?.Clock ?? Clock.System;
        int? total = MyInvocation.ExpectingInput ? null : FileId?.Length;
        var progress = new RunProgress(this, Words, total, clock);
        var summary = new CloudFileSummary(Environment?.EnvironmentId, IsDryRun) { StartedOn = clock.UtcNow, Endpoint = Environment?.Endpoint };
        _reporter = new RunReporter(this, Words, summary, progress, clock);
        var options = new RunOptions
        {
            BatchSize = BatchSize,
            ThrottleLimit = ThrottleLimit,
            Retry = RetryPolicy.Create(MaximumRetryCount),
            ShowTraffic = Preferences.IsDebugging(this),
        };
        try
        {
            options = OpenFiles(options, _stopped.Token);
        }
        catch (OperationCanceledException) when (Stopping)
        {
            throw new PipelineStoppedException();
        }
        if (!IsDryRun) _run = new FileRun(Environment!, Operation, options);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord() => SummarizeIfItFails(() =>
    {
        // A null or an empty list alone is one entry that holds no ID.
        string?[] entries = FileId is { Length: > 0 } given ? given : [null];
        Reporter.Summary.CountReceived(entries);
        if (Reporter.Summary.IsAllBlank) _blankObject = FileIdArgumentAttribute.PipelineObject(this);
        for (int i = 0; i < entries.Length; i++)
        {
            if (!string.IsNullOrWhiteSpace(entries[i])) Accept(entries[i]!);
            // Pump after every entry, including skipped ones.
            Pump(entries, read: i + 1);
        }
    });

    /// <inheritdoc/>
    protected override void EndProcessing() => SummarizeIfItFails(() =>
    {
        _run?.Complete();
        Pump([], read: 0);
        if (Reporter.Summary.Skipped > 0) Reporter.Verbose(new UserText(nameof(Messages.VerboseSkipped), Reporter.Summary.Skipped));
        Reporter.WarnOfBlankInput(FileIdArgumentAttribute.PropertiesOf(_blankObject));
        Reporter.WarnOfEncoding();
        Reporter.Summarize();
    });

    /// <inheritdoc/>
    protected override void StopProcessing()
    {
        _stopped.Cancel();
        _run?.Stop();
    }

    /// <summary>Ends what is still in flight. If a consumer stops the pipeline, PowerShell calls only this.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    private protected virtual void Dispose(bool disposing) => _run?.Dispose();

    /// <summary>Opens the files that the run needs: a journal, a folder.</summary>
    /// <param name="options">The options of the run without them.</param>
    /// <param name="stopped">Cancelled when the pipeline is stopped.</param>
    /// <returns>The options with them. The cmdlet disposes of the files, after the run.</returns>
    private protected virtual RunOptions OpenFiles(RunOptions options, CancellationToken stopped) => options;

    /// <summary>The file that an entry names, as a listing described it; null if nothing is known, or if that does not matter.</summary>
    private protected virtual CloudFileInfo? Describe(string entry) => null;

    /// <summary>Decides whether to send an ID that is well formed and of this environment.</summary>
    private protected abstract bool MaySend(CloudFileId id);

    /// <summary>Asks the user, or counts the file in a dry run.</summary>
    private protected bool IsApproved(CloudFileId id, string action)
    {
        if (Preferences.ShouldProcess(this, ShownText.MakeSafe(id.Value), action)) return true;
        if (IsDryRun) Reporter.Summary.CountWouldProcess(id.EnvironmentId);
        else Reporter.Summary.Declined++;
        return false;
    }

    private void Accept(string entry)
    {
        if (FileIdArgumentAttribute.ForeignObjectOf(entry) is { } foreign)
            Reporter.Refuse(ErrorId.InvalidFileId, ErrorRecords.NoFileIdProperty(foreign.TypeName, foreign.Properties));
        else if (!CloudFileId.TryParse(entry, Environment?.EnvironmentId, out CloudFileId id, out UserText? problem))
            Reporter.Refuse(ErrorId.InvalidFileId, ErrorRecords.InvalidFileId(entry, problem));
        else if (Environment is not null && !string.Equals(id.EnvironmentId, Environment.EnvironmentId, StringComparison.Ordinal))
            Reporter.Refuse(ErrorId.FileInOtherEnvironment, ErrorRecords.FileInOtherEnvironment(id, Environment.EnvironmentId));
        else if (MaySend(id))
            _run!.Add(id, Describe(entry));
    }

    private void SummarizeIfItFails(Action work)
    {
        try
        {
            work();
        }
        catch
        {
            // Stop first, so that the counts are final.
            _run?.Stop();
            if (_run is not null) Reporter.Summary.Requests = _run.Requests;
            Reporter.SummarizeEarlyEnd();
            throw;
        }
    }

    // An early end also lists the rest of the array that is being read (rule 1).
    private void Pump(string?[] entries, int read)
    {
        try
        {
            while (_run?.Next() is { } e)
            {
                Reporter.Summary.Requests = _run.Requests;
                Reporter.Report(e, _run.Sending, _run.BytesReceived);
                if (e is not RunEvent.RunEnded end) continue;
                Reporter.Summary.EndedBy = end.ErrorId.ToString();
                string[] open = [.. end.OpenFileIds, .. entries.Skip(read).Where(entry => !string.IsNullOrWhiteSpace(entry) && FileIdArgumentAttribute.ForeignObjectOf(entry!) is null)!];
                ThrowTerminatingError(ErrorRecords.RunEnded(end, open, Environment!, Reporter.Summary, Words));
            }
        }
        catch (OperationCanceledException) when (Stopping)
        {
            throw new PipelineStoppedException();
        }
    }
}
