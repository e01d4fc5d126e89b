using System.Collections.Concurrent;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Runs;
using TcbPowerShell.Client.Tokens;
using TcbPowerShell.Emulation;
using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Tests.Client.Http;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Client.Runs;

/// <summary>The engine with a service behind it: an emulator over HTTP, or a handler without a network.</summary>
internal sealed class EngineHarness : IDisposable
{
    internal const string Token = "marker-token+that/must=not-be-seen";

    /// <summary>Far beyond what anything here takes: a hang shall fail its test and not the run of all tests.</summary>
    internal static readonly TimeSpan Guard = TimeSpan.FromMinutes(1);

    private readonly HttpClient _http;
    private readonly TcbEmulator? _emulator;

    /// <summary>With an emulator.</summary>
    internal EngineHarness(
        Func<EmulatorRequest, Fault?>? fault = null, EmulatorOptions? options = null, ManualClock? clock = null, AccessTokenSource? tokens = null)
    {
        _emulator = TcbEmulator.Start((options ?? new EmulatorOptions()) with { Fault = fault, AccessToken = Token });
        _http = HttpClientFactory.Create(null);
        Clock = clock ?? new ManualClock();
        Environment = Connect(_http, _emulator.Endpoint, Clock, tokens);
    }

    /// <summary>With a handler.</summary>
    internal EngineHarness(HttpMessageHandler handler, ManualClock? clock = null, AccessTokenSource? tokens = null)
    {
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        Clock = clock ?? new ManualClock();
        Environment = Connect(_http, new Uri("https://host.example"), Clock, tokens);
    }

    /// <summary>With a client of one's own, and the server that it is for.</summary>
    internal EngineHarness(HttpClient http, Uri endpoint, ManualClock clock)
    {
        _http = http;
        Clock = clock;
        Environment = Connect(http, endpoint, clock, null);
    }

    internal TcbEmulator Emulator => _emulator!;

    internal ManualClock Clock { get; }

    internal TcbEnvironment Environment { get; }

    internal static RunOptions Options(int batchSize = 50, int throttleLimit = 5, int retries = 5) => new()
    {
        BatchSize = batchSize,
        ThrottleLimit = throttleLimit,
        Retry = new RetryPolicy(retries, () => 0.5),
        ShowTraffic = true,
    };

    internal FileRun Start(RunOptions options, bool ignoreMissing = false) => new(Environment, new RemoveOperation(ignoreMissing), options);

    /// <summary>A whole run, as the cmdlet does it.</summary>
    internal Task<EngineResult> RunAsync(RunOptions options, IEnumerable<string> fileIds, bool ignoreMissing = false) =>
        RunAsync(Start(options, ignoreMissing), fileIds);

    /// <summary>The same with an engine that has been started. It is disposed afterwards.</summary>
    internal static Task<EngineResult> RunAsync(FileRun started, IEnumerable<string> fileIds) => OnThread(() =>
    {
        using FileRun engine = started;
        var result = new EngineResult();
        foreach (string fileId in fileIds)
        {
            engine.Add(fileId);
            if (!result.Drain(engine)) return result;
        }
        engine.Complete();
        result.Drain(engine);
        return result;
    });

    /// <summary>One delete call, without the engine.</summary>
    internal async Task DeleteAsync(string fileId)
    {
        var context = new TestContext();
        CallCredential credential = await Environment.GetCredentialAsync(context);
        byte[] body = BatchRequest.ForDelete(FileIds.Environment, [fileId]);
        await Environment.PostAsync("batchdeletefile", body, (reply, redact) => BatchReply.Read(reply, "delete_list", [fileId], redact), credential, context)
            .WaitAsync(Guard);
    }

    /// <summary>On a thread of its own, since the engine's caller is one that may block.</summary>
    internal static Task<T> OnThread<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).WaitAsync(Guard);

    public void Dispose()
    {
        _http.Dispose();
        _emulator?.Dispose();
    }

    private static TcbEnvironment Connect(HttpClient http, Uri endpoint, Clock clock, AccessTokenSource? tokens) =>
        new(FileIds.Environment, endpoint, tokens ?? new FixedAccessToken(TcbAuthentication.AccessToken, Token),
            new TcbClient(http, endpoint, TimeSpan.FromSeconds(30), clock));
}

/// <summary>The events and outcomes of a run.</summary>
internal sealed class EngineResult
{
    private readonly ConcurrentQueue<RunEvent> _events = new();

    internal IReadOnlyList<RunEvent> Events => [.. _events];

    internal RunEvent.RunEnded? End => Events.OfType<RunEvent.RunEnded>().SingleOrDefault();

    internal IReadOnlyList<PendingFile> Outcomes => [.. Events.OfType<RunEvent.FilesDone>().SelectMany(done => done.Files)];

    internal IEnumerable<string> Removed => Of(CloudFileRemovalOutcome.Removed);

    internal IEnumerable<string> AlreadyGone => Of(CloudFileRemovalOutcome.AlreadyGone);

    internal IReadOnlyList<string> Open => End?.OpenFileIds ?? [];

    internal IEnumerable<string> Failed(string kind) =>
        Outcomes.Where(outcome => outcome.Failure?.ErrorId.ToString() == kind).Select(outcome => outcome.FileId);

    /// <summary>Takes what has come, as the cmdlet does after each file.</summary>
    /// <returns>Whether the run goes on.</returns>
    internal bool Drain(FileRun engine)
    {
        while (engine.Next() is { } e)
        {
            // How often it comes depends on the machine.
            if (e is not RunEvent.Heartbeat) _events.Enqueue(e);
            if (e is RunEvent.RunEnded) return false;
        }
        return true;
    }

    /// <summary>Takes the next event.</summary>
    internal RunEvent? TakeOne(FileRun engine)
    {
        RunEvent? next = engine.Next();
        if (next is not (null or RunEvent.Heartbeat)) _events.Enqueue(next);
        return next;
    }

    /// <summary>Takes what comes until there is an event of a kind.</summary>
    internal void DrainUntil<T>(FileRun engine)
        where T : RunEvent =>
        Assert.True(SpinWait.SpinUntil(() => !Drain(engine) || Events.OfType<T>().Any(), EngineHarness.Guard), $"no {typeof(T).Name} came");

    /// <summary>Each ID that went in has come out exactly once.</summary>
    internal void AssertOneOutcomeFor(IEnumerable<string> fileIds) =>
        Assert.Equal(fileIds.Order(StringComparer.Ordinal), Outcomes.Select(outcome => outcome.FileId).Concat(Open).Order(StringComparer.Ordinal));

    private IEnumerable<string> Of(CloudFileRemovalOutcome wanted) =>
        Outcomes.Where(outcome => outcome.Removal?.Outcome == wanted).Select(outcome => outcome.FileId);
}

/// <summary>Shorter forms of what the tests read from a run.</summary>
internal static class EngineShortcuts
{
    extension(PendingFile outcome)
    {
        internal CloudFileRemoval? Removal => (CloudFileRemoval?)outcome.Result;
    }

    extension(TcbException failure)
    {
        /// <summary>The error that ends the run at once; null for a failure that does not.</summary>
        internal ErrorId? EndsRunAs => failure.Rule.Ends == Ending.AtOnce || failure.Category is null ? failure.ErrorId : null;
    }

    /// <summary>Adds an ID that is known to be well formed.</summary>
    internal static void Add(this FileRun engine, string fileId)
    {
        Assert.True(CloudFileId.TryParse(fileId, null, out CloudFileId id, out _), fileId);
        engine.Add(id);
    }
}
