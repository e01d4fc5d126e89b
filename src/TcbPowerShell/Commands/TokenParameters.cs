using System.Globalization;
using System.Management.Automation;
using System.Net;
using System.Runtime.InteropServices;
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

    /// <summary>The environment's ID for completion; null if the variable holds none.</summary>
    internal static string? KnownEnvironmentId => Read(EnvironmentIdName) is { } id && EnvironmentName.IsValid(id) ? id : null;

    /// <summary>The environment's ID.</summary>
    internal static string EnvironmentId(Cmdlet cmdlet)
    {
        string? id = Read(EnvironmentIdName);
        if (id is null) Refuse(cmdlet, new UserText(nameof(Messages.EnvironmentVariableUnset), EnvironmentIdName));
        if (EnvironmentName.FindProblem(id!) is { } problem) Refuse(cmdlet, new UserText(nameof(Messages.EnvironmentVariableInvalid), EnvironmentIdName, problem));
        return id!;
    }

    /// <summary>The token, or the app's credential if there is no token.</summary>
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

/// <summary>A token, secret or AppID whose form was checked. A paste mistake ends the cmdlet before anything is sent.</summary>
internal static class CheckedSecret
{
    // File names of this length without an extension are rare, and so are extensions of this length.
    private const int ShortestToken = 32;
    private const int LongestExtension = 16;

    // An AppSecret is hexadecimal, so it never begins like this.
    private const string AppIdPrefix = "wx";

    /// <summary>A token or an AppSecret as text.</summary>
    internal static string Reveal(Cmdlet cmdlet, SecureString? secret, object name) =>
        Check(cmdlet, secret is null ? string.Empty : SecretArgumentAttribute.Reveal(secret), name);

    /// <summary>A token or an AppSecret.</summary>
    internal static string Check(Cmdlet cmdlet, string secret, object name)
    {
        if (TokenText.FindProblem(secret) is { } problem) cmdlet.ThrowTerminatingError(ErrorRecords.InvalidSecret(name, problem));
        return secret;
    }

    /// <summary>An AppID.</summary>
    internal static string AppId(Cmdlet cmdlet, string appId, object name, string? appSecret = null)
    {
        if (FindProblem(appId, appSecret) is { } problem) cmdlet.ThrowTerminatingError(ErrorRecords.InvalidAppId(name, problem));
        return appId;
    }

    /// <summary>The file of a token. A token in its place is not repeated, as the error about a missing file would do.</summary>
    internal static string Path(PSCmdlet cmdlet, string path, string name)
    {
        string file = FilePath.Resolve(cmdlet, path);
        if (!File.Exists(file) && MayBeToken(path, file)) cmdlet.ThrowTerminatingError(ErrorRecords.InvalidSecret(name, new UserText(nameof(Messages.TokenForPath))));
        return file;
    }

    // A sentence about "it"; null if there is no mistake.
    private static UserText? FindProblem(string appId, string? appSecret)
    {
        if (appId.Any(char.IsWhiteSpace)) return new UserText(nameof(Messages.AppIdWithWhiteSpace));
        if (appId.FirstOrDefault() is '"' or '\'') return new UserText(nameof(Messages.TokenInQuotationMarks));
        bool isSwapped = !appId.StartsWith(AppIdPrefix, StringComparison.Ordinal) && (appSecret?.StartsWith(AppIdPrefix, StringComparison.Ordinal) ?? false);
        return isSwapped ? new UserText(nameof(Messages.AppIdIsSecret)) : null;
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

/// <summary>Lets a SecureString parameter take a string too, as a token server or a secret store often gives one.</summary>
internal sealed class SecretArgumentAttribute : ArgumentTransformationAttribute
{
    /// <summary>Whether a script block that returns the secret is taken too.</summary>
    public bool OrScript { get; set; }

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value switch
        {
            string text => Hide(text),
            SecureString or null => value,
            ScriptBlock when OrScript => value,
            // The binder would repeat the object in its message, and a reply that holds the token is the likeliest one.
            _ => throw new ArgumentTransformationMetadataException(Explain(value).Format(CultureInfo.CurrentUICulture)),
        };
    }

    /// <summary>The text of a secret.</summary>
    internal static string Reveal(SecureString secret)
    {
        // NetworkCredential would cut the text at its first null character, and send another secret in place of refusing this one.
        IntPtr text = Marshal.SecureStringToGlobalAllocUnicode(secret);
        try
        {
            return Marshal.PtrToStringUni(text, secret.Length);
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(text);
        }
    }

    private UserText Explain(object value)
    {
        if (value is ScriptBlock) return new UserText(nameof(Messages.TokenScript));
        return OrScript ? new UserText(nameof(Messages.TokenOrScriptObject), value.GetType().ToString()) : new UserText(nameof(Messages.TokenObject), value.GetType().ToString());
    }

    private static SecureString Hide(string text)
    {
        SecureString secret = new NetworkCredential(string.Empty, text).SecurePassword;
        secret.MakeReadOnly();
        return secret;
    }
}
