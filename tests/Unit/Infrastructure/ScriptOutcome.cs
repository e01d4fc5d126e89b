using System.Collections;
using System.Management.Automation;

namespace TcbPowerShell.Tests.Infrastructure;

/// <summary>The outcome of a script: everything that it wrote, stream by stream, and how it ended.</summary>
internal sealed partial class ScriptOutcome
{
    internal ScriptOutcome(PowerShell powerShell, IEnumerable<PSObject> output, Exception? thrown)
    {
        Output = [.. output];
        Errors = [.. powerShell.Streams.Error];
        Warnings = [.. powerShell.Streams.Warning.Select(record => record.Message)];
        Verbose = [.. powerShell.Streams.Verbose.Select(record => record.Message)];
        Debug = [.. powerShell.Streams.Debug.Select(record => record.Message)];
        Information = [.. powerShell.Streams.Information.Select(record => record.ToString())];
        SummaryData =
        [
            .. powerShell.Streams.Information.Where(record => record.Tags.Contains("TcbSummary")).Select(record => PSObject.AsPSObject(record.MessageData)),
        ];
        Progress = [.. powerShell.Streams.Progress];
        IsStopped = thrown is PipelineStoppedException;
        Terminating = IsStopped ? null : (thrown as IContainsErrorRecord)?.ErrorRecord;
    }

    internal PSObject[] Output { get; }

    internal ErrorRecord[] Errors { get; }

    internal string[] Warnings { get; }

    internal string[] Verbose { get; }

    internal string[] Debug { get; }

    internal string[] Information { get; }

    /// <summary>The summaries of its runs.</summary>
    internal PSObject[] SummaryData { get; }

    internal ProgressRecord[] Progress { get; }

    /// <summary>The error that ended the script; null where none did.</summary>
    internal ErrorRecord? Terminating { get; }

    /// <summary>Whether it was stopped from outside.</summary>
    internal bool IsStopped { get; }

    /// <summary>The targets of the errors that ended nothing.</summary>
    internal string[] FailedIds => [.. Errors.Select(error => (string)error.TargetObject)];

    /// <summary>The file IDs in the error that ended the run.</summary>
    internal string[] OpenIds => (string[])Terminating!.TargetObject;

    /// <summary>Everything that it wrote, in all the ways in which an object can show itself.</summary>
    internal string AllText(bool withOutput = true) => string.Join('\n', Everything(withOutput).SelectMany(Forms));

    private IEnumerable<object> Everything(bool withOutput)
    {
        IEnumerable<IEnumerable> streams = [withOutput ? Output : [], Errors, Warnings, Verbose, Debug, Information, Progress];
        IEnumerable<object> all = streams.SelectMany(stream => stream.Cast<object>());
        return Terminating is null ? all : all.Append(Terminating);
    }

    private static IEnumerable<string> Forms(object item)
    {
        yield return item.ToString() ?? string.Empty;
        object value = item is PSObject wrapped ? wrapped.BaseObject : item;
        if (value is not ErrorRecord error)
        {
            yield return PSSerializer.Serialize(value, depth: 3);
            yield break;
        }
        // Deeper, an exception leads through its TargetSite to every type there is.
        yield return PSSerializer.Serialize(error, depth: 1);
        yield return PSSerializer.Serialize(error.TargetObject, depth: 2);
        for (Exception? e = error.Exception; e is not null; e = e.InnerException)
        {
            yield return e.ToString();
            foreach (PSPropertyInfo property in PSObject.AsPSObject(e).Properties) yield return $"{property.Name}: {property.Value}";
        }
    }
}
