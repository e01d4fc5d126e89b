using System.Management.Automation;

namespace TcbPowerShell.Commands;

/// <summary>Finds the file that a path means where the session stands, which is not where the process stands.</summary>
internal static class FilePath
{
    /// <summary>The file's own path. A path of another kind (a certificate, a variable) ends the cmdlet.</summary>
    internal static string Resolve(PSCmdlet cmdlet, string path)
    {
        string resolved = cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
        if (provider.Name != "FileSystem")
            cmdlet.ThrowTerminatingError(ErrorRecords.InvalidArgument("InvalidPath", $"'{path}' is no path of a file here, but one of {provider.Name}: give the file's whole path."));
        return resolved;
    }
}
