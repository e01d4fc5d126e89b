using System.Management.Automation;
using System.Security;
using TcbPowerShell.Client.Tokens;

namespace TcbPowerShell.Commands;

/// <summary>What a connection is made with, once it looks like what it is meant to be. A paste mistake ends the cmdlet, and nothing is sent.</summary>
internal static class CheckedSecret
{
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
}
