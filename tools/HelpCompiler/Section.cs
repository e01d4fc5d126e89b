using Markdig.Syntax;

namespace TcbPowerShell.Help;

/// <summary>A heading with all that stands under it.</summary>
/// <param name="Path">The page.</param>
/// <param name="Line">The heading's line, from 1.</param>
/// <param name="Title">The heading, as plain text.</param>
/// <param name="Level">1 for <c>#</c>.</param>
internal sealed record Section(string Path, int Line, string Title, int Level)
{
    /// <summary>The text between the heading and the next one.</summary>
    internal List<Block> Blocks { get; } = [];

    /// <summary>The headings one level down.</summary>
    internal List<Section> Sections { get; } = [];

    /// <summary>The section of that title, which has to be there.</summary>
    internal Section this[string title] =>
        Find(title) ?? throw new HelpSourceException(Path, Line, $"there is no '{title}' under '{Title}'");

    /// <summary>The section of that title; null where there is none.</summary>
    internal Section? Find(string title) => Sections.Find(section => section.Title == title);

    /// <summary>The section's own text, a string for each paragraph.</summary>
    internal string[] Paragraphs() => [.. Blocks.Select(PlainText.Of)];

    internal HelpSourceException Wrong(string message) => new(Path, Line, message);
}
