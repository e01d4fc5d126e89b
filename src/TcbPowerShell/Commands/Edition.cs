
namespace TcbPowerShell.Commands;

/// <summary>Which PowerShell this build of the module is for.</summary>
internal static class Edition
{
    /// <summary>Whether it is Windows PowerShell.</summary>
#if NETSTANDARD
    internal const bool IsDesktop = true;
#else
    internal const bool IsDesktop = false;
#endif
}
