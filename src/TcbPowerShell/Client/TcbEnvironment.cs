using TcbPowerShell.Client;
using TcbPowerShell.Protocol;

namespace TcbPowerShell;

/// <summary>
/// A connection to one CloudBase environment. It can be used from several runspaces at once (<c>$using:</c>), and shows no secret
/// through any property, serialisation or text.
/// </summary>
public sealed class TcbEnvironment
{
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

    /// <summary>Where the service is.</summary>
    public Uri Endpoint { get; }

    /// <summary>How the connection is trusted.</summary>
    public TcbAuthentication Authentication => _tokens.Authentication;

    /// <summary>When the token in hand ends; null where that is not known, as for a token given by value.</summary>
    public DateTimeOffset? TokenExpiresOn => _tokens.ExpiresOn;

    /// <summary>Time, for what is built on the connection.</summary>
    internal Clock Clock => _client.Clock;

    /// <summary>The environment's ID.</summary>
    /// <returns><see cref="EnvironmentId"/>.</returns>
    public override string ToString() => EnvironmentId;

    /// <summary>Sends one delete request; when its token is refused, once more with another one.</summary>
    /// <param name="request">The request.</param>
    /// <param name="context">The run that it belongs to.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="TcbException">The request as a whole did not succeed.</exception>
    internal async Task<DeleteReply> DeleteAsync(DeleteRequest request, ICallContext context, CancellationToken cancellationToken)
    {
        CallCredential credential = await _tokens.GetAsync(null, context, cancellationToken).ConfigureAwait(false);
        try
        {
            return await SendAsync(request, credential, context, cancellationToken).ConfigureAwait(false);
        }
        catch (TcbException e) when (e.Class == FailureClass.TokenRefused)
        {
            credential = await _tokens.GetAsync(new RefusedToken(credential.Token, e), context, cancellationToken).ConfigureAwait(false);
        }
        // A second refusal is the caller's: never a loop.
        return await SendAsync(request, credential, context, cancellationToken).ConfigureAwait(false);
    }

    private async Task<DeleteReply> SendAsync(
        DeleteRequest request, CallCredential credential, ICallContext context, CancellationToken cancellationToken)
    {
        using ReplyBody reply =
            await _client.PostAsync(_tokens.DeletePath, credential, request.Body, context, cancellationToken).ConfigureAwait(false);
        return DeleteReply.Read(reply.Bytes, request, credential.Redact);
    }
}
