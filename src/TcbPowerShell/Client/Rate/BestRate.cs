namespace TcbPowerShell.Client.Rate;

/// <summary>
/// Remembers the best rate that the service accepted. A rejection far below it is not the rate's fault: one of the service's servers may be ill. A run
/// that slowed down for each of these would come to a halt. Times are seconds.
/// </summary>
internal sealed class BestRate
{
    // Closer to the best rate, a rejection can be the rate's fault.
    private const double FarBelow = 0.55;
    // The best rate was measured between rejections that slowed the run down, so the true one may be higher. If not, the next rejections tell.
    private const double Restored = 2.5;
    // A rate measured with fewer requests is too often a lucky one, above all while others use most of the same limit.
    private const int Enough = 60;
    // Each measurement makes the old best count for a little less: the limit can change.
    private const double Memory = 0.99;

    private double _best;
    private double? _since;
    private int _accepted;

    /// <summary>A request was accepted.</summary>
    internal void Accepted() => _accepted++;

    /// <summary>A request was rejected.</summary>
    /// <param name="rate">The rate at which requests left.</param>
    /// <param name="now">When.</param>
    /// <returns>If the rate is not at fault, the rate up to which it may grow fast; otherwise null.</returns>
    internal double? Rejected(double rate, double now)
    {
        if (rate < FarBelow * _best) return Restored * _best;
        if (_since is not null && _accepted < Enough) return null;
        // From one rejection to another: a burst that the service had saved up is not a rate.
        if (_since is { } start) _best = Math.Max(Memory * _best, _accepted / Math.Max(0.001, now - start));
        (_since, _accepted) = (now, 0);
        return null;
    }

    /// <summary>Forgets everything: the service was closed, and may have another limit now.</summary>
    internal void Forget() => (_best, _since) = (0, null);
}
