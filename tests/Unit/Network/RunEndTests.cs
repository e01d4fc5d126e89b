using System.Net;
using System.Security.Cryptography.X509Certificates;
using TcbPowerShell.Tests.Client.Http;
using TcbPowerShell.Tests.Client.Runs;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Network;

/// <summary>Faults that cannot pass end a run at once, while nothing has been accepted; a refused log-in does so always.</summary>
[Trait("rule", "10")]
public sealed class RunEndTests
{
    private const int ThrottleLimit = 5;

    private static readonly string[] Ids = FileIds.Range(100);

    public static TheoryData<string, string> Certificates => new()
    {
        { "untrusted", "the certificate of localhost is not trusted: it was issued by Another test authority (" },
        { "self-signed", "the certificate of localhost is not trusted: it was issued by localhost (" },
        { "expired", "the certificate of localhost has expired or is not valid yet: it is valid from 20" },
        { "not yet valid", "the certificate of localhost has expired or is not valid yet: it is valid from 20" },
        { "of another host", "the certificate of localhost was issued for another host name: other.example" },
    };

    [Theory]
    [MemberData(nameof(Certificates))]
    public async Task Run_BadCertificate_EndsAtOnceAndSaysWhichProblemItIs(string name, string text)
    {
        X509Certificate2 certificate = name switch
        {
            "untrusted" => TestCertificates.Untrusted,
            "self-signed" => TestCertificates.SelfSigned,
            "expired" => TestCertificates.Expired,
            "not yet valid" => TestCertificates.NotYetValid,
            _ => TestCertificates.OfAnotherHost,
        };
        await using var server = new TlsServer(certificate);

        EngineResult result = await RunAsync(server.Endpoint, null);

        Assert.StartsWith(text, result.End!.Reason.Message, StringComparison.Ordinal);
        AssertNothingWasDone(result, "CertificateNotTrusted");
        Assert.InRange(server.Connections, 1, ThrottleLimit);
    }

    [Fact]
    public async Task Run_ProxyRefusesTheTunnel_EndsAtOnce()
    {
        await using var proxy = new HttpProxy(fault: WireFault.Answer(403));

        EngineResult result = await RunAsync(new Uri($"https://{TestCertificates.Host}"), new WebProxy(proxy.Address));

        AssertNothingWasDone(result, "ProxyRefused");
        Assert.InRange(proxy.Requests, 1, ThrottleLimit);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_WrongPassword_LogsInOncePerBatchInFlightAtMost(bool isSecure)
    {
        await using var proxy = new HttpProxy(new NetworkCredential("user", "password"));
        var wrong = new WebProxy(proxy.Address) { Credentials = new NetworkCredential("user", "wrong") };

        EngineResult result = await RunAsync(new Uri($"{(isSecure ? "https" : "http")}://{TestCertificates.Host}"), wrong);

        AssertNothingWasDone(result, "ProxyRefused");
        Assert.InRange(proxy.LogIns, 1, ThrottleLimit);
    }

    [Fact]
    public async Task Run_HostDoesNotExist_EndsAtOnce()
    {
        EngineResult result = await RunAsync(CallTrial.UnknownHost, null);

        Assert.Equal($"the host name {CallTrial.UnknownHost.Host} was not found", result.End!.Reason.Message);
        AssertNothingWasDone(result, "ServiceUnreachable");
    }

    [Fact]
    public async Task Run_CertificateGoesBadAfterAnAcceptedRequest_IsWaitedOut_AndEndsTheRunAfterFiveMinutes()
    {
        await using var server = new TlsServer(TestCertificates.Good) { RequestsPerConnection = 1, LaterCertificate = TestCertificates.Untrusted };
        using var harness = new EngineHarness(TrustingClient.Create(null, null), server.Endpoint, new ManualClock());

        EngineResult result = await harness.RunAsync(EngineHarness.Options(batchSize: 10, throttleLimit: 1, retries: 3), Ids[..40]);

        Assert.Equal(("CertificateNotTrusted", false), (result.End!.ErrorId.ToString(), result.End.SomeInDoubt));
        Assert.Equal(Ids[..10], result.Outcomes.Select(outcome => outcome.FileId));
        Assert.Equal(Ids[10..30], result.Open);
    }

    private static async Task<EngineResult> RunAsync(Uri endpoint, WebProxy? proxy)
    {
        using var harness = new EngineHarness(TrustingClient.Create(proxy, null), endpoint, new ManualClock());
        return await harness.RunAsync(EngineHarness.Options(batchSize: 10, throttleLimit: ThrottleLimit), Ids);
    }

    private static void AssertNothingWasDone(EngineResult result, string errorId)
    {
        Assert.Equal((errorId, false), (result.End!.ErrorId.ToString(), result.End.SomeInDoubt));
        Assert.DoesNotContain(result.Events, e => e is TcbPowerShell.Client.Runs.RunEvent.RetryWaits);
    }
}
