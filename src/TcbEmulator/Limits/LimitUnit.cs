namespace TcbPowerShell.Emulation;

/// <summary>The unit that a limit counts.</summary>
internal enum LimitUnit
{
    /// <summary>Calls in each second, as a token bucket.</summary>
    PerSecond,

    /// <summary>Calls in each minute, as a fixed window.</summary>
    PerMinute,

    /// <summary>Calls in progress.</summary>
    AtOnce,
}
