namespace TcbPowerShell.Client.Rate;

/// <summary>
/// How many requests may be in flight. The first flight is small and grows with each accepted answer; a service that takes only so many at once
/// is asked for one more now and then.
/// </summary>
/// <param name="limit">The most requests at once (ThrottleLimit).</param>
internal sealed class InFlightLimit(int limit)
{
    /// <summary>The first flight.</summary>
    internal const int FirstFlight = 5;

    private const int ProbeAfter = 30;
    private const int ProbeAfterPerPlace = 10;
    private const int ProvenAfter = 3;

    private readonly ConcurrencyEvidence _evidence = new(limit);
    private int _places = Math.Min(limit, FirstFlight);
    private int _known;
    private int _accepted;
    private bool _isFirst = true;

    /// <summary>How many requests may be in flight now.</summary>
    internal int Places => _isFirst || _known > 0 ? _places : limit;

    /// <summary>Whether the service seems to limit the number in flight.</summary>
    internal bool IsSuspected => _known > 0;

    /// <summary>Whether it was seen to accept again as soon as fewer were in flight.</summary>
    internal bool IsConfirmed { get; private set; }

    /// <summary>A request was accepted.</summary>
    internal void Accepted(in SentRequest request)
    {
        _evidence.Note(request, accepted: true);
        if (_isFirst)
        {
            _places = Math.Min(limit, _places + 1);
            return;
        }
        if (_known == 0 || request.InFlight < _places) return;
        bool isProbing = _places > _known;
        if (++_accepted < (isProbing ? ProvenAfter : Math.Max(ProbeAfter, ProbeAfterPerPlace * _known))) return;
        if (isProbing) _known = _places;
        _places = Math.Min(limit, _places + 1);
        _accepted = 0;
    }

    /// <summary>A request was turned away.</summary>
    internal void TurnedAway(in SentRequest request)
    {
        _evidence.Note(request, accepted: false);
        _isFirst = false;
    }

    /// <summary>A request was turned away because one too many was in flight: goes back to what is known.</summary>
    /// <returns>Whether that is why.</returns>
    internal bool StepBack(in SentRequest request)
    {
        if (!IsConfirmed || request.InFlight <= _known) return false;
        (_places, _accepted) = (_known, 0);
        return true;
    }

    /// <summary>Looks for a limit on concurrency in what was turned away.</summary>
    /// <returns>Whether there seems to be one.</returns>
    internal bool Suspect()
    {
        IsConfirmed = false;
        if (_evidence.FindLimit() is not { } known) return false;
        (_places, _known, _accepted) = (known, known, 0);
        return true;
    }

    /// <summary>The suspicion has proved true.</summary>
    internal void Confirm() => IsConfirmed = true;

    /// <summary>It is not the number in flight that is limited.</summary>
    internal void Release()
    {
        // Turned away although fewer were in flight: what was accepted before says nothing.
        if (IsSuspected) _evidence.Discard();
        IsConfirmed = false;
        _known = 0;
    }
}
