namespace TcbPowerShell.Client.Rate;

/// <summary>Decides how far the rate is cut when the service turns a request away.</summary>
internal static class RateCut
{
    /// <summary>With fewer accepted requests, what was measured says little: the rate must find its way back by itself.</summary>
    internal const int TooFew = 8;

    private const double FirstCut = 0.1;
    private const double DeepCut = 0.3;
    private const double LargestCut = 0.1;
    private const double SmallestCut = 0.03;
    // How far the rate grows with each answer, as an exponent between the rate after the cut and the one before.
    private const double HalfWay = 0.5;
    private const double FarCatchUp = 0.85;

    /// <summary>The rate after a cut, and the rate up to which it may grow with each answer.</summary>
    /// <param name="high">The rate at which requests left.</param>
    /// <param name="rate">The rate in use.</param>
    /// <param name="accepted">What was accepted.</param>
    /// <param name="now">The time.</param>
    /// <param name="pause">How long the service asks to wait; null where it does not say.</param>
    internal static (double Rate, double CatchUpTo) After(double high, PacedRate rate, AcceptedRate accepted, double now, double? pause)
    {
        double before = rate.At(now);
        double next = high * (1 - Size(rate.IsLimited, accepted.InCycle));
        if (pause is null) return (next, rate.IsLimited ? (1 - LargestCut) * high : before);
        if (!rate.IsLimited && accepted.InCycle < TooFew) return (next, before);
        // Each further mistake costs such a pause. From one spent budget to the next the service accepted this much at least: the truth is between.
        double low = accepted.CycleAverage(now, accepted.IsFirstCycle ? pause.Value : 0);
        next = Math.Min(next, Math.Sqrt(low * high));
        return (next, rate.IsLimited ? next * Math.Pow(high / next, accepted.InCycle < TooFew ? FarCatchUp : HalfWay) : high);
    }

    // Turned away soon after the last cut, the rate is far too high; after many requests only just, or by chance.
    private static double Size(bool isLimited, int accepted)
    {
        if (!isLimited) return FirstCut;
        return accepted < TooFew ? DeepCut : Math.Min(LargestCut, Math.Max(SmallestCut, 2.0 / accepted));
    }
}
