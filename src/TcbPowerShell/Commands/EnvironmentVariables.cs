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
            return new FixedAccessToken(TcbAuthentication.AccessToken, Check(cmdlet, AccessTokenName, token));
        if (Read(AppIdName) is { } appId && Read(AppSecretName) is { } secret)
        {
            if (AppIdText.FindProblem(appId, secret) is { } problem) cmdlet.ThrowTerminatingError(ErrorRecords.InvalidAppId(AppIdName, problem));
            return new StableAccessToken(appId, Check(cmdlet, AppSecretName, secret), client);
        }
        Refuse(cmdlet, new UserText(nameof(Messages.EnvironmentVariablesEmpty), AccessTokenName, AppIdName, AppSecretName));
        return null!;
    }

    private static string? Read(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static string Check(Cmdlet cmdlet, string name, string secret)
    {
        if (TokenText.FindProblem(secret) is { } problem) cmdlet.ThrowTerminatingError(ErrorRecords.InvalidSecret(name, problem));
        return secret;
    }

    private static void Refuse(Cmdlet cmdlet, UserText problem) =>
        cmdlet.ThrowTerminatingError(ErrorRecords.InvalidArgument("EnvironmentVariableMissing", problem));
}
