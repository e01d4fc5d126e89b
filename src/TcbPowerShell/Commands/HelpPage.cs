
namespace TcbPowerShell.Commands;

/// <summary>The address of the cmdlets' pages, which <c>Get-Help -Online</c> opens.</summary>
internal static class HelpPage
{
    internal const string Folder = "https://github.com/TcbPowerShell/TcbPowerShell/blob/main/docs/en-US/";
}
