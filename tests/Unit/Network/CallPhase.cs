
namespace TcbPowerShell.Tests.Network;

/// <summary>How far a conversation comes before a server breaks it off.</summary>
internal enum CallPhase
{
    /// <summary>The connection is accepted; nothing is read from it.</summary>
    Accepted,

    /// <summary>The client's first bytes have come: the beginning of its TLS handshake.</summary>
    Greeted,

    /// <summary>The TLS handshake is complete.</summary>
    Secured,

    /// <summary>The headers of a request are read.</summary>
    HeadRead,

    /// <summary>The request is read to its end; nothing is deleted.</summary>
    BodyRead,

    /// <summary>The files are deleted; nothing is answered.</summary>
    WorkDone,

    /// <summary>The files are deleted; half the status line is sent.</summary>
    HalfStatusLine,

    /// <summary>The files are deleted; half the headers of the reply are sent.</summary>
    HalfHeaders,

    /// <summary>The files are deleted; the headers of the reply and half its body are sent.</summary>
    HalfBody,
}

/// <summary>How a server breaks a conversation off.</summary>
internal enum BreakOff
{
    /// <summary>It closes the connection in good order.</summary>
    Close,

    /// <summary>It resets the connection.</summary>
    Reset,

    /// <summary>It keeps the connection open and says nothing more.</summary>
    Stall,
}
