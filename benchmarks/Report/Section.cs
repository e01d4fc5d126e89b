namespace TcbPowerShell.Benchmarks;

/// <summary>A part of the table.</summary>
/// <param name="Title">What it is about.</param>
/// <param name="Figures">Its lines.</param>
internal sealed record Section(string Title, IReadOnlyList<Figure> Figures);
