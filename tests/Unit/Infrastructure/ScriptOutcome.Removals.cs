namespace TcbPowerShell.Tests.Infrastructure;

/// <summary>The output as the module's own types.</summary>
internal sealed partial class ScriptOutcome
{
    /// <summary>The output, all of which must be removals.</summary>
    internal CloudFileRemoval[] Removals => [.. Output.Select(item => (CloudFileRemoval)item.BaseObject)];

    /// <summary>The summaries of the runs in it.</summary>
    internal CloudFileSummary[] Summaries => [.. SummaryData.Select(item => (CloudFileSummary)item.BaseObject)];

    /// <summary>The output, all of which must be files that were found.</summary>
    internal CloudFile[] Found => [.. Output.Select(item => (CloudFile)item.BaseObject)];

    /// <summary>The output, all of which must be files that were saved.</summary>
    internal SavedCloudFile[] Saved => [.. Output.Select(item => (SavedCloudFile)item.BaseObject)];

    /// <summary>The removed files, in the order of the output.</summary>
    internal string[] RemovedIds => [.. Removals.Select(removal => removal.FileId)];
}
