namespace TcbPowerShell.Tests.Client.Rate.Simulation;

/// <summary>Runs against one service with one limit, in virtual time. Requests that are turned away go back to the end of the queue.</summary>
/// <param name="limit">The service's limit.</param>
/// <param name="latency">The mean time of a request, in seconds: a tenth there, a tenth back, the rest inside.</param>
/// <param name="jitter">How far a single time may be from its mean, as a part of it.</param>
/// <param name="rejectsAtOnce">Whether a request that is turned away spends no time inside.</param>
/// <param name="seed">The dice.</param>
/// <param name="machine">The delays that the client's machine adds.</param>
internal sealed class SendingSimulation(SimulatedLimit limit, double latency, double jitter, bool rejectsAtOnce, int seed, SimulatedMachine machine = default)
{
    private const double OneWay = 0.1;

    private readonly PriorityQueue<Action, (double Time, long Order)> _events = new();
    private readonly Random _random = new(seed);
    private long _order;

    internal double Now { get; private set; }

    /// <summary>The shortest time that a request takes to the service.</summary>
    internal static double EarliestArrival(double latency, double jitter) => latency * OneWay * (1 - jitter);

    /// <summary>Has something happen at a time.</summary>
    internal void At(double time, Action action) => _events.Enqueue(action, (time, _order++));

    /// <summary>Runs until everything has happened.</summary>
    internal void Run()
    {
        while (_events.TryDequeue(out Action? action, out (double Time, long Order) key))
        {
            Now = key.Time;
            action();
        }
    }

    /// <summary>A run, from the time at which it is called.</summary>
    internal SimulatedRun Start(SimulatedSender sender, int requests, int throttleLimit)
    {
        var run = new SimulatedRun { Waiting = requests, Start = Now };
        Pump(run, sender, throttleLimit);
        return run;
    }

    private void Pump(SimulatedRun run, SimulatedSender sender, int throttleLimit)
    {
        while (run.Waiting > 0 && run.InFlight < throttleLimit && sender.Next(Now) is { } due)
        {
            if (due > Now)
            {
                if (run.WakesAt <= due + machine.Lateness && run.WakesAt > Now) return;
                run.WakesAt = due + (machine.Lateness * _random.NextDouble());
                At(run.WakesAt, () => Pump(run, sender, throttleLimit));
                return;
            }
            run.Waiting--;
            run.InFlight++;
            run.Sent++;
            object? request = sender.Sent(Now);
            double cold = run.IsCold ? machine.ColdStart / 2 : 0;
            At(Now + Take(OneWay) + Spread(cold), () => Arrive(run, sender, request, throttleLimit, cold));
        }
    }

    private void Arrive(SimulatedRun run, SimulatedSender sender, object? request, int throttleLimit, double cold)
    {
        bool accepted = limit.Enter(Now);
        double left = Now + (accepted || !rejectsAtOnce ? Take(1 - (2 * OneWay)) : 0);
        if (accepted) At(left, limit.Leave);
        At(left + Take(OneWay) + Spread(cold), () =>
        {
            run.InFlight--;
            if (accepted) run.Accept(Now);
            else run.TurnAway();
            sender.Answered(request, accepted, Now);
            Pump(run, sender, throttleLimit);
        });
    }

    private double Take(double part) => Spread(latency * part);

    private double Spread(double mean) => mean == 0 ? 0 : mean * (1 - jitter + (2 * jitter * _random.NextDouble()));
}

/// <summary>The state of a run.</summary>
internal sealed class SimulatedRun
{
    private readonly List<double> _accepted = [];

    internal double Start { get; init; }

    internal int Waiting { get; set; }

    internal int InFlight { get; set; }

    internal int Sent { get; set; }

    internal int TurnedAway { get; private set; }

    internal double WakesAt { get; set; }

    /// <summary>Whether no answer has come yet.</summary>
    internal bool IsCold => _accepted.Count + TurnedAway == 0;

    /// <summary>When requests were accepted.</summary>
    internal IReadOnlyList<double> Accepted => _accepted;

    /// <summary>How long it took.</summary>
    internal double Time => _accepted[^1] - Start;

    internal double TurnedAwayShare => (double)TurnedAway / Sent;

    internal void Accept(double now) => _accepted.Add(now);

    internal void TurnAway()
    {
        TurnedAway++;
        Waiting++;
    }
}
