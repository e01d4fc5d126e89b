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

    /// <summary>Its beginning, then the end of the connection.</summary>
    Truncated,

    /// <summary>Its beginning, then nothing more: the connection stays open and silent.</summary>
    Stalled,

    /// <summary>A byte at a time.</summary>
    Drip,

    /// <summary>Without end.</summary>
    Endless,
}
