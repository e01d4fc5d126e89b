using System.Management.Automation;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>Resolves a path from the current location of the session, which differs from that of the process.</summary>
internal static class FilePath
{
    /// <summary>The file's own path. One that cannot be meant (blank, a certificate, a variable, a share of Windows elsewhere) ends the cmdlet.</summary>
    internal static string Resolve(PSCmdlet cmdlet, string path)
    {
        string name = path.Substring(path.LastIndexOfAny(['/', '\\']) + 1);
        if (string.IsNullOrWhiteSpace(path) || (name.Length > 0 && string.IsNullOrWhiteSpace(name)))
            cmdlet.ThrowTerminatingError(ErrorRecords.InvalidArgument("InvalidPath", new UserText(nameof(Messages.InvalidPathBlank), path)));
        // On Unix these are characters of a name, and a file of that name would be created.
        if (Path.DirectorySeparatorChar == '/' && (path.StartsWith(@"\\", StringComparison.Ordinal) || path.Contains(@"::\\")))
            cmdlet.ThrowTerminatingError(ErrorRecords.InvalidArgument("InvalidPath", new UserText(nameof(Messages.InvalidPathShare), path)));
        string resolved = cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
        if (provider.Name != "FileSystem")
            cmdlet.ThrowTerminatingError(ErrorRecords.InvalidArgument("InvalidPath", new UserText(nameof(Messages.InvalidPath), path, provider.Name)));
        return resolved;
    }
}
