namespace TcbPowerShell.Help;

/// <summary>A page that is not what a page of help has to be.</summary>
/// <param name="path">The page.</param>
/// <param name="line">The line, from 1.</param>
/// <param name="message">The mistake.</param>
internal sealed class HelpSourceException(string path, int line, string message) : Exception(message)
{
    internal string Path { get; } = path;

    internal int Line { get; } = line;
}
