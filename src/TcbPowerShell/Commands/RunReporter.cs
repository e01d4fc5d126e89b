using System.Globalization;
using System.Management.Automation;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Rate;
using TcbPowerShell.Client.Runs;
using TcbPowerShell.Model;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>
/// Writes what happens in a run to the streams of its cmdlet, counts it, and writes the summary. Only on the pipeline thread.
/// </summary>
/// <param name="cmdlet">The cmdlet.</param>
/// <param name="words">The texts of what it does.</param>
/// <param name="summary">The counts.</param>
/// <param name="progress">The progress bar.</param>
/// <param name="clock">Time.</param>
internal sealed class RunReporter(PSCmdlet cmdlet, RunWords words, CloudFileSummary summary, RunProgress progress, Clock clock)
{
    /// <summary>The tag of the information record.</summary>
    internal const string SummaryTag = "TcbSummary";

    // The tag of Write-Host: PowerShell shows such a record, whatever -InformationAction is. The lines of -WhatIf are shown in
    // the same way, and a long list of them needs its total.
    private const string ShownTag = "PSHOST";

    private readonly TimeSpan _start = clock.Elapsed;
    // Files that the service does not know, and those of them whose IDs hold characters beyond ASCII.
    private int _missing;
    private int _missingNonAscii;
    private bool _warnedOfThrottling;
    private bool _warnedOfOutage;
    private bool _summarized;

    internal CloudFileSummary Summary => summary;

    /// <summary>Writes an event.</summary>
    /// <param name="e">The event.</param>
    /// <param name="sending">The rate and the pauses that the service imposes.</param>
    /// <param name="bytesReceived">How many bytes of files have come in.</param>
    internal void Report(RunEvent e, in SendingStatus sending, long bytesReceived)
    {
        summary.TimeThrottled = sending.TimeWaited;
        progress.RequestsPerSecond = sending.RequestsPerSecond;
        progress.BytesReceived = bytesReceived;
        switch (e)
        {
            case RunEvent.FilesDone done:
                progress.GoOn();
                // An error can stop the pipeline, and results that come after it would be lost.
                foreach (PendingFile file in done.Files.Where(file => file.Failure is null)) Write(file);
                foreach (PendingFile file in done.Files.Where(file => file.Failure is not null)) Write(file);
                break;
            case RunEvent.RequestAnswered answer:
                Verbose(new UserText(words.Request, answer.Files, answer.Succeeded, answer.Failed, answer.Files - answer.Succeeded - answer.Failed,
                    answer.Duration.TotalMilliseconds, answer.RequestId ?? (object)new UserText(nameof(Messages.NoRequestId))));
                break;
            case RunEvent.RetryWaits wait:
                summary.Retries++;
                Verbose(new UserText(nameof(Messages.VerboseRetry), wait.Attempt, wait.Files, wait.Reason.Text, wait.Delay.TotalSeconds));
                progress.Wait(wait.Delay, wait.Reason.Text, isThrottled: false, wait.IsOutage);
                break;
            case RunEvent.OutageBegan outage:
                Warn(new UserText(nameof(Messages.OutageBegan), outage.Reason.Text), ref _warnedOfOutage);
                break;
            case RunEvent.OutageEnded outage:
                progress.GoOn();
                Verbose(new UserText(nameof(Messages.OutageEnded), outage.Length.TotalSeconds));
                break;
            case RunEvent.Throttled throttled:
                ReportThrottled(throttled);
                break;
            case RunEvent.RequestSplit split:
                Verbose(new UserText(nameof(Messages.VerboseSplit), split.Files, split.Reason.Text));
                break;
            case RunEvent.Said { Stream: MessageStream.Warning } said:
                cmdlet.WriteWarning(Show(said.Text));
                break;
            case RunEvent.Said said:
                Verbose(said.Text);
                break;
            case RunEvent.Traffic traffic:
                cmdlet.WriteDebug(ShownText.MakeSafe(traffic.Text));
                break;
        }
        progress.Update(summary);
    }

    /// <summary>Writes a result that needed no request.</summary>
    internal void Write(IFileResult result)
    {
        summary.CountOutcome(result.OutcomeName);
        cmdlet.WriteObject(result);
        progress.Update(summary);
    }

    /// <summary>Writes the error of an ID that is not sent.</summary>
    internal void Refuse(ErrorId errorId, ErrorRecord error)
    {
        WriteError(errorId, error);
        progress.Update(summary);
    }

    /// <summary>Writes what is going on.</summary>
    internal void Verbose(UserText text) => Preferences.WriteVerbose(cmdlet, Show(text));

    /// <summary>Warns if many Chinese IDs are missing: Windows PowerShell's Get-Content reads UTF-8 as the system's code page, which makes other well-formed IDs of them.</summary>
    internal void WarnOfEncoding()
    {
        if (Preferences.IsWindowsPowerShell && _missingNonAscii > 0 && _missing * 2 > summary.Succeeded + summary.Failed)
            cmdlet.WriteWarning(Show(new UserText(nameof(Messages.WarningEncoding))));
    }

    /// <summary>Warns if every entry was blank: a misspelled property name gives an empty value for each record.</summary>
    /// <param name="names">The properties of the last object.</param>
    internal void WarnOfBlankInput(string names)
    {
        if (!summary.IsAllBlank) return;
        cmdlet.WriteWarning(Show(names.Length == 0
            ? new UserText(nameof(Messages.WarningAllBlank), summary.Skipped)
            : new UserText(nameof(Messages.WarningAllBlankObjects), summary.Skipped, ErrorRecords.ShortenList(names))));
    }

    /// <summary>Writes the summary of a run that an exception ends. An exception of this method never replaces that one.</summary>
    internal void SummarizeEarlyEnd()
    {
        if (_summarized) return;
        summary.EndedBy ??= CloudFileSummary.Stopped;
        try
        {
            Summarize();
        }
#pragma warning disable CA1031 // -InformationAction Stop, or a pipeline that accepts nothing more.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    /// <summary>Writes the summary.</summary>
    internal void Summarize()
    {
        _summarized = true;
        summary.Duration = clock.Elapsed - _start;
        summary.CountOpen();
        summary.Line = SummaryText.Of(summary, words, CultureInfo.CurrentUICulture);
        try
        {
            progress.Complete();
            Preferences.WriteVerbose(cmdlet, summary.Line);
        }
        finally
        {
            // Also with $VerbosePreference = 'Stop'.
            cmdlet.WriteInformation(summary, summary.IsDryRun ? [SummaryTag, ShownTag] : [SummaryTag]);
        }
    }

    private void Write(PendingFile file)
    {
        CountMissing(file);
        if (file.Failure is not { ErrorId: ErrorId errorId }) Write(file.Result!);
        else WriteError(errorId, ErrorRecords.FileFailed(file, summary.EnvironmentId!, words, isFirst: !summary.Errors.ContainsKey(errorId.ToString())));
    }

    private void WriteError(ErrorId errorId, ErrorRecord error)
    {
        summary.CountError(errorId, error.Exception.Message);
        try
        {
            cmdlet.WriteError(error);
        }
        // A consumer can stop the pipeline here, too (2>&1 | Select-Object -First 1).
        catch (RuntimeException) when (Preferences.StopsAtErrors(cmdlet))
        {
            summary.EndedBy = errorId.ToString();
            throw;
        }
    }

    private void CountMissing(PendingFile file)
    {
        if (file.Failure is { } failure ? failure.ErrorId != ErrorId.CloudFileNotFound : !file.Result!.IsMissing) return;
        _missing++;
        if (file.FileId.Any(c => c > '\x7f')) _missingNonAscii++;
    }

    private void ReportThrottled(RunEvent.Throttled throttled)
    {
        summary.RequestsThrottled++;
        // The run ends, and its error says so.
        if (throttled.EndsRun) return;
        UserText text = ThrottlingText.Of(throttled);
        Warn(text, ref _warnedOfThrottling);
        if (throttled.Status.Pause > TimeSpan.Zero) progress.Wait(throttled.Status.Pause, throttled.Reason.Text, isThrottled: true);
    }

    // Warn once; later ones go to the verbose stream.
    private void Warn(UserText text, ref bool warned)
    {
        if (warned) Verbose(text);
        else cmdlet.WriteWarning(Show(text));
        warned = true;
    }

    private static string Show(UserText text) => text.Format(CultureInfo.CurrentUICulture);
}
