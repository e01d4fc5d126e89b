using System.Management.Automation;
using TcbPowerShell.Commands;

namespace TcbPowerShell;

/// <summary>Gets the default connection of this runspace.</summary>
[Cmdlet(VerbsCommon.Get, "TcbEnvironment", HelpUri = HelpPage.Folder + "Get-TcbEnvironment.md")]
[OutputType(typeof(TcbEnvironment))]
public sealed class GetTcbEnvironmentCommand : PSCmdlet
{
    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (DefaultConnection.Current is { } environment) WriteObject(environment);
        else ThrowTerminatingError(ErrorRecords.NotConnected(this));
    }
}
