
namespace TcbPowerShell.Tests.Network;

/// <summary>The fault of a server or a proxy.</summary>
internal sealed record WireFault
{
    /// <summary>The point at which it breaks the conversation off; null if it answers.</summary>
    internal CallPhase? Phase { get; private init; }

    /// <summary>How it breaks off.</summary>
    internal BreakOff How { get; private init; }

    /// <summary>Its answer in place of the service's reply.</summary>
    internal WireReply? Reply { get; private init; }

    /// <summary>Whether it deletes the files before it answers.</summary>
    internal bool Deletes { get; private init; }

    /// <summary>Breaks off.</summary>
    internal static WireFault At(CallPhase phase, BreakOff how) => new() { Phase = phase, How = how, Deletes = phase >= CallPhase.WorkDone };

    /// <summary>Answers something else.</summary>
    internal static WireFault Answer(WireReply reply) => new() { Reply = reply };

    /// <summary>Answers with a status and a page, as gateways do.</summary>
    internal static WireFault Answer(int status, params string[] headers) => Answer(new WireReply(status, "<html>no</html>", headers));

    /// <summary>The same after the files are deleted.</summary>
    internal WireFault AfterWork() => this with { Deletes = true };

    /// <summary>The same in another reply, of which it sends the part that belongs to its phase.</summary>
    internal WireFault In(WireReply reply) => this with { Reply = reply };
}
