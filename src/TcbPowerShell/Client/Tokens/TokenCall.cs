using TcbPowerShell.Client.Http;
using TcbPowerShell.Protocol;

namespace TcbPowerShell.Client.Tokens;

/// <summary>A call that fetches a token.</summary>
internal static class TokenCall
{
    /// <summary>How long a call that has been sent may take after a stop: its reply may hold a new refresh token, which replaces the old one.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    /// <summary>Makes the call.</summary>
    /// <param name="client">The connection's client.</param>
    /// <param name="path">The path.</param>
    /// <param name="credential">The component token, where the call takes one, and the secrets in the body.</param>
    /// <param name="body">The JSON of the request, in UTF-8.</param>
    /// <param name="context">The run that says what is going on.</param>
    /// <param name="stopped">Ends the call at once if it has not been sent, and otherwise after <see cref="Grace"/>.</param>
    /// <exception cref="TcbException">The service refused, or did not reply.</exception>
    /// <exception cref="CallCancelledException">The call was stopped.</exception>
    internal static async Task<TokenReply> PostAsync(
        TcbClient client, string path, CallCredential credential, byte[] body, ICallContext context, CancellationToken stopped)
    {
        using var grace = new CancellationTokenSource();
        using CancellationTokenRegistration stop = stopped.Register(() => client.Clock.CancelAfter(grace, Grace));
        byte[] reply = await client.PostAsync(path, credential, body, context, showBodies: false, stopped, grace.Token).ConfigureAwait(false);
        // The other call carries a secret in its body.
        return TokenReply.Read(reply, text => client.Redact(credential, text), withComponentToken: credential.Token is not null);
    }
}
