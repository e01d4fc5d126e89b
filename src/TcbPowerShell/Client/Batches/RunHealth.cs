using TcbPowerShell.Model;
using TcbPowerShell.Protocol;

namespace TcbPowerShell.Client.Batches;

/// <summary>Observes the calls of a run and answers one question: does this failure end the run? It decides from what it is told, and acts on nothing.</summary>
internal sealed class RunHealth
{
    /// <summary>Batches without an answer, one after the other, until the service counts as dead.</summary>
    internal const int DeadBatches = 3;

    /// <summary>Attempts without an answer, one after the other, until the service counts as dead: three batches without retries are too few.</summary>
    internal const int DeadAttempts = 10;

    /// <summary>How long a run goes on while every request is throttled.</summary>
    internal static readonly TimeSpan MaxThrottled = TimeSpan.FromMinutes(15);

    /// <summary>How long ago the last request may have been accepted for a 503 to count as throttling.</summary>
    internal static readonly TimeSpan StillServing = TimeSpan.FromSeconds(60);

    private readonly object _lock = new();
    private int _failedAttempts;
    private int _failedBatches;
    private TimeSpan? _lastAccepted;
    private TimeSpan? _throttledSince;

    /// <summary>The service accepted a request.</summary>
    /// <param name="now">When.</param>
    internal void Accepted(TimeSpan now)
    {
        lock (_lock)
        {
            _failedAttempts = 0;
            _failedBatches = 0;
            _lastAccepted = now;
            _throttledSince = null;
        }
    }

    /// <summary>A request failed.</summary>
    /// <param name="failure">How.</param>
    /// <param name="now">When.</param>
    /// <returns>What follows.</returns>
    internal HealthVerdict Failed(TcbException failure, TimeSpan now)
    {
        // Not a call that failed: the journal.
        if (failure.Category is null) return new HealthVerdict(IsThrottling: false, failure.ErrorId);
        lock (_lock)
        {
            if (!failure.IsTokenCall && IsThrottling(failure, now))
            {
                _throttledSince ??= now;
                TimeSpan reaches = now + (failure.RetryAfter ?? TimeSpan.Zero) - _throttledSince.Value;
                return new HealthVerdict(IsThrottling: true, reaches >= MaxThrottled ? ErrorId.ServiceThrottled : null);
            }
            _throttledSince = null;
            // No request can be accepted before that.
            if (failure.IsTokenCall && failure.RetryAfter >= MaxThrottled) return new HealthVerdict(IsThrottling: false, ErrorId.ServiceThrottled);
            if (failure.Rule.IsAnswer) _failedAttempts = _failedBatches = 0;
            else _failedAttempts++;
            bool ends = failure.Rule.Ends == Ending.AtOnce || (failure.Rule.Ends == Ending.WhileNothingIsAccepted && _lastAccepted is null);
            return new HealthVerdict(IsThrottling: false, ends ? failure.ErrorId : null);
        }
    }

    /// <summary>A batch is given up.</summary>
    /// <param name="failure">Its last failure.</param>
    /// <returns>The error that ends the run; null where it goes on.</returns>
    internal ErrorId? GaveUp(TcbException failure)
    {
        lock (_lock) return !failure.Rule.IsAnswer && ++_failedBatches >= DeadBatches && _failedAttempts >= DeadAttempts ? failure.ErrorId : null;
    }

    // A 503 is what a rate limiter says, and what a dead service says (rule 7).
    private bool IsThrottling(TcbException failure, TimeSpan now) => failure.Rule.Retry switch
    {
        Retry.Throttled => true,
        Retry.Unavailable => failure.RetryAfter is not null || now - _lastAccepted <= StillServing,
        _ => false,
    };
}

/// <summary>What follows from a failed request.</summary>
/// <param name="IsThrottling">Whether the request goes back without using up a retry.</param>
/// <param name="EndsRunAs">The error that ends the run; null where it goes on.</param>
internal readonly record struct HealthVerdict(bool IsThrottling, ErrorId? EndsRunAs);
