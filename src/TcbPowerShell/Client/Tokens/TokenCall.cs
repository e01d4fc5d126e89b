using TcbPowerShell.Client.Http;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Tokens;

/// <summary>
/// A call that fetches a token. It belongs to the connection and not to the run that happened to need it: a run that stops must not lose
/// the token, or the new refresh token, that others wait for. Its timeout bounds it. While the connection is being made nobody else waits:
/// then a stop ends a call that has not been sent, and one that has been gets a grace, because its reply may hold a new refresh token.
/// </summary>
internal static class TokenCall
{
    /// <summary>How long a call that has been sent may take after a stop.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    /// <summary>Makes the call.</summary>
    /// <exception cref="TcbException">No token.</exception>
    internal static async Task<TokenReply> PostAsync(TcbClient client, string path, CallCredential credential, byte[] body, ICallContext context)
    {
        // The other call carries a secret in its body, and loses nothing.
        bool withComponentToken = credential.Token is not null;
        using var grace = new CancellationTokenSource();
        using CancellationTokenRegistration stop = context.ConnectingStopped.Register(() =>
        {
            if (withComponentToken) client.Clock.CancelAfter(grace, Grace);
            else grace.Cancel();
        });
        byte[] reply = await client.PostAsync(path, credential, body, new Detached(context, grace.Token), showBodies: false).ConfigureAwait(false);
        TokenReply token = TokenReply.Read(reply, credential.Redact, withComponentToken);
        context.Say(MessageStream.Verbose, new UserText(nameof(Messages.TokenFetched), token.Life.TotalSeconds));
        return token;
    }

    /// <summary>The run's voice without its end.</summary>
    private sealed class Detached(ICallContext context, CancellationToken grace) : ICallContext
    {
        public CancellationToken SendingCancelled => CancellationToken.None;

        public CancellationToken CallsCancelled => grace;

        public CancellationToken ConnectingStopped => context.ConnectingStopped;

        public bool WantsTraffic => context.WantsTraffic;

        public void CountRequest()
        {
        }

        public void Traffic(string text) => context.Traffic(text);

        public void Say(MessageStream stream, UserText text) => context.Say(stream, text);

        public Task<string> OnPipelineThreadAsync(Func<string> work) => context.OnPipelineThreadAsync(work);
    }
}
