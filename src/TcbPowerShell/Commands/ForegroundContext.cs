using System.Collections.Concurrent;
using System.Globalization;
using System.Management.Automation;
using System.Runtime.ExceptionServices;
using TcbPowerShell.Client.Http;
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

    // Connecting sends no requests for files.
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
