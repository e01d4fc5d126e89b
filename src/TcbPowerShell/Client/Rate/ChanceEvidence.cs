namespace TcbPowerShell.Client.Rate;

/// <summary>
/// Tells what the service turns away by chance, whatever the rate (one of its servers is ill, or others use up its limit), from what it turns away
/// because of the rate. The former goes on when the rate is far below what the service took a moment ago. Times are seconds.
/// </summary>
internal sealed class ChanceEvidence
{
    private const double FarBelow = 0.55;
    private const int LeastProven = 20;
    private const int ProvenCount = 16;
    // An answer counts half after 34 others.
    private const double Memory = 0.98;
    // What was seen far below is to be seen again now and then: the service's limit can change.
    private const double MemoryPerTurnedAway = 0.97;
    private const double LeastTurnedAway = 1.5;
    private const double LargestChance = 0.2;
    private const double Tolerance = 1.5;
    private const double Noise = 0.02;
    // If the rate is not the cause, it may be higher than it was.
    private const double Growth = 1.5;

    private readonly Queue<double> _proven = new();
    private double? _provenSince;
    private int _acceptedSince;
    private double _turnedAway;
    private double _far;
    private double _farTurnedAway;

    // Turned away as often as far below the proven rate, and not more often.
    private bool IsLikely => _farTurnedAway >= LeastTurnedAway && _farTurnedAway / _far is var chance and <= LargestChance && _turnedAway <= (Tolerance * chance) + Noise;

    /// <summary>A request was accepted at a rate.</summary>
    internal void Accepted(double rate)
    {
        _turnedAway *= Memory;
        _acceptedSince++;
        if (IsFarBelow(rate)) _far++;
    }

    /// <summary>A request was turned away at a rate, for the first time since the rate was cut.</summary>
    /// <returns>The rate to go back to if the next request is accepted, and the rate up to which to grow with each answer; null where the rate is to blame.</returns>
    internal (double Rate, double CatchUpTo)? TurnedAway(double rate, double now)
    {
        bool isFarBelow = IsFarBelow(rate);
        _turnedAway = (_turnedAway * Memory) + 1 - Memory;
        _far = (_far * MemoryPerTurnedAway) + (isFarBelow ? 1 : 0);
        _farTurnedAway = (_farTurnedAway * MemoryPerTurnedAway) + (isFarBelow ? 1 : 0);
        if (!isFarBelow) Prove(now);
        if (!isFarBelow && !IsLikely || _proven.Count == 0) return null;
        return (rate, Growth * Math.Max(IsLikely ? rate : 0, _proven.Max()));
    }

    /// <summary>The service was closed, or limits something else: what was seen says nothing now.</summary>
    internal void Discard()
    {
        _proven.Clear();
        (_provenSince, _far, _farTurnedAway) = (null, 0, 0);
    }

    private bool IsFarBelow(double rate) => _proven.Count > 0 && rate < FarBelow * _proven.Max();

    // From one rejection to another: what the service has saved up is in neither.
    private void Prove(double now)
    {
        if (_provenSince is { } since)
        {
            if (_acceptedSince < LeastProven) return;
            _proven.Enqueue(_acceptedSince / Math.Max(0.001, now - since));
            if (_proven.Count > ProvenCount) _proven.Dequeue();
        }
        (_provenSince, _acceptedSince) = (now, 0);
    }
}
