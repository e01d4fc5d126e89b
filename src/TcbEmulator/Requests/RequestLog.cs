namespace TcbPowerShell.Emulation;

/// <summary>The requests that came in. Counts are of delete and look-up calls together unless they say otherwise. Safe to read at any time from any thread.</summary>
public sealed class RequestLog
{
    private readonly LogDetail _detail;
    private readonly Action<EmulatorRequest>? _completed;
    private readonly Lock _lock = new();
    private readonly List<EmulatorRequest> _requests = [];
    private readonly Dictionary<(RequestKind Kind, string FileId), int> _timesSent = [];
    private readonly SortedDictionary<int, int> _batchSizes = [];
    private readonly int[] _counts = new int[Enum.GetValues<RequestKind>().Length];
    private int _inFlight;
    private int _peakInFlight;
    private int _turnedAway;
    private int _connections;
    private int _openConnections;
    private TaskCompletionSource? _changed;

    internal RequestLog(EmulatorOptions options)
    {
        _detail = options.Detail;
        _completed = options.RequestCompleted;
    }

    /// <summary>How many calls came in.</summary>
    public int Count => Read(() => _counts[(int)RequestKind.Delete] + _counts[(int)RequestKind.Lookup]);

    /// <summary>How many token calls came in.</summary>
    public int TokenCallCount => CountOf(RequestKind.Token);

    /// <summary>Calls that have no reply yet.</summary>
    public int InFlight => Read(() => _inFlight);

    /// <summary>
    /// The most calls that were in flight at once. One that its client gave up counts until the server notices, a moment later.
    /// </summary>
    public int PeakInFlight => Read(() => _peakInFlight);

    /// <summary>How many were turned away by a limit.</summary>
    public int TurnedAwayCount => Read(() => _turnedAway);

    /// <summary>Connections opened since the start.</summary>
    public int ConnectionCount => Read(() => _connections);

    /// <summary>Connections open now, idle ones too.</summary>
    public int OpenConnectionCount => Read(() => _openConnections);

    /// <summary>How many calls had how many files.</summary>
    public IReadOnlyDictionary<int, int> BatchSizes => Read(() => new SortedDictionary<int, int>(_batchSizes));

    /// <summary>All requests so far, in the order of their arrival; those in flight have no outcome yet.</summary>
    public IReadOnlyList<EmulatorRequest> Snapshot() => Read(() => _requests.ToArray());

    /// <summary>How many requests of this kind came in.</summary>
    public int CountOf(RequestKind kind) => Read(() => _counts[(int)kind]);

    /// <summary>How many calls of this kind named the file.</summary>
    public int TimesSent(string fileId, RequestKind kind = RequestKind.Delete) => Read(() => _timesSent.GetValueOrDefault((kind, fileId)));

    /// <summary>Completes once the condition holds; it is looked at again whenever a request or a connection comes or ends.</summary>
    public async Task WhenAsync(Func<RequestLog, bool> condition, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(condition);
        while (true)
        {
            // The signal first, then the look: a change in between is not lost.
            Task changed = Read(() => _changed ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            if (condition(this))
                return;

            await changed.WaitAsync(cancellationToken);
        }
    }

    internal void Begin(EmulatorRequest request) => Change(() =>
    {
        request.Ordinal = ++_counts[(int)request.Kind];
        if (request.TakesFiles)
        {
            _peakInFlight = Math.Max(_peakInFlight, ++_inFlight);
            _batchSizes[request.FileCount] = _batchSizes.GetValueOrDefault(request.FileCount) + 1;
        }

        if (_detail == LogDetail.FileIds)
            request.Attempt = CountFiles(request);

        if (_detail != LogDetail.Counts)
            _requests.Add(request);
    });

    /// <summary>Called before the reply leaves: who has the reply finds its outcome here, and the request no longer in flight.</summary>
    internal void Complete(EmulatorRequest request, RequestOutcome outcome)
    {
        Change(() =>
        {
            request.Outcome = outcome;
            if (outcome.Limit is not null)
                _turnedAway++;

            if (request.TakesFiles)
                _inFlight--;
        });

        _completed?.Invoke(request);
        if (_detail != LogDetail.FileIds)
            request.FileIds = [];
    }

    internal void ConnectionOpened() => Change(() =>
    {
        _connections++;
        _openConnections++;
    });

    internal void ConnectionClosed() => Change(() => _openConnections--);

    private int CountFiles(EmulatorRequest request)
    {
        int most = 1;
        foreach (string fileId in request.FileIds)
            most = Math.Max(most, _timesSent[(request.Kind, fileId)] = _timesSent.GetValueOrDefault((request.Kind, fileId)) + 1);

        return most;
    }

    private T Read<T>(Func<T> read)
    {
        lock (_lock)
            return read();
    }

    private void Change(Action change)
    {
        lock (_lock)
        {
            change();
            _changed?.TrySetResult();
            _changed = null;
        }
    }
}
