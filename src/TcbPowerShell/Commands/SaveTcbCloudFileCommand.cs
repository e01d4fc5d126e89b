using System.Globalization;
using System.Management.Automation;
using TcbPowerShell.Client.Runs;
using TcbPowerShell.Client.Storage;
using TcbPowerShell.Commands;
using TcbPowerShell.Model;
using TcbPowerShell.Resources;

namespace TcbPowerShell;

/// <summary>Saves a verified copy of each file to a folder, and emits one result for each file that has a complete copy.</summary>
[Cmdlet(VerbsData.Save, "TcbCloudFile", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low,
    HelpUri = HelpPage.Folder + "Save-TcbCloudFile.md")]
[OutputType(typeof(SavedCloudFile))]
public sealed class SaveTcbCloudFileCommand : CloudFileCommand
{
    private string _action = string.Empty;
    private CopyFolder? _copies;

    /// <summary>The folder for the copies. It is made if it is missing.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string? Destination { get; set; }

    /// <summary>The file IDs, used verbatim. Null, empty and white-space entries are skipped. A listed file also brings its length and ETag.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Id")]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    [FileIdArgument(KeepsListedFiles = true)]
    [ArgumentCompleter(typeof(NoCompleter))]
    public override string?[]? FileId { get; set; }

    /// <summary>Overwrites a file that is in the way of a copy and differs from it.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override IOperation Operation => new SaveOperation();

    private protected override RunWords Words => RunWords.Save;

    private protected override bool IsDryRun => Preferences.IsDryRun(this);

    private protected override bool MaySend(CloudFileId id) => IsApproved(id, _action);

    private protected override CloudFileInfo? Describe(string entry) => FileIdArgumentAttribute.ListedFileOf(entry, this);

    private protected override RunOptions OpenFiles(RunOptions options, CancellationToken stopped)
    {
        string folder = FilePath.Resolve(this, Destination!);
        _action = new UserText(nameof(Messages.SaveAction), folder).Format(CultureInfo.CurrentUICulture);
        if (IsDryRun) return options;
        try
        {
            _copies = CopyFolder.Open(folder, Force, cancellationToken: stopped);
        }
        catch (TcbException e)
        {
            ThrowTerminatingError(ErrorRecords.DestinationNotOpened(Destination!, e));
        }
        return options with { Copies = _copies };
    }

    private protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _copies?.Dispose();
    }
}
