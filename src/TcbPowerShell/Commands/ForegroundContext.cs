using System.Collections.Concurrent;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.ExceptionServices;
using System.Security;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Tokens;
using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>Runs one asynchronous piece of work for a cmdlet, and meanwhile does on the pipeline thread what only may be done there.</summary>
/// <param name="cmdlet">The cmdlet.</param>
/// <param name="wantsTraffic">Whether requests and replies are shown.</param>
/// <param name="keepsWarnings">Whether warnings are kept for the cmdlet to write, and not written at once.</param>
internal sealed class ForegroundContext(PSCmdlet cmdlet, bool wantsTraffic, bool keepsWarnings = true) : ICallContext, IDisposable
{
    // Not disposed: it has no timer, and a stop may come while the cmdlet is being disposed.
    private readonly CancellationTokenSource _stop = new();
    private readonly BlockingCollection<Action> _work = [];
    private readonly ConcurrentQueue<UserText> _warnings = new();

    public CancellationToken SendingCancelled => _stop.Token;

    public CancellationToken CallsCancelled => _stop.Token;

    public bool WantsTraffic => wantsTraffic;

    // Only the summary of a run counts requests.
    public void CountRequest()
    {
    }

    public void Traffic(string text) => Post(() => cmdlet.WriteDebug(ShownText.MakeSafe(text)));

    public void Say(MessageStream stream, UserText text)
    {
        if (stream == MessageStream.Warning && keepsWarnings) _warnings.Enqueue(text);
        else if (stream == MessageStream.Warning) Post(() => cmdlet.WriteWarning(text.Format(CultureInfo.CurrentUICulture)));
        else Post(() => Preferences.WriteVerbose(cmdlet, text.Format(CultureInfo.CurrentUICulture)));
    }

    public Task<string> OnPipelineThreadAsync(Func<string> work) => PipelineCall.RunAsync(work, Post, SendingCancelled);

    /// <summary>The warnings, which are the cmdlet's to write once the work has come to something.</summary>
    internal IReadOnlyCollection<UserText> Warnings => _warnings;

    /// <summary>Runs the work to its end.</summary>
    /// <exception cref="TcbException">The work's.</exception>
    /// <exception cref="PipelineStoppedException">The cmdlet was stopped.</exception>
    internal void Run(Func<ICallContext, Task> work)
    {
        Task task = Task.Run(() => work(this));
        task.ContinueWith(_ => _work.CompleteAdding(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        // If PowerShell throws here (a stop, or a preference "Stop"), wait for the work to end: it may have to save a refresh token.
        ExceptionDispatchInfo? thrown = null;
        foreach (Action action in _work.GetConsumingEnumerable(CancellationToken.None))
        {
            if (_stop.IsCancellationRequested) continue;
            try
            {
                action();
            }
#pragma warning disable CA1031 // Thrown below.
            catch (Exception e)
#pragma warning restore CA1031
            {
                thrown = ExceptionDispatchInfo.Capture(e);
                _stop.Cancel();
            }
        }
        try
        {
            task.GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            thrown?.Throw();
            throw new PipelineStoppedException();
        }
        thrown?.Throw();
    }

    /// <summary>Ends the work, from any thread.</summary>
    internal void Stop() => _stop.Cancel();

    private void Post(Action action)
    {
        try
        {
            _work.Add(action);
        }
        catch (InvalidOperationException)
        {
            // The work has ended, and its last texts are dropped.
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _work.Dispose();
    }
}

/// <summary>
/// Runs the script block that gives tokens. Only on a pipeline thread: on a thread of another runspace,
/// the script block would wait for its own runspace, which may wait for the caller.
/// </summary>
/// <param name="script">The user's script block.</param>
internal sealed class ScriptTokenProvider(ScriptBlock script)
{
    private readonly Guid _runspace = Runspace.DefaultRunspace.InstanceId;
    private readonly string _text = script.ToString();
    private string _last = string.Empty;

    /// <summary>Asks for a token.</summary>
    /// <exception cref="TcbException">There is none.</exception>
    internal string Provide()
    {
        // In the runspace in which it was created it runs as it is, with its closure; elsewhere it is created from its text.
        ScriptBlock block = Runspace.DefaultRunspace.InstanceId == _runspace ? script : ScriptBlock.Create(_text);
        Collection<PSObject?> output;
        try
        {
            // Any error ends the script. Otherwise it could go on, and return an old token or none.
            output = block.InvokeWithContext(null, [new PSVariable("ErrorActionPreference", ActionPreference.Stop)]);
        }
        catch (PipelineStoppedException)
        {
            throw;
        }
#pragma warning disable CA1031 // Whatever a script can do, break and exit included, is no token.
        catch (Exception e)
#pragma warning restore CA1031
        {
            throw Failed(Describe(e));
        }
        if (output.Count != 1) throw Failed(output.Count == 0 ? new UserText(nameof(Messages.TokenProviderReturnedNothing)) : new UserText(nameof(Messages.TokenProviderReturnedMany), output.Count));
        string token = output[0]?.BaseObject switch
        {
            string text => text,
            SecureString secret => SecretArgumentAttribute.Reveal(secret),
            null => throw Failed(new UserText(nameof(Messages.TokenProviderReturnedNull))),
            object other => throw Failed(new UserText(nameof(Messages.TokenProviderReturnedObject), other.GetType().ToString())),
        };
        if (TokenText.FindProblem(token) is { } problem) throw Failed(new UserText(nameof(Messages.TokenProviderReturnedBadToken), problem));
        _last = token;
        return token;
    }

    // The message is the user's own, but it may repeat the token.
    private UserText Describe(Exception e)
    {
        if (e is not RuntimeException failure) return new UserText(nameof(Messages.TokenProviderLeft), e.GetType().Name.Replace("Exception", string.Empty).ToLowerInvariant());
        string message = (failure as ActionPreferenceStopException)?.ErrorRecord.ToString() ?? failure.Message;
        return new UserText(nameof(Messages.TokenProviderThrew), new Redactor(_last).Redact(ShownText.Cut(message, ReplyText.Longest)).TrimEnd('.'));
    }

    private static TcbException Failed(UserText what) => TcbException.NoToken(ErrorId.TokenProviderFailed, what);
}
