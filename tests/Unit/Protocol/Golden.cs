using TcbPowerShell.Protocol;
using TcbPowerShell.Tests.Infrastructure;

namespace TcbPowerShell.Tests.Protocol;

/// <summary>The wire's shapes, each in a file of its own; the replies are to <see cref="Request"/>.</summary>
internal static class Golden
{
    internal const string A = "cloud://test2-4a89da.7465-test2-4a89da/A.png";
    internal const string B = "cloud://test2-4a89da.7465-test2-4a89da/文件 1+2&3.png";
    internal const string C = "cloud://test2-4a89da.7465-test2-4a89da/c\"d\\e.png";

    internal static readonly string[] Request = [A, B, C];

    private static readonly string Folder = Path.Combine(StagedModule.TestSources, "Protocol", "Golden");

    internal static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(Folder, name + ".json"));

    internal static IEnumerable<string> Names(params string[] prefixes) =>
        Directory.EnumerateFiles(Folder, "*.json").Select(path => Path.GetFileNameWithoutExtension(path))
            .Where(name => prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))).Order(StringComparer.Ordinal);

    /// <summary>Reads a reply to a delete call.</summary>
    internal static BatchReply ReadReply(byte[] utf8, string[]? fileIds = null, Func<string, string>? redact = null) =>
        BatchReply.Read(utf8, "delete_list", fileIds ?? Request, redact ?? (text => text));

    /// <summary>The answer of the reply about each file; "-" if there is none.</summary>
    internal static string Describe(BatchReply reply) =>
        string.Join(' ', reply.Answers.Select(answer => answer.IsGiven ? answer.Status.ToString() : "-"));
}
