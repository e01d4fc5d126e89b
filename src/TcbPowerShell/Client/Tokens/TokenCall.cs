using TcbPowerShell.Client.Http;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Tokens;

/// <summary>
/// A call that fetches a token. It belongs to the connection and not to the run that happened to need it: a run that stops must not lose
/// the token, or the new refresh token, that others wait for. Its timeout bounds it.
/// </summary>
internal static class TokenCall
{
    /// <summary>Makes the call.</summary>
    /// <exception cref="TcbException">No token.</exception>
    internal static async Task<TokenReply> PostAsync(TcbClient client, string path, CallCredential credential, byte[] body, ICallContext context)
    {
        byte[] reply = await client.PostAsync(path, credential, body, new Detached(context), showBodies: false).ConfigureAwait(false);
        TokenReply token = TokenReply.Read(reply, credential.Redact);
        context.Say(MessageStream.Verbose, new UserText(nameof(Messages.TokenFetched), token.Life.TotalSeconds));
        return token;
    }

    /// <summary>The run's voice without its end.</summary>
    private sealed class Detached(ICallContext context) : ICallContext
    {
        public CancellationToken SendingCancelled => CancellationToken.None;

        public CancellationToken CallsCancelled => CancellationToken.None;

        public bool WantsTraffic => context.WantsTraffic;

        public void Traffic(string text) => context.Traffic(text);

        public void Say(MessageStream stream, UserText text) => context.Say(stream, text);

        public Task<string> OnPipelineThreadAsync(Func<string> work) => context.OnPipelineThreadAsync(work);
    }
}
