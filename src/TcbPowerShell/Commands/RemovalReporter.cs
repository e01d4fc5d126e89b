using System.Management.Automation;
using TcbPowerShell.Client.Batches;

namespace TcbPowerShell.Commands;

/// <summary>Writes what happens in a run to the streams of its cmdlet. Only on the pipeline thread.</summary>
/// <param name="cmdlet">The cmdlet.</param>
/// <param name="environmentId">The environment.</param>
/// <param name="tally">The counts.</param>
/// <param name="progress">The progress bar.</param>
internal sealed class RemovalReporter(Cmdlet cmdlet, string environmentId, RemovalTally tally, RemovalProgress progress)
{
    private bool _warnedOfSlowing;

    /// <summary>Writes an event.</summary>
    internal void Report(RemovalEvent e)
    {
        switch (e)
        {
            case RemovalEvent.FilesDone done:
                foreach (FileOutcome file in done.Files) Write(file);
                progress.Waiting = null;
                break;
            case RemovalEvent.RequestAnswered answer:
                cmdlet.WriteVerbose($"{answer.Files} files: {answer.Removed} removed, {answer.Failed} failed, {answer.Files - answer.Removed - answer.Failed} open, "
                    + $"{answer.Duration.TotalMilliseconds:0} ms, rid: {answer.RequestId ?? "none"}");
                break;
            case RemovalEvent.RetryWaits wait:
                cmdlet.WriteVerbose($"Try {wait.Attempt} failed, files: {wait.Files}: {wait.Reason.Message}. The next one in {wait.Delay.TotalSeconds:0.0} s.");
                progress.Waiting = $"retry after {wait.Delay.TotalSeconds:0.0} s: {wait.Reason.Message}";
                break;
            case RemovalEvent.SlowedDown slow:
                SlowDown(slow);
                break;
            case RemovalEvent.RequestHalved halved:
                cmdlet.WriteVerbose($"The service calls a request with {halved.Files} files wrong: {halved.Reason.Message}. It is sent again in halves.");
                break;
            case RemovalEvent.Message message:
                Say(message);
                break;
            case RemovalEvent.PipelineWork work:
                work.Run();
                break;
        }
        progress.Update(tally);
    }

    private void Write(in FileOutcome file)
    {
        tally.Count(file);
        if (file.Removal is not null) cmdlet.WriteObject(file.Removal);
        else cmdlet.WriteError(ErrorRecords.FileFailed(file.FileId, file.Failure!, environmentId));
    }

    private void SlowDown(RemovalEvent.SlowedDown slow)
    {
        string text = $"The service asks for less ({slow.Reason.Message}): nothing is sent for {slow.Pause.TotalSeconds:0.0} s, then {slow.Allowed} requests at once.";
        if (_warnedOfSlowing) cmdlet.WriteVerbose(text);
        else cmdlet.WriteWarning(text);
        _warnedOfSlowing = true;
    }

    private void Say(RemovalEvent.Message message)
    {
        if (message.Kind == MessageKind.Traffic) cmdlet.WriteDebug(message.Text);
        else if (message.Kind == MessageKind.Warning) cmdlet.WriteWarning(message.Text);
        else cmdlet.WriteVerbose(message.Text);
    }
}
