using System.Collections.Concurrent;
using CsCheck;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Client.Http;

namespace TcbPowerShell.Tests.Client.Runs;

/// <summary>A run and everything that goes wrong in it, made from one seed.</summary>
internal sealed record EngineScript(
    int Seed, int Files, int BatchSize, int ThrottleLimit, int Retries, bool IgnoreMissing, double Trouble, bool TimesOut, bool Ends, MissingFileAnswer Missing)
{
    internal static readonly Gen<EngineScript> Any =
        from seed in Gen.Int[0, int.MaxValue]
        from files in Gen.Int[0, 60]
        from batchSize in Gen.Frequency((3, Gen.Int[1, 8]), (1, Gen.Int[9, 50]))
        from throttleLimit in Gen.Int[1, 6]
        from retries in Gen.Int[0, 5]
        from ignoreMissing in Gen.Bool
        from trouble in Gen.OneOf(0, 0.2, 0.5, 0.8, 1)
        from timesOut in Gen.Frequency((4, false), (1, true))
        from ends in Gen.Frequency((3, false), (1, true))
        from missing in Gen.Enum<MissingFileAnswer>()
        select new EngineScript(seed, files, batchSize, throttleLimit, retries, ignoreMissing, trouble, timesOut, ends, missing);

    // None of these lies: what a reply says of a file is true, or says nothing.
    private static readonly Func<Random, Fault>[] Troubles =
    [
        _ => Fault.Drop,
        _ => Fault.Drop.AfterWork(),
        random => Fault.Http(500 + random.Next(5)),
        // A 503 is taken to mean that nothing was done.
        random => Fault.Http(random.GetItems([500, 501, 502, 504], 1)[0]).AfterWork(),
        _ => Fault.Http(429, retryAfter: "3"),
        _ => Fault.Http(403, "<html>proxy</html>"),
        _ => Fault.ErrorCode(-1),
        _ => Fault.ErrorCode(-1).AfterWork(),
        _ => Fault.ErrorCode(-501002, "SERVER_TIMEOUT").AfterWork(),
        _ => Fault.ErrorCode(-501018).AfterWork(),
        _ => Fault.ErrorCode(-501004, "too many"),
        _ => Fault.Throttle,
        _ => Fault.ErrorCode(987654, "nobody knows"),
        _ => Fault.ErrorCode(40097, "invalid args"),
        _ => Fault.Truncate,
        _ => Fault.Body("upstream went away").AfterWork(),
        _ => Fault.Body("<html/>").AfterWork(),
        _ => Fault.Body([0xff, 0x00, 0x7b]),
        _ => Fault.OmitEntry,
        _ => Fault.Reorder,
        _ => Fault.DuplicateEntry,
        _ => Fault.ContradictEntry,
        _ => Fault.ForeignEntry,
        _ => Fault.NullList,
        _ => Fault.NoList,
        _ => Fault.ListOfStrings,
        _ => Fault.NumbersAsStrings,
        _ => Fault.ControlCharacters,
        _ => Fault.ByteOrderMark,
        random => Fault.FileStatus(-503001, "STORAGE_REQUEST_FAIL", Some(random)),
        random => Fault.FileStatus(-501002, "SERVER_TIMEOUT", Some(random), worked: true),
        random => Fault.FileStatus(-777, "nobody knows", Some(random)),
        random => Shuffle(random),
    ];

    private static readonly int[] FinalCodes = [40001, 42001, 45009, -501000, 41001, 43002];

    private readonly ConcurrentDictionary<int, Fault?> _faults = new();

    /// <summary>The fault of a request: the same for the same request, however often it is asked for.</summary>
    internal Fault? FaultOf(EmulatorRequest request, ManualClock clock) => _faults.GetOrAdd(request.Ordinal, ordinal =>
    {
        var random = new Random(unchecked((Seed * 31) + ordinal));
        if (Ends && random.Next(12) == 0) return Fault.ErrorCode(FinalCodes[random.Next(FinalCodes.Length)]);
        if (random.NextDouble() >= Trouble) return null;
        if (!TimesOut || random.Next(4) != 0) return Troubles[random.Next(Troubles.Length)](random);
        var gate = new Gate();
        // Once it is here, the time of every call under way runs out.
        gate.WhenArrivedAsync().ContinueWith(_ => clock.TimeOut(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        return random.Next(2) == 0 ? Fault.Hold(gate) : Fault.Hold(gate).AfterWork();
    });

    private static Func<string, bool> Some(Random random)
    {
        int salt = random.Next(3);
        return id => (id.Sum(c => c) + salt) % 3 == 0;
    }

    private static Fault Shuffle(Random random)
    {
        int seed = random.Next();
        return Fault.FileList(entries =>
        {
            var shuffle = new Random(seed);
            FileEntry[] all = [.. entries, .. entries.Where(_ => shuffle.Next(4) == 0)];
            shuffle.Shuffle(all);
            return all.Where(_ => shuffle.Next(5) != 0);
        });
    }
}
