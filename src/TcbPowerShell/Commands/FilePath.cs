using System.Management.Automation;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>Finds the file that a path means where the session stands, which is not where the process stands.</summary>
internal static class FilePath
{
    /// <summary>The file's own path. A path of another kind (a certificate, a variable) ends the cmdlet.</summary>
    internal static string Resolve(PSCmdlet cmdlet, string path)
    {
        string resolved = cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
        if (provider.Name != "FileSystem")
            cmdlet.ThrowTerminatingError(ErrorRecords.InvalidArgument("InvalidPath", new UserText(nameof(Messages.InvalidPath), path, provider.Name)));
        return resolved;
    }
}
