using System.Xml.Linq;

namespace TcbPowerShell.Tests.Pester;

/// <summary>The result of one test.</summary>
/// <param name="Script">The script that it stands in.</param>
/// <param name="Name">Its name, with those of its Describe and Context blocks.</param>
/// <param name="Failure">Pester's message, if it failed.</param>
/// <param name="Skipped">The reason, if it was skipped.</param>
public sealed record PesterResult(string Script, string Name, string? Failure, string? Skipped)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Script}: {Name}";

    /// <summary>Reads the JUnit report of a run.</summary>
    internal static PesterResult[] Read(XDocument report) => [.. report.Descendants("testcase").Select(Read)];

    private static PesterResult Read(XElement test)
    {
        string? failure = (test.Element("failure") ?? test.Element("error")) is { } element ? $"{element.Attribute("message")?.Value}\n{element.Value}" : null;
        string? skipped = test.Element("skipped") is { } reason ? reason.Attribute("message")?.Value : null;
        return new PesterResult(Path.GetFileName(test.Attribute("classname")!.Value), test.Attribute("name")!.Value, failure, skipped);
    }
}
