using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Journal;

/// <summary>Why a journal cannot be used, where the file system has no complaint.</summary>
/// <param name="text">The reason.</param>
internal sealed class JournalFault(UserText text) : IOException(text.ToString())
{
    /// <summary>The reason, to be shown in the language of the session.</summary>
    internal UserText Text => text;
}
