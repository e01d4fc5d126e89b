using System.Net;
using TcbPowerShell.Client.Journal;
using TcbPowerShell.Protocol;
using TcbPowerShell.Tests.Client.Http;
using TcbPowerShell.Tests.Client.Runs;
using TcbPowerShell.Tests.Infrastructure;

namespace TcbPowerShell.Tests.Network;

/// <summary>A client of the module, and what is between it and the service in one failure.</summary>
internal sealed class CallTrial : IAsyncDisposable
{
    /// <summary>A name that is too long to be one: no name server needs to be asked, so that the tests pass offline.</summary>
    internal static readonly Uri UnknownHost = new($"https://{string.Join('.', Enumerable.Repeat(new string('x', 63), 3))}.{new string('x', 62)}");

    private readonly CallFailure _failure;
    private readonly TlsServer _server;
    private readonly HttpProxy? _proxy;
    private readonly DeadPort? _deadPort;
    private readonly EngineHarness _harness;

    /// <param name="failure">The failure.</param>
    /// <param name="isRun">Whether the client is a whole run, whose call nobody can see begin.</param>
    internal CallTrial(CallFailure failure, bool isRun = false)
    {
        _failure = failure;
        _server = new TlsServer(failure.Certificate, _ => failure.Fault);
        _proxy = failure.Proxy?.Invoke();
        if (failure.Destination is Destination.ClosedPort or Destination.FullBacklog) _deadPort = new DeadPort(refuses: failure.Destination == Destination.ClosedPort);
        WebProxy? proxy = _proxy is null ? null : new WebProxy(_proxy.Address) { Credentials = failure.Account };
        _harness = new EngineHarness(
            TrustingClient.Create(proxy, failure.ConnectTimeout),
            Endpoint,
            new ManualClock { TimesOutAtOnce = isRun && TimesOut && _deadPort is not null });
    }

    /// <summary>How far the call came.</summary>
    internal Truth Truth => _server.Calls.Select(call => call.Truth).SingleOrDefault();

    /// <summary>How often the client logged in at the proxy.</summary>
    internal int LogIns => _proxy?.LogIns ?? 0;

    private bool TimesOut => _failure.Category == nameof(FailureCategory.TimedOut);

    private Uri Endpoint => _failure.Destination switch
    {
        Destination.NoHost => UnknownHost,
        Destination.ClosedPort or Destination.FullBacklog => new Uri($"https://127.0.0.1:{_deadPort!.Port}"),
        // Some clients bypass a proxy for localhost. The other name is one that only the proxy can reach.
        _ => new Uri($"{_server.Scheme}://{(_proxy is null ? "localhost" : TestCertificates.Host)}:{_server.Port}"),
    };

    /// <summary>Makes one call.</summary>
    internal async Task CallAsync()
    {
        Task call = _harness.DeleteAsync(FileIds.Of(1));
        await TimeOutAsync(call);
        await call;
    }

    /// <summary>Makes a run of it, without retries.</summary>
    internal async Task<EngineResult> RunAsync(RemovalJournal journal)
    {
        Task<EngineResult> run = _harness.RunAsync(EngineHarness.Options(retries: 0) with { Journal = journal }, [FileIds.Of(1)]);
        await TimeOutAsync(run);
        return await run;
    }

    public async ValueTask DisposeAsync()
    {
        _harness.Dispose();
        _deadPort?.Dispose();
        await _server.DisposeAsync();
        if (_proxy is not null) await _proxy.DisposeAsync();
    }

    // If the failure is a missing answer, the timeout ends once the client waits for it.
    private async Task TimeOutAsync(Task call)
    {
        if (!TimesOut) return;
        if (_deadPort is null) await Task.WhenAny(call, _server.WhenStalled, _proxy?.WhenStalled ?? call);
        // A run asks again and again, if nothing was sent.
        _harness.Clock.TimesOutAtOnce = true;
        _harness.Clock.TimeOut();
    }
}
