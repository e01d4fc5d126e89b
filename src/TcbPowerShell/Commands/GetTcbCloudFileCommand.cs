using System.Management.Automation;
using TcbPowerShell.Client.Runs;
using TcbPowerShell.Commands;
using TcbPowerShell.Model;

namespace TcbPowerShell;

/// <summary>Looks up files in cloud storage without changing anything, and emits one object with a download link for each file that exists.</summary>
[Cmdlet(VerbsCommon.Get, "TcbCloudFile", HelpUri = HelpPage.Folder + "Get-TcbCloudFile.md")]
[OutputType(typeof(CloudFile))]
public sealed class GetTcbCloudFileCommand : CloudFileCommand
{
    /// <summary>How long the download links stay valid: whole seconds, from one second to 30 days. The default is two hours.</summary>
    [Parameter]
    [LinkLifetimeArgument]
    [ArgumentCompleter(typeof(NoCompleter))]
    public TimeSpan LinkLifetime { get; set; } = TimeSpan.FromHours(2);

    private protected override IOperation Operation => new LookUpOperation(LinkLifetime);

    private protected override RunWords Words => RunWords.LookUp;

    private protected override bool MaySend(CloudFileId id) => true;
}
