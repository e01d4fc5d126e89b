namespace TcbPowerShell.Emulation;

/// <summary>One entry of the list in a request.</summary>
/// <param name="FileId">The file.</param>
/// <param name="MaxAge">How long its link is to be good, in seconds; 0 in a delete call.</param>
internal readonly record struct FileOrder(string FileId, int MaxAge);
