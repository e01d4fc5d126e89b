using System.Net;
using System.Security;
using TcbPowerShell.Client;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Tokens;
using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell;

/// <summary>
/// A connection to one CloudBase environment. It can be used from several runspaces at once (<c>$using:</c>), and shows no secret
/// through any property, serialisation or text.
/// </summary>
public sealed class TcbEnvironment
{
    // Connecting is interactive: give up if the service asks to wait for longer.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(2);

    private readonly TcbClient _client;
    private readonly AccessTokenSource _tokens;

    internal TcbEnvironment(string environmentId, Uri endpoint, AccessTokenSource tokens, TcbClient client)
    {
        EnvironmentId = environmentId;
        Endpoint = endpoint;
        _tokens = tokens;
        _client = client;
    }

    /// <summary>The environment's ID, for example <c>test2-4a89da</c>.</summary>
    public string EnvironmentId { get; }

    /// <summary>The address of the service.</summary>
    public Uri Endpoint { get; }

    /// <summary>How the connection authenticates.</summary>
    public TcbAuthentication Authentication => _tokens.Authentication;

    /// <summary>When the current token expires; null if that is not known, as for a token passed by value.</summary>
    public DateTimeOffset? TokenExpiresOn => _tokens.ExpiresOn;

    /// <summary>Whether the connection was made with -WhatIf: without a token, for dry runs only.</summary>
    public bool IsDryRun { get; internal init; }

    /// <summary>Whether the service's token, or that of the platform that fetches it, was passed by value, so that nothing renews it.</summary>
    internal bool HasFixedToken => _tokens.IsFixed;

    /// <summary>
    /// Gives the authorizer's refresh token that is valid now; the service replaces it, and the next connection needs the new one. A method
    /// and not a property, so that nothing that shows properties shows it.
    /// </summary>
    /// <returns>The refresh token; null if the connection was not made with one.</returns>
    public SecureString? GetAuthorizerRefreshToken() =>
        _tokens.RefreshToken is { } token ? new NetworkCredential(string.Empty, token).SecurePassword : null;

    /// <summary>Whether the service has replaced the refresh token that the connection was made with. The new one is lost with the connection.</summary>
    internal bool HasNewRefreshToken => _tokens.HasNewRefreshToken;

    /// <summary>
    /// Fetches the token, if the connection fetches one, so that a wrong secret fails while connecting. When it is stopped, it returns once no call
    /// for a token is under way.
    /// </summary>
    /// <exception cref="TcbException">There is none.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    internal async Task FetchTokenAsync(ICallContext context)
    {
        var retry = RetryPolicy.Create(maximumRetryCount: 3);
        var calls = new PatientCaller(this, retry, context)
        {
            Policy = new FailurePolicy(retry, timeout: null) { LongestTokenWait = LongestWait },
            RetryText = nameof(Messages.TokenRetry),
        };
        await calls.CallAsync(Task.FromResult).ConfigureAwait(false);
        // The token may have arrived at the same moment as the stop.
        context.SendingCancelled.ThrowIfCancellationRequested();
    }

    /// <summary>Time, for what is built on the connection.</summary>
    internal Clock Clock => _client.Clock;

    /// <summary>The time by the service's clock.</summary>
    internal DateTimeOffset ServiceNow => _client.ServiceNow;

    /// <summary>Follows download links.</summary>
    internal DownloadClient Downloads { get; init; } = new(new HttpOptions());

    /// <summary>Takes the secrets of a call and of the connection out of a text that came from elsewhere.</summary>
    internal string Redact(CallCredential credential, string text) => _client.Redact(credential, text);

    /// <summary>How the connection reaches the storage behind its environment.</summary>
    internal StorageAccess Storage { get; } = new();

    /// <summary>Reads a page from the object storage behind the service, which gets no token of the connection.</summary>
    internal async Task<byte[]> GetFromStorageAsync(Uri address, string signature, TemporaryKey key, ICallContext context)
    {
        // Also the signature alone, since a part of the header could be repeated.
        var credential = new CallCredential(string.Empty, null, signature, signature.Substring(signature.LastIndexOf('=') + 1), key.Secret, key.Token, key.Id);
        KeyValuePair<string, string>[] headers = [new("Authorization", signature), new("x-cos-security-token", key.Token)];
        return await _client.GetAsync(
            address, headers, credential, context, ListingPage.MaxReplyBytes,
            (body, failure) => CosError.Read(body, failure, text => _client.Redact(credential, text))).ConfigureAwait(false);
    }

    /// <summary>Makes a call of the service that has no body and no token, and whose reply is a secret.</summary>
    internal async Task<T> GetSecretAsync<T>(string path, Func<byte[], Func<string, string>, T> read, CallCredential credential, ICallContext context) =>
        read(await _client.GetAsync(new Uri(path, UriKind.Relative), [], credential, context, TcbClient.MaxReplyBytes, null).ConfigureAwait(false),
            text => _client.Redact(credential, text));

    /// <summary>Hides a temporary key in the texts of all calls: it is valid for the whole account.</summary>
    internal void Hide(TemporaryKey key) => _client.Hide(key.Id, key.Secret, key.Token);

    /// <summary>How long one request may take.</summary>
    internal TimeSpan Timeout => _client.Timeout;

    /// <summary>The environment's ID.</summary>
    /// <returns><see cref="EnvironmentId"/>.</returns>
    public override string ToString() => EnvironmentId;

    /// <summary>The token for the next request, fetched if it is due, or if the last one was refused.</summary>
    /// <param name="context">The run that asks.</param>
    /// <param name="refused">The token that the service has just refused; null for none.</param>
    /// <exception cref="TcbException">There is none.</exception>
    internal Task<CallCredential> GetCredentialAsync(ICallContext context, RefusedToken? refused = null) => IsDryRun
        ? throw TcbException.NoToken(ErrorId.NotConnected, new UserText(nameof(Messages.ConnectedForDryRun), EnvironmentId))
        : _tokens.GetAsync(refused, context);

    /// <summary>Makes one call for files, once.</summary>
    /// <param name="call">The last part of the path, for example <c>batchdeletefile</c>.</param>
    /// <param name="body">The JSON of the request, in UTF-8.</param>
    /// <param name="read">Reads the reply: its bytes, and what takes the secrets out of its texts.</param>
    /// <param name="credential">The credential from <see cref="GetCredentialAsync"/>.</param>
    /// <param name="context">The run that it belongs to.</param>
    /// <param name="showBodies">Whether request and reply may be shown.</param>
    /// <exception cref="TcbException">The request as a whole did not succeed.</exception>
    /// <exception cref="OperationCanceledException">The run is over.</exception>
    internal async Task<T> PostAsync<T>(
        string call, byte[] body, Func<byte[], Func<string, string>, T> read, CallCredential credential, ICallContext context, bool showBodies = true)
    {
        // The run may have ended while the token was fetched.
        context.SendingCancelled.ThrowIfCancellationRequested();
        context.CountRequest();
        byte[] reply = await _client.PostAsync(_tokens.CallFolder + call, credential, body, context, showBodies).ConfigureAwait(false);
        try
        {
            return read(reply, text => _client.Redact(credential, text));
        }
        catch (TcbException e) when (e.Category == FailureCategory.TokenRefused && e.ErrorId != _tokens.RefusedAs)
        {
            throw e.EndingAs(_tokens.RefusedAs);
        }
    }
}
