namespace TcbPowerShell.Client.Rate;

/// <summary>Measures what the service accepts. Times are seconds.</summary>
internal sealed class AcceptedRate
{
    private const int RecentCount = 16;
    private const double Instant = 0.001;
    private const double ShareOfFirstAnswer = 0.2;

    private readonly Queue<double> _recent = new();
    private double? _cycleStart;
    private int _inCycle;
    private double? _previousStart;
    private int _inPrevious;
    private double _opened;
    private int _sinceOpened;
    private bool _isWarm;

    /// <summary>How long a request takes.</summary>
    internal double RoundTrip { get; private set; }

    /// <summary>Whether any was accepted.</summary>
    internal bool HasAny => _recent.Count > 0;

    /// <summary>How many were accepted since the rate was cut last.</summary>
    internal int InCycle => _inCycle;

    /// <summary>Whether the rate has not been cut before.</summary>
    internal bool IsFirstCycle => _previousStart is null;

    /// <summary>A request leaves; the first one starts the measurement.</summary>
    internal void Begin(double now) => _opened = _cycleStart is null ? (_cycleStart = now).Value : _opened;

    /// <summary>A request was accepted.</summary>
    internal void Add(double now, double roundTrip)
    {
        Answered(now);
        RoundTrip = RoundTrip == 0 ? roundTrip : RoundTrip + ((roundTrip - RoundTrip) / 10);
        _inCycle++;
        _sinceOpened++;
        _recent.Enqueue(now);
        if (_recent.Count > RecentCount) _recent.Dequeue();
    }

    /// <summary>An answer has come. What passed before the first one was mostly the time in which connections were opened and code was compiled.</summary>
    internal void Answered(double now)
    {
        if (_isWarm) return;
        _isWarm = true;
        if (_cycleStart is { } sent) _cycleStart = _opened = now - (ShareOfFirstAnswer * (now - sent));
    }

    /// <summary>How many per second lately.</summary>
    internal double Recent(double now)
    {
        double start = _recent.Count == RecentCount ? _recent.Peek() : Math.Min(_cycleStart ?? now, _recent.Count == 0 ? now : _recent.Peek() - Instant);
        return Math.Max(1, _recent.Count) / Math.Max(Instant, now - start);
    }

    /// <summary>How many per second since the rate was cut last.</summary>
    /// <param name="now">The time.</param>
    /// <param name="more">Seconds to add.</param>
    internal double CycleAverage(double now, double more) => Math.Max(1, _inCycle) / Math.Max(Instant, now + more - (_cycleStart ?? now));

    /// <summary>The rate is cut.</summary>
    internal void NewCycle(double now)
    {
        (_previousStart, _inPrevious) = (_cycleStart ?? now, _inCycle);
        (_cycleStart, _inCycle) = (now, 0);
    }

    /// <summary>The last two cycles were one.</summary>
    internal void JoinCycles()
    {
        _cycleStart = _previousStart;
        _inCycle += _inPrevious;
    }

    /// <summary>How many per second since the service last began to accept again: what it takes from one spent budget to the next.</summary>
    internal double SinceOpened(double now) => _sinceOpened / Math.Max(Instant, now - _opened);

    /// <summary>The service accepts again.</summary>
    internal void Opened(double now) => (_opened, _sinceOpened) = (now, 0);
}
