using System.Net;
using TcbPowerShell.Tests.Infrastructure;
using static TcbPowerShell.Tests.Network.BreakOff;
using static TcbPowerShell.Tests.Network.CallPhase;
using static TcbPowerShell.Tests.Network.Truth;

namespace TcbPowerShell.Tests.Network;

/// <summary>Every way in which a call can fail. A doubt is right where the request was on its way and no answer says that nothing was done.</summary>
internal static class CallFailures
{
    private static readonly NetworkCredential Account = new("corp\\用户", "p@ss:w/ö%rd #?&\"\\");

    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(200);

    internal static IReadOnlyDictionary<string, CallFailure> All { get; } = Rows().ToDictionary(row => row.Name);

    /// <summary>Not one of them: the service answers, and the file does not exist.</summary>
    internal static CallFailure FileIsMissing { get; } = new("file is missing", "none", false, RequestArrived)
    {
        Fault = WireFault.Answer(WireReply.Deleted([FileIds.Of(1)], -503003, "storage file not exists")),
    };

    private static IEnumerable<CallFailure> Rows() =>
    [
        // No server.
        new("host not found", "HostNotFound", false, NothingArrived) { Destination = Destination.NoHost },
        new("connection refused", "ConnectionFailed", false, NothingArrived) { Destination = Destination.ClosedPort },
        new("never connects: connect timeout", "ConnectionFailed", false, NothingArrived) { Destination = Destination.FullBacklog, ConnectTimeout = Moment },
        new("never connects: request timeout", "TimedOut", false, NothingArrived) { Destination = Destination.FullBacklog },

        // TLS.
        new("certificate untrusted", "CertificateNotTrusted", false, NothingArrived) { Certificate = TestCertificates.Untrusted },
        new("certificate self-signed", "CertificateNotTrusted", false, NothingArrived) { Certificate = TestCertificates.SelfSigned },
        new("certificate expired", "CertificateNotTrusted", false, NothingArrived) { Certificate = TestCertificates.Expired },
        new("certificate not yet valid", "CertificateNotTrusted", false, NothingArrived) { Certificate = TestCertificates.NotYetValid },
        new("certificate of another host", "CertificateNotTrusted", false, NothingArrived) { Certificate = TestCertificates.OfAnotherHost },
        Cut("closed before TLS", false, NothingArrived, Accepted, Close),
        Cut("reset before TLS", false, NothingArrived, Accepted, Reset),
        Cut("closed in the TLS handshake", false, NothingArrived, Greeted, Close),
        Cut("reset in the TLS handshake", false, NothingArrived, Greeted, Reset),
        Cut("no TLS handshake: request timeout", false, NothingArrived, Accepted, Stall),
        Cut("no TLS handshake: connect timeout", false, NothingArrived, Accepted, Stall) with { Category = "ConnectionFailed", ConnectTimeout = Moment },
        Cut("plain text in place of TLS", false, NothingArrived, Greeted, Close, WireFault.At(Greeted, Close).In(new WireReply(400, "plain HTTP"))),

        // On the way to the service. Once the client has begun to write the body, it cannot know how much of it has arrived.
        Cut("closed after the TLS handshake", true, NothingArrived, Secured, Close),
        Cut("reset after the TLS handshake", true, NothingArrived, Secured, Reset),
        Cut("closed after the headers", true, HeadersArrived, HeadRead, Close),
        Cut("reset after the headers", true, HeadersArrived, HeadRead, Reset),
        Cut("stalled after the headers", true, HeadersArrived, HeadRead, Stall),
        Cut("closed after the body", true, RequestArrived, BodyRead, Close),
        Cut("reset after the body", true, RequestArrived, BodyRead, Reset),
        Cut("stalled after the body", true, RequestArrived, BodyRead, Stall),

        // On the way back.
        .. from phase in new[] { WorkDone, HalfStatusLine, HalfHeaders, HalfBody }
           from how in new[] { Close, Reset, Stall }
           select Cut($"{phase}, {how}", true, Deleted, phase, how),
        Cut("half a body without a length", true, Deleted, HalfBody, Close, WireFault.At(HalfBody, Close).In(new WireReply(200, "{\"errcode\":0,\"errmsg\":\"ok\",\"delete_list\":[]}") { HasLength = false }))
            with { Category = "Unreadable" },

        // Answers.
        .. from status in new[] { 301, 302, 307, 308, 400, 401, 403, 404, 410, 412, 413, 421, 431, 451, 511 }
           select Answered(status, "HttpRefused", false, RequestArrived),
        Answered(407, "ProxyLogInRefused", false, RequestArrived),
        Answered(429, "Throttled", false, RequestArrived),
        Answered(503, "Unavailable", false, RequestArrived),
        .. from status in new[] { 408, 500, 502, 504, 520, 599 }
           from truth in new[] { RequestArrived, Deleted }
           select Answered(status, "ServerError", true, truth),
        .. from status in new[] { 201, 204, 206 }
           select Answered(status, "Unreadable", true, Deleted),
        new("HTML with 200", "WebPage", true, Deleted) { Fault = WireFault.Answer(200).AfterWork() },
        new("empty 200", "Unreadable", true, Deleted) { Fault = WireFault.Answer(new WireReply(200, string.Empty)).AfterWork() },
        new("oversized body", "Unreadable", true, Deleted) { Fault = WireFault.Answer(new WireReply(200, new string(' ', 5_000_000))).AfterWork() },
        new("not HTTP", "ConnectionFailed", true, Deleted) { Fault = WireFault.Answer(new WireReply(200, string.Empty) { Protocol = "ICY" }).AfterWork() },

        // A proxy's tunnel.
        Tunnel(407, "ProxyLogInRefused"),
        .. from status in new[] { 302, 400, 403, 404 }
           select Tunnel(status, "ProxyRefused"),
        .. from status in new[] { 408, 429, 500, 502, 503, 504, 511 }
           select Tunnel(status, "ConnectionFailed"),
        new("CONNECT closed", "ConnectionFailed", false, NothingArrived) { Proxy = () => new HttpProxy(fault: WireFault.At(HeadRead, Close)) },
        new("CONNECT reset", "ConnectionFailed", false, NothingArrived) { Proxy = () => new HttpProxy(fault: WireFault.At(HeadRead, Reset)) },
        new("CONNECT stalled: request timeout", "TimedOut", false, NothingArrived) { Proxy = () => new HttpProxy(fault: WireFault.At(HeadRead, Stall)) },
        new("CONNECT stalled: connect timeout", "ConnectionFailed", false, NothingArrived)
        {
            Proxy = () => new HttpProxy(fault: WireFault.At(HeadRead, Stall)), ConnectTimeout = Moment,
        },
        new("CONNECT without a password", "ProxyLogInRefused", false, NothingArrived) { Proxy = () => new HttpProxy(Account) },
        new("CONNECT with a wrong password", "ProxyLogInRefused", false, NothingArrived)
        {
            Proxy = () => new HttpProxy(Account), Account = new NetworkCredential(Account.UserName, "wrong"), LogIns = 1,
        },
        new("certificate untrusted in a tunnel", "CertificateNotTrusted", false, NothingArrived) { Proxy = () => new HttpProxy(), Certificate = TestCertificates.Untrusted },
        new("reply lost in a tunnel", "ConnectionFailed", true, Deleted)
        {
            Proxy = () => new HttpProxy(Account), Account = Account, LogIns = 1, Fault = WireFault.At(WorkDone, Close),
        },

        // A proxy that passes plain HTTP on.
        new("proxy without a password", "ProxyLogInRefused", false, NothingArrived) { Proxy = () => new HttpProxy(Account), Certificate = null, Status = 407 },
        new("proxy with a wrong password", "ProxyLogInRefused", false, NothingArrived)
        {
            Proxy = () => new HttpProxy(Account), Account = new NetworkCredential(Account.UserName, "wrong"), LogIns = 1, Certificate = null, Status = 407,
        },
        new("proxy answers 403", "HttpRefused", false, NothingArrived) { Proxy = () => new HttpProxy(fault: WireFault.Answer(403)), Certificate = null, Status = 403 },
        new("proxy answers 502", "ServerError", true, NothingArrived) { Proxy = () => new HttpProxy(fault: WireFault.Answer(502)), Certificate = null, Status = 502 },
        new("proxy answers 504 after it has passed the request on", "ServerError", true, Deleted)
        {
            Proxy = () => new HttpProxy(fault: WireFault.Answer(504).AfterWork()), Certificate = null, Status = 504,
        },
        new("proxy loses the reply", "ConnectionFailed", true, Deleted) { Proxy = () => new HttpProxy(fault: WireFault.At(WorkDone, Close)), Certificate = null },
    ];

    private static CallFailure Cut(string name, bool doubt, Truth truth, CallPhase phase, BreakOff how, WireFault? fault = null) =>
        new(name, how == Stall ? "TimedOut" : "ConnectionFailed", doubt, truth) { Fault = fault ?? WireFault.At(phase, how) };

    private static CallFailure Tunnel(int status, string category) =>
        new($"CONNECT answered with {status}", category, false, NothingArrived) { Proxy = () => new HttpProxy(fault: WireFault.Answer(status)) };

    private static CallFailure Answered(int status, string failure, bool doubt, Truth truth)
    {
        WireFault fault = WireFault.Answer(status, "Location: /elsewhere", "Retry-After: 7");
        return new CallFailure($"{status}{(truth == Deleted ? " after the work" : string.Empty)}", failure, doubt, truth)
        {
            Fault = truth == Deleted ? fault.AfterWork() : fault,
            Status = status,
            RetryAfter = 7,
        };
    }
}
