using System.Management.Automation;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Tokens;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>A connection as environment variables describe it.</summary>
internal static class EnvironmentVariables
{
    private const string EnvironmentIdName = "TCB_ENVIRONMENT_ID";
    private const string AccessTokenName = "TCB_ACCESS_TOKEN";
    private const string AppIdName = "TCB_APP_ID";
    private const string AppSecretName = "TCB_APP_SECRET";

    /// <summary>The environment's ID, where the variable holds one: for completion.</summary>
    internal static string? KnownEnvironmentId => Read(EnvironmentIdName) is { } id && EnvironmentName.IsValid(id) ? id : null;

    /// <summary>The environment's ID.</summary>
    internal static string EnvironmentId(Cmdlet cmdlet)
    {
        string? id = Read(EnvironmentIdName);
        if (id is null) Refuse(cmdlet, new UserText(nameof(Messages.EnvironmentVariableUnset), EnvironmentIdName));
        if (EnvironmentName.FindProblem(id!) is { } problem) Refuse(cmdlet, new UserText(nameof(Messages.EnvironmentVariableInvalid), EnvironmentIdName, problem));
        return id!;
    }

    /// <summary>The token, or the app's credential where there is no token.</summary>
    internal static AccessTokenSource TokenSource(Cmdlet cmdlet, TcbClient client)
    {
        if (Read(AccessTokenName) is { } token)
            return new FixedAccessToken(TcbAuthentication.AccessToken, CheckedSecret.Check(cmdlet, token, AccessTokenName));
        if (Read(AppIdName) is { } appId && Read(AppSecretName) is { } secret)
            return new StableAccessToken(CheckedSecret.AppId(cmdlet, appId, AppIdName, secret), CheckedSecret.Check(cmdlet, secret, AppSecretName), client);
        Refuse(cmdlet, new UserText(nameof(Messages.EnvironmentVariablesEmpty), AccessTokenName, AppIdName, AppSecretName));
        return null!;
    }

    private static string? Read(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static void Refuse(Cmdlet cmdlet, UserText problem) =>
        cmdlet.ThrowTerminatingError(ErrorRecords.InvalidArgument("EnvironmentVariableMissing", problem));
}
