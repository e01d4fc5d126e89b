namespace TcbPowerShell.Emulation;

/// <summary>How a reply reaches the client.</summary>
internal enum Delivery
{
    /// <summary>At once and complete.</summary>
    Whole,

    /// <summary>Not at all: the connection is reset.</summary>
    Drop,

    /// <summary>Not at all: the connection stays open and silent.</summary>
    Never,

    /// <summary>Half of it, then the end of the connection.</summary>
    Truncated,

    /// <summary>A byte at a time.</summary>
    Drip,

    /// <summary>Without end.</summary>
    Endless,
}
