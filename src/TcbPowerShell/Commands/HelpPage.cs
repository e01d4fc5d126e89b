
namespace TcbPowerShell.Commands;

/// <summary>Where the cmdlets' pages are to be read on the web: what <c>Get-Help -Online</c> opens.</summary>
internal static class HelpPage
{
    internal const string Folder = "https://github.com/TcbPowerShell/TcbPowerShell/blob/main/docs/en-US/";
}
