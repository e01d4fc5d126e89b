using System.Globalization;
using System.Net;
using System.Text;

namespace TcbPowerShell.Emulation;

/// <summary>
/// A fault in one call. One that replaces the reply (<see cref="Drop"/>, <see cref="Http"/>, <see cref="ErrorCode"/> …)
/// strikes before the work: nothing is deleted, unless <see cref="AfterWork"/> says otherwise. One that spoils the reply needs the work
/// and always does it.
/// </summary>
public sealed partial record Fault
{
    private Fault(string name) => Name = name;

    /// <summary>The name that the log shows.</summary>
    public string Name { get; private init; }

    internal bool IsAfterWork { get; private init; }

    internal TimeSpan Pause { get; private init; }

    internal Gate? Gate { get; private init; }

    internal Reply? Instead { get; private init; }

    internal TcbError? Refusal { get; private init; }

    internal Func<string, FileEntry?>? Entry { get; private init; }

    internal Func<IReadOnlyList<FileEntry>, IEnumerable<FileEntry>>? List { get; private init; }

    internal Func<string, string>? Text { get; private init; }

    internal Delivery Delivery { get; private init; }

    internal TimeSpan DripPause { get; private init; }

    /// <summary>How many bytes of a reply come that is cut off; half of them where nothing is given.</summary>
    internal long? CutAfter { get; private init; }

    /// <summary>Whether only the object storage replies like this, and none of the service's calls.</summary>
    internal bool IsOfStorage { get; private init; }

    internal bool ReplacesReply =>
        Instead is not null || Refusal is not null || Delivery is Delivery.Drop or Delivery.Never or Delivery.Endless;

    /// <summary>The connection is reset instead of a reply.</summary>
    public static Fault Drop { get; } = new("drop") { Delivery = Delivery.Drop };

    /// <summary>No reply ever, until the client leaves or the emulator stops.</summary>
    public static Fault NoAnswer { get; } = new("no-answer") { Delivery = Delivery.Never };

    /// <summary>The reply breaks off in the middle: its Content-Length promises more than comes.</summary>
    public static Fault Truncate { get; } = new("truncate") { Delivery = Delivery.Truncated };

    /// <summary>The reply breaks off after so many bytes.</summary>
    public static Fault Cut(long after) => new(Invariant($"cut-{after}")) { Delivery = Delivery.Truncated, CutAfter = after };

    /// <summary>After so many bytes nothing more comes, until the client leaves or the emulator stops.</summary>
    public static Fault Stall(long after) => new(Invariant($"stall-{after}")) { Delivery = Delivery.Stalled, CutAfter = after };

    /// <summary>A reply that never ends.</summary>
    public static Fault Endless { get; } = new("endless") { Delivery = Delivery.Endless };

    /// <summary>HTTP 200 with errcode 45011: the limit of the minute is reached.</summary>
    public static Fault Throttle { get; } = ErrorCode(45011);

    /// <summary>HTTP 200 with errcode -501004: too many requests at once.</summary>
    public static Fault TooManyAtOnce { get; } = ErrorCode(-501004);

    /// <summary>The reply comes a byte at a time.</summary>
    public static Fault Drip(TimeSpan between) => new("drip") { Delivery = Delivery.Drip, DripPause = between };

    /// <summary>All goes well, later: before the work, or with <see cref="AfterWork"/> between the work and its reply.</summary>
    public static Fault Delay(TimeSpan pause) => new("delay") { Pause = pause };

    /// <summary>All goes well once the gate lets the request through; <see cref="AfterWork"/> as with <see cref="Delay"/>.</summary>
    public static Fault Hold(Gate gate) => new("hold") { Gate = gate };

    /// <summary>A business error, with the service's own text unless there is another one.</summary>
    public static Fault ErrorCode(int code, string? message = null) =>
        new(Invariant($"errcode-{code}")) { Refusal = message is null ? TcbError.Of(code) : new TcbError(code, message) };

    /// <summary>Another HTTP status than 200, as a gateway or a proxy gives it.</summary>
    public static Fault Http(int status, string body = "", string? retryAfter = null, string contentType = "text/html") =>
        new(Invariant($"http-{status}"))
        {
            Instead = new Reply(Encoding.UTF8.GetBytes(body))
            {
                Status = status,
                ContentType = body.Length == 0 ? null : contentType,
                RetryAfter = retryAfter,
            },
        };

    /// <summary>An error of COS, for the pages of a listing and for downloads: 503 <c>SlowDown</c>, 403 <c>AccessDenied</c>.</summary>
    public static Fault Cos(int status, string code) => new(Invariant($"cos-{code}"))
    {
        Instead = new Reply(Answer.Of(new CosError(status, code, code)).Body) { Status = status, ContentType = "application/xml" },
        IsOfStorage = true,
    };

    /// <summary>A redirect.</summary>
    public static Fault Redirect(Uri location, HttpStatusCode status = HttpStatusCode.Found) =>
        new("redirect") { Instead = new Reply(default(ReadOnlyMemory<byte>)) { Status = (int)status, Location = location } };

    /// <summary>HTTP 200 with these bytes, whatever they are.</summary>
    public static Fault Body(byte[] body, string contentType = "application/json; encoding=utf-8") =>
        new("body") { Instead = new Reply(body) { ContentType = contentType } };

    /// <summary>HTTP 200 with this text.</summary>
    public static Fault Body(string body) => Body(Encoding.UTF8.GetBytes(body));

    /// <summary>The same fault, but the work is done first.</summary>
    public Fault AfterWork() => IsAfterWork ? this : this with { Name = Name + "-after", IsAfterWork = true };

    /// <summary>The same fault, once the gate lets the request through.</summary>
    public Fault HeldBy(Gate gate) => this with { Gate = gate };

    /// <summary>The same fault, after a pause.</summary>
    public Fault DelayedBy(TimeSpan pause) => this with { Pause = pause };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
