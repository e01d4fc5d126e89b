using System.Management.Automation;
using TcbPowerShell.Commands;
using TcbPowerShell.Resources;

namespace TcbPowerShell;

/// <summary>Forgets the default connection of this runspace. Without one it does nothing.</summary>
[Cmdlet(VerbsCommunications.Disconnect, "TcbEnvironment", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low,
    HelpUri = HelpPage.Folder + "Disconnect-TcbEnvironment.md")]
public sealed class DisconnectTcbEnvironmentCommand : PSCmdlet
{
    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (DefaultConnection.Current is not { } environment) return;
        if (Preferences.ShouldProcess(this, environment.EnvironmentId, Messages.DisconnectAction)) DefaultConnection.Current = null;
    }
}
