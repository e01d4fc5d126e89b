using System.Globalization;
using System.Management.Automation;
using System.Security;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Tokens;
using TcbPowerShell.Commands;
using TcbPowerShell.Resources;

namespace TcbPowerShell;

/// <summary>Makes a connection to one CloudBase environment and makes it the default of this runspace.</summary>
[Cmdlet(VerbsCommunications.Connect, "TcbEnvironment", DefaultParameterSetName = AccessTokenSet,
    SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low, HelpUri = HelpPage.Folder + "Connect-TcbEnvironment.md")]
[OutputType(typeof(TcbEnvironment))]
public sealed class ConnectTcbEnvironmentCommand : NetworkCommand, IDisposable
{
    private const string AccessTokenSet = "AccessToken";
    private const string AppCredentialSet = "AppCredential";
    private const string AuthorizerSet = "Authorizer";
    private const string ComponentSet = "Component";
    private const string CloudBaseTokenSet = "CloudBaseToken";
    private const string CloudBaseTokenPathSet = "CloudBaseTokenPath";
    private const string TokenProviderSet = "TokenProvider";
    private const string OpenInterfaceServiceSet = "OpenInterfaceService";
    private const string EnvironmentVariableSet = "EnvironmentVariable";

    private ForegroundContext? _context;

    /// <summary>The environment's ID, for example <c>test2-4a89da</c>.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = AccessTokenSet)]
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = AppCredentialSet)]
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = AuthorizerSet)]
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ComponentSet)]
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = CloudBaseTokenSet)]
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = CloudBaseTokenPathSet)]
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = TokenProviderSet)]
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = OpenInterfaceServiceSet)]
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = EnvironmentVariableSet)]
    [ArgumentCompleter(typeof(EnvironmentIdCompleter))]
    [EnvironmentIdArgument]
    public string? EnvironmentId { get; set; }

    /// <summary>The mini program's access token, or an authorizer's. It is used until the service refuses it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AccessTokenSet)]
    [SecretArgument]
    [ArgumentCompleter(typeof(NoCompleter))]
    public SecureString? AccessToken { get; set; }

    /// <summary>The mini program's AppId and AppSecret: a stable access token is fetched now, and again when it is due or refused.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AppCredentialSet)]
    [TypedArgument(typeof(PSCredential))]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>The third-party platform's AppId.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AuthorizerSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(NoCompleter))]
    public string ComponentAppId { get; set; } = string.Empty;

    /// <summary>
    /// The third-party platform's access token (a string or SecureString), or a script block that returns it. Without the other parameters of
    /// an authorizer: for the platform's own environments.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = AuthorizerSet)]
    [Parameter(Mandatory = true, ParameterSetName = ComponentSet)]
    [SecretArgument(OrScript = true)]
    [ArgumentCompleter(typeof(NoCompleter))]
    public object? ComponentAccessToken { get; set; }

    /// <summary>The AppId of the mini program that authorized the platform.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AuthorizerSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(NoCompleter))]
    public string AuthorizerAppId { get; set; } = string.Empty;

    /// <summary>The mini program's refresh token. The service replaces it whenever it is used.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AuthorizerSet)]
    [SecretArgument]
    [ArgumentCompleter(typeof(NoCompleter))]
    public SecureString? AuthorizerRefreshToken { get; set; }

    /// <summary>The cloud hosting token, which lives half an hour.</summary>
    [Parameter(Mandatory = true, ParameterSetName = CloudBaseTokenSet)]
    [SecretArgument]
    [ArgumentCompleter(typeof(NoCompleter))]
    public SecureString? CloudBaseAccessToken { get; set; }

    /// <summary>The file in which the platform keeps the cloud hosting token. It is read for each request.</summary>
    [Parameter(Mandatory = true, ParameterSetName = CloudBaseTokenPathSet)]
    [ValidateNotNullOrEmpty]
    public string CloudBaseAccessTokenPath { get; set; } = string.Empty;

    /// <summary>A script block that returns a token: one string or SecureString. It runs now, and again when its token is refused.</summary>
    [Parameter(Mandatory = true, ParameterSetName = TokenProviderSet)]
    [ValidateNotNull]
    [TypedArgument(typeof(ScriptBlock))]
    public ScriptBlock? TokenProvider { get; set; }

    /// <summary>Inside a cloud container with the open interface service: no token is needed.</summary>
    [Parameter(Mandatory = true, ParameterSetName = OpenInterfaceServiceSet)]
    public SwitchParameter OpenInterfaceService { get; set; }

    /// <summary>Takes all from TCB_ENVIRONMENT_ID, and TCB_ACCESS_TOKEN or TCB_APP_ID and TCB_APP_SECRET.</summary>
    [Parameter(Mandatory = true, ParameterSetName = EnvironmentVariableSet)]
    public SwitchParameter EnvironmentVariable { get; set; }

    /// <summary>Takes no argument: refuses those that belong to no parameter, without repeating them.</summary>
    [Parameter(ValueFromRemainingArguments = true, DontShow = true)]
    [SurplusArgument]
    [ArgumentCompleter(typeof(NoCompleter))]
    public object[]? Surplus { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        bool hasToken = ParameterSetName != OpenInterfaceServiceSet;
        Uri endpoint = Endpoint ?? (hasToken ? EndpointUri.Default : EndpointUri.OpenInterfaceService);
        CheckAddresses(endpoint, hasToken);
        string environmentId = EnvironmentId ?? EnvironmentVariables.EnvironmentId(this);
        bool isDryRun = Preferences.IsDryRun(this);
        if (!ShouldProcess(environmentId, new UserText(nameof(Messages.ConnectAction), endpoint.ToString()).Format(CultureInfo.CurrentUICulture)) && !isDryRun) return;
        HttpOptions http = HttpOptionsFor(endpoint);
        var client = new TcbClient(HttpClientFactory.Create(http), endpoint, TimeSpan.FromSeconds(TimeoutSec), Clock.System, http.Secrets);
        var environment = new TcbEnvironment(environmentId, endpoint, MakeTokenSource(client), client) { IsDryRun = isDryRun };
        IEnumerable<UserText> warnings = isDryRun ? [] : FetchToken(environment);
        DefaultConnection.Current = environment;
        WriteObject(environment);
        // Last: if a warning ends the script, the connection exists and keeps the new refresh token.
        foreach (UserText warning in warnings) WriteWarning(warning.Format(CultureInfo.CurrentUICulture));
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _context?.Stop();

    /// <summary>Ends a call for a token that is still under way.</summary>
    public void Dispose() => _context?.Dispose();

    private AccessTokenSource MakeTokenSource(TcbClient client)
    {
        switch (ParameterSetName)
        {
            case AppCredentialSet:
                string secret = CheckedSecret.Reveal(this, Credential!.Password, new UserText(nameof(Messages.NameOfAppSecret)));
                return new StableAccessToken(CheckedSecret.AppId(this, Credential.UserName.TrimStart('\\'), new UserText(nameof(Messages.NameOfAppId)), secret), secret, client);
            case AuthorizerSet:
                string refreshToken = CheckedSecret.Reveal(this, AuthorizerRefreshToken, nameof(AuthorizerRefreshToken));
                return new AuthorizerAccessToken(
                    CheckedSecret.AppId(this, ComponentAppId, nameof(ComponentAppId)), ComponentTokens(client.Clock),
                    CheckedSecret.AppId(this, AuthorizerAppId, nameof(AuthorizerAppId)), refreshToken, client);
            case ComponentSet:
                return ComponentTokens(client.Clock);
            case CloudBaseTokenSet:
                return new FixedAccessToken(TcbAuthentication.CloudBaseToken, CheckedSecret.Reveal(this, CloudBaseAccessToken, nameof(CloudBaseAccessToken)));
            case CloudBaseTokenPathSet:
                return new FileAccessToken(CheckedSecret.Path(this, CloudBaseAccessTokenPath, nameof(CloudBaseAccessTokenPath)), client.Clock);
            case TokenProviderSet:
                return new ProvidedAccessToken(TcbAuthentication.TokenProvider, new ScriptTokenProvider(TokenProvider!).Provide, client.Clock);
            case OpenInterfaceServiceSet:
                return new FixedAccessToken(TcbAuthentication.OpenInterfaceService, null);
            case EnvironmentVariableSet:
                return EnvironmentVariables.TokenSource(this, client);
            default:
                return new FixedAccessToken(TcbAuthentication.AccessToken, CheckedSecret.Reveal(this, AccessToken, nameof(AccessToken)));
        }
    }

    private AccessTokenSource ComponentTokens(Clock clock) => ComponentAccessToken is ScriptBlock script
        ? new ProvidedAccessToken(TcbAuthentication.Component, new ScriptTokenProvider(script).Provide, clock)
        : new FixedAccessToken(TcbAuthentication.Component, CheckedSecret.Reveal(this, ComponentAccessToken as SecureString, nameof(ComponentAccessToken)));

    private IEnumerable<UserText> FetchToken(TcbEnvironment environment)
    {
        _context = new ForegroundContext(this, Preferences.IsDebugging(this));
        try
        {
            _context.Run(environment.FetchTokenAsync);
            return _context.Warnings;
        }
        catch (Exception e)
        {
            if (environment.HasNewRefreshToken) KeepRefreshToken(environment);
            if (e is TcbException failure) ThrowTerminatingError(ErrorRecords.NotAuthenticated(environment, failure));
            throw;
        }
        finally
        {
            _context.Dispose();
            _context = null;
        }
    }

    // Only this connection has the new refresh token.
    private void KeepRefreshToken(TcbEnvironment environment)
    {
        DefaultConnection.Current = environment;
        var warning = new UserText(nameof(Messages.ConnectedWhenStopped), environment.EnvironmentId);
        try
        {
            WriteWarning(warning.Format(CultureInfo.CurrentUICulture));
        }
        catch (PipelineStoppedException)
        {
            // PowerShell writes nothing more.
        }
    }
}
