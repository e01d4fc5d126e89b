using System.Runtime.CompilerServices;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Model;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Tokens;

/// <summary>
/// A token from the user's own code, for example from a central token server. It is asked for again when its token is refused: by each run on its own
/// pipeline thread, once for all its workers. A run that is blocked by a nested run would deadlock if one waited for the other's thread.
/// </summary>
/// <param name="authentication">The kind of the token.</param>
/// <param name="provide">The user's code, for the pipeline thread only.</param>
/// <param name="clock">Time.</param>
internal sealed class ProvidedAccessToken(TcbAuthentication authentication, Func<string> provide, Clock clock) : AccessTokenSource
{
    /// <summary>How long to wait before asking again: a token server may be about to renew the token.</summary>
    internal static readonly TimeSpan SecondAsk = TimeSpan.FromSeconds(2);

    private readonly object _lock = new();
    private readonly ConditionalWeakTable<ICallContext, Question> _questions = new();
    // Flows into other runspaces that the user's code starts and waits for, too.
    private readonly AsyncLocal<Asking?> _asking = new();
    private TaskCompletionSource<string> _next = NewToken();
    private string? _current;

    internal override TcbAuthentication Authentication => authentication;

    protected override async Task<string?> GetTokenAsync(RefusedToken? refused, ICallContext context)
    {
        Task<string> answer;
        Task<string> next;
        lock (_lock)
        {
            if (_current is not null && _current != refused?.Token) return _current;
            if (!_questions.TryGetValue(context, out Question? question) || !question.Answers(refused))
            {
                question = new Question(refused, Task.Run(() => AskAsync(refused, context)));
                _questions.Remove(context);
                _questions.Add(context, question);
            }
            answer = question.Answer;
            next = _next.Task;
        }
        Task<string> first = await Task.WhenAny(answer, next).OrCancelledAsync(context.SendingCancelled).ConfigureAwait(false);
        return await first.ConfigureAwait(false);
    }

    private async Task<string> AskAsync(RefusedToken? refused, ICallContext context)
    {
        string token = await context.OnPipelineThreadAsync(Ask).ConfigureAwait(false);
        if (token != refused?.Token) return token;
        context.Say(MessageStream.Verbose, new UserText(nameof(Messages.TokenProvidedAgain), SecondAsk.TotalSeconds));
        await clock.DelayAsync(SecondAsk, context.SendingCancelled).ConfigureAwait(false);
        // If the code returns the same token, it is sent once more: the service has been seen to refuse a good token. A second refusal is final.
        return await context.OnPipelineThreadAsync(Ask).ConfigureAwait(false);

        string Ask()
        {
            // Another run has got one meanwhile.
            lock (_lock)
            {
                if (_current is not null && _current != refused?.Token) return _current;
            }
            string answer = AskOnThisThread();
            // Before the workers get the token, because the run may end then.
            context.Say(MessageStream.Verbose, new UserText(nameof(Messages.TokenProvided)));
            Keep(answer);
            return answer;
        }
    }

    private string AskOnThisThread()
    {
        if (_asking.Value is { IsOver: false } outer)
        {
            outer.IsNested = true;
            throw UsesItself();
        }
        var asking = new Asking();
        _asking.Value = asking;
        try
        {
            return provide();
        }
        catch (TcbException) when (asking.IsNested)
        {
            throw UsesItself();
        }
        finally
        {
            asking.IsOver = true;
            _asking.Value = null;
        }
    }

    private void Keep(string token)
    {
        lock (_lock)
        {
            if (token == _current) return;
            _current = token;
            _next.SetResult(token);
            _next = NewToken();
        }
    }

    private static TaskCompletionSource<string> NewToken() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static TcbException UsesItself() => TcbException.NoToken(ErrorId.TokenProviderFailed, new UserText(nameof(Messages.TokenProviderUsesItself)));

    /// <summary>A question of a run to the user's code.</summary>
    private sealed class Question(RefusedToken? refused, Task<string> answer)
    {
        internal Task<string> Answer => answer;

        /// <summary>Whether this answer also serves a worker whose token was refused. A failure ends the run, so it serves all its workers.</summary>
        internal bool Answers(RefusedToken? other) => answer.IsFaulted || (!answer.IsCompleted && refused?.Token == other?.Token);
    }

    /// <summary>The user's code, while it runs.</summary>
    private sealed class Asking
    {
        internal volatile bool IsNested;
        internal volatile bool IsOver;
    }
}
