using System.Management.Automation;
using System.Security;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Tokens;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>Makes the source of a connection's tokens from the parameters of Connect-TcbEnvironment.</summary>
internal static class TokenParameters
{
    /// <summary>The source of the connection's tokens, as the parameters describe it. A mistake in one of them ends the cmdlet.</summary>
    internal static AccessTokenSource Read(ConnectTcbEnvironmentCommand cmdlet, TcbClient client)
    {
        switch (cmdlet.ParameterSetName)
        {
            case ConnectTcbEnvironmentCommand.AppCredentialSet:
                string secret = CheckedSecret.Reveal(cmdlet, cmdlet.Credential!.Password, new UserText(nameof(Messages.NameOfAppSecret)));
                return new StableAccessToken(CheckedSecret.AppId(cmdlet, cmdlet.Credential.UserName.TrimStart('\\'), new UserText(nameof(Messages.NameOfAppId)), secret), secret, client);
            case ConnectTcbEnvironmentCommand.AuthorizerSet:
                string refreshToken = CheckedSecret.Reveal(cmdlet, cmdlet.AuthorizerRefreshToken, nameof(cmdlet.AuthorizerRefreshToken));
                return new AuthorizerAccessToken(
                    CheckedSecret.AppId(cmdlet, cmdlet.ComponentAppId, nameof(cmdlet.ComponentAppId)), ComponentTokens(cmdlet, client.Clock),
                    CheckedSecret.AppId(cmdlet, cmdlet.AuthorizerAppId, nameof(cmdlet.AuthorizerAppId)), refreshToken, client);
            case ConnectTcbEnvironmentCommand.ComponentSet:
                return ComponentTokens(cmdlet, client.Clock);
            case ConnectTcbEnvironmentCommand.CloudBaseTokenSet:
                return new FixedAccessToken(TcbAuthentication.CloudBaseToken, CheckedSecret.Reveal(cmdlet, cmdlet.CloudBaseAccessToken, nameof(cmdlet.CloudBaseAccessToken)));
            case ConnectTcbEnvironmentCommand.CloudBaseTokenPathSet:
                return new FileAccessToken(CheckedSecret.Path(cmdlet, cmdlet.CloudBaseAccessTokenPath, nameof(cmdlet.CloudBaseAccessTokenPath)), client.Clock);
            case ConnectTcbEnvironmentCommand.TokenProviderSet:
                return new ProvidedAccessToken(TcbAuthentication.TokenProvider, new ScriptTokenProvider(cmdlet.TokenProvider!).Provide, client.Clock);
            case ConnectTcbEnvironmentCommand.OpenInterfaceServiceSet:
                return new FixedAccessToken(TcbAuthentication.OpenInterfaceService, null);
            case ConnectTcbEnvironmentCommand.EnvironmentVariableSet:
                return EnvironmentVariables.TokenSource(cmdlet, client);
            default:
                return new FixedAccessToken(TcbAuthentication.AccessToken, CheckedSecret.Reveal(cmdlet, cmdlet.AccessToken, nameof(cmdlet.AccessToken)));
        }
    }

    private static AccessTokenSource ComponentTokens(ConnectTcbEnvironmentCommand cmdlet, Clock clock) => cmdlet.ComponentAccessToken is ScriptBlock script
        ? new ProvidedAccessToken(TcbAuthentication.Component, new ScriptTokenProvider(script).Provide, clock)
        : new FixedAccessToken(TcbAuthentication.Component, CheckedSecret.Reveal(cmdlet, cmdlet.ComponentAccessToken as SecureString, nameof(cmdlet.ComponentAccessToken)));
}

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
