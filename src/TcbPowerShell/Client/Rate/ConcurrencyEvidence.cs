namespace TcbPowerShell.Client.Rate;

/// <summary>
/// Tells a limit on concurrency from a limit on the rate: the former turns away only what is sent while so many requests are in flight, and
/// then nearly everything. It remembers the latest answers by the number in flight.
/// </summary>
/// <param name="limit">The most requests at once.</param>
internal sealed class ConcurrencyEvidence(int limit)
{
    // An answer counts half after 34 others.
    private const double Memory = 0.98;
    private const double Noise = 0.05;
    private const double LeastAccepted = 4;
    private const double LeastTurnedAway = 0.3;

    private readonly double[] _accepted = new double[limit + 1];
    private readonly double[] _turnedAway = new double[limit + 1];

    /// <summary>An answer has come.</summary>
    internal void Note(in SentRequest request, bool accepted)
    {
        for (int i = 1; i <= limit; i++)
        {
            _accepted[i] *= Memory;
            _turnedAway[i] *= Memory;
        }
        (accepted ? _accepted : _turnedAway)[request.InFlight]++;
    }

    /// <summary>What was accepted proves nothing: the number in flight is not what counts.</summary>
    internal void Discard() => Array.Clear(_accepted, 0, _accepted.Length);

    /// <summary>How many in flight the service seems to take; null where the number in flight does not explain what it turns away.</summary>
    internal int? FindLimit()
    {
        double noise = _turnedAway.Sum() * Noise;
        double turnedAway = _turnedAway.Sum();
        double accepted = 0;
        int level = 0;
        while (level < limit && (noise -= _turnedAway[level + 1]) >= 0)
        {
            level++;
            turnedAway -= _turnedAway[level];
            accepted += _accepted[level];
        }
        if (level == 0 || accepted < LeastAccepted) return null;
        double acceptedAbove = _accepted.Skip(level + 1).Sum();
        return turnedAway >= LeastTurnedAway * (turnedAway + acceptedAbove) ? level : null;
    }
}
