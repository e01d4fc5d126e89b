using System.Collections.Concurrent;
using TcbPowerShell.Client;
using TcbPowerShell.Emulation;
using TcbPowerShell.Protocol;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Client;

/// <summary>The engine with a service behind it: an emulator over HTTP, or a handler without a network.</summary>
internal sealed class RemovalHarness : IDisposable
{
    internal const string Token = "marker-token+that/must=not-be-seen";

    /// <summary>Far beyond what anything here takes: a hang shall fail its test and not the run of all tests.</summary>
    internal static readonly TimeSpan Guard = TimeSpan.FromMinutes(1);

    private readonly HttpClient _http;
    private readonly TcbEmulator? _emulator;

    /// <summary>With an emulator.</summary>
    internal RemovalHarness(
        Func<EmulatorRequest, Fault?>? fault = null, EmulatorOptions? options = null, ManualClock? clock = null, AccessTokenSource? tokens = null)
    {
        _emulator = TcbEmulator.Start((options ?? new EmulatorOptions()) with { Fault = fault, AccessToken = Token });
        _http = TcbHttp.Create(null);
        Clock = clock ?? new ManualClock();
        Environment = Connect(_http, _emulator.Endpoint, Clock, tokens);
    }

    /// <summary>With a handler.</summary>
    internal RemovalHarness(HttpMessageHandler handler, ManualClock? clock = null, AccessTokenSource? tokens = null)
    {
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        Clock = clock ?? new ManualClock();
        Environment = Connect(_http, new Uri("https://host.example"), Clock, tokens);
    }

    /// <summary>With a client of one's own, and the server that it is for.</summary>
    internal RemovalHarness(HttpClient http, Uri endpoint, ManualClock clock)
    {
        _http = http;
        Clock = clock;
        Environment = Connect(http, endpoint, clock, null);
    }

    internal TcbEmulator Emulator => _emulator!;

    internal ManualClock Clock { get; }

    internal TcbEnvironment Environment { get; }

    internal static RemovalOptions Options(int batchSize = 50, int throttleLimit = 5, int retries = 5, bool ignoreMissing = false) => new()
    {
        BatchSize = batchSize,
        ThrottleLimit = throttleLimit,
        Retry = new RetryPolicy(retries, () => 0.5),
        IgnoreMissing = ignoreMissing,
        ShowTraffic = true,
    };

    internal CloudFileRemover Start(RemovalOptions options) => new(Environment, options);

    /// <summary>A whole run, as the cmdlet does it.</summary>
    internal Task<RemovalResult> RunAsync(RemovalOptions options, IEnumerable<string> fileIds) => OnThread(() =>
    {
        using CloudFileRemover remover = Start(options);
        var result = new RemovalResult();
        foreach (string fileId in fileIds)
        {
            remover.Add(fileId);
            if (!result.Drain(remover)) return result;
        }
        remover.Complete();
        result.Drain(remover);
        return result;
    });

    /// <summary>One delete call, without the engine.</summary>
    internal async Task DeleteAsync(string fileId)
    {
        var context = new TestContext();
        CallCredential credential = await Environment.GetCredentialAsync(context);
        await Environment.DeleteAsync(new DeleteRequest(FileIds.Environment, [fileId]), credential, context).WaitAsync(Guard);
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

/// <summary>What came out of a run.</summary>
internal sealed class RemovalResult
{
    private readonly ConcurrentQueue<RemovalEvent> _events = new();

    internal IReadOnlyList<RemovalEvent> Events => [.. _events];

    internal RemovalEvent.RunEnded? End => Events.OfType<RemovalEvent.RunEnded>().SingleOrDefault();

    internal IReadOnlyList<FileOutcome> Outcomes => [.. Events.OfType<RemovalEvent.FilesDone>().SelectMany(done => done.Files)];

    internal IEnumerable<string> Removed => Of(CloudFileRemovalOutcome.Removed);

    internal IEnumerable<string> AlreadyGone => Of(CloudFileRemovalOutcome.AlreadyGone);

    internal IReadOnlyList<string> Open => End?.OpenFileIds ?? [];

    internal IEnumerable<string> Failed(string kind) =>
        Outcomes.Where(outcome => outcome.Failure?.Kind.ToString() == kind).Select(outcome => outcome.FileId);

    /// <summary>Takes what has come, as the cmdlet does after each file.</summary>
    /// <returns>Whether the run goes on.</returns>
    internal bool Drain(CloudFileRemover remover)
    {
        while (remover.Next() is { } e)
        {
            _events.Enqueue(e);
            if (e is RemovalEvent.PipelineWork work) work.Run();
            if (e is RemovalEvent.RunEnded) return false;
        }
        return true;
    }

    /// <summary>Takes what comes until there is an event of a kind.</summary>
    internal void DrainUntil<T>(CloudFileRemover remover)
        where T : RemovalEvent =>
        Assert.True(SpinWait.SpinUntil(() => !Drain(remover) || Events.OfType<T>().Any(), RemovalHarness.Guard), $"no {typeof(T).Name} came");

    /// <summary>Each ID that went in has come out exactly once.</summary>
    internal void AssertOneOutcomeFor(IEnumerable<string> fileIds) =>
        Assert.Equal(fileIds.Order(StringComparer.Ordinal), Outcomes.Select(outcome => outcome.FileId).Concat(Open).Order(StringComparer.Ordinal));

    private IEnumerable<string> Of(CloudFileRemovalOutcome wanted) =>
        Outcomes.Where(outcome => outcome.Removal?.Outcome == wanted).Select(outcome => outcome.FileId);
}
