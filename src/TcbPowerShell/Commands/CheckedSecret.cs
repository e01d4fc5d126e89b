using System.Management.Automation;
using System.Security;
using TcbPowerShell.Client.Tokens;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>A token, secret or AppId whose form was checked. A paste mistake ends the cmdlet before anything is sent.</summary>
internal static class CheckedSecret
{
    // File names of this length without an extension are rare, and so are extensions of this length.
    private const int ShortestToken = 32;
    private const int LongestExtension = 16;

    /// <summary>A token or an AppSecret as text.</summary>
    internal static string Reveal(Cmdlet cmdlet, SecureString? secret, string name) =>
        Check(cmdlet, secret is null ? string.Empty : SecretArgumentAttribute.Reveal(secret), name);

    /// <summary>A token or an AppSecret.</summary>
    internal static string Check(Cmdlet cmdlet, string secret, string name)
    {
        if (TokenText.FindProblem(secret) is { } problem) cmdlet.ThrowTerminatingError(ErrorRecords.InvalidSecret(name, problem));
        return secret;
    }

    /// <summary>An AppId.</summary>
    internal static string AppId(Cmdlet cmdlet, string appId, string name, string? appSecret = null)
    {
        if (AppIdText.FindProblem(appId, appSecret) is { } problem) cmdlet.ThrowTerminatingError(ErrorRecords.InvalidAppId(name, problem));
        return appId;
    }

    /// <summary>The file of a token. A token in its place is not repeated, as the error about a missing file would do.</summary>
    internal static string Path(PSCmdlet cmdlet, string path, string name)
    {
        string file = FilePath.Resolve(cmdlet, path);
        if (!File.Exists(file) && MayBeToken(path, file)) cmdlet.ThrowTerminatingError(ErrorRecords.InvalidSecret(name, new UserText(nameof(Messages.TokenForPath))));
        return file;
    }

    private static bool MayBeToken(string path, string file)
    {
        if (path.Length < ShortestToken || path.Contains('\\')) return false;
        if (!path.Contains('/')) return path.LastIndexOf('.') is var dot && (dot < 0 || path.Length - dot > LongestExtension);
        // Base64 has slashes, too.
        return path[0] is not ('/' or '.' or '~') && path.Any(char.IsUpper) && path.Any(char.IsLower) && path.Any(char.IsDigit)
            && !Directory.Exists(System.IO.Path.GetDirectoryName(file));
    }
}
