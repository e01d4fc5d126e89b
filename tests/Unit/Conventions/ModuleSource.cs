using System.Text.RegularExpressions;
using TcbPowerShell.Tests.Infrastructure;

namespace TcbPowerShell.Tests.Conventions;

/// <summary>One source file of the module.</summary>
internal sealed partial record ModuleSource(string Layer, string Name, string Text)
{
    /// <summary>The layers, and the rooms of Client: folders, and with <c>TcbPowerShell.</c> before them namespaces.</summary>
    internal static readonly string[] Layers =
        ["Commands", "Client.Runs", "Client.Storage", "Client.Journal", "Client", "Client.Tokens", "Client.Rate", "Client.Http", "Protocol", "Model", "Resources"];

    internal static readonly string Folder = Path.GetFullPath(Path.Combine(StagedModule.TestSources, "..", "..", "src", "TcbPowerShell"));

    internal static readonly ModuleSource[] All =
    [
        .. Directory.EnumerateFiles(Folder, "*.cs", SearchOption.AllDirectories)
            .Where(path => Path.GetRelativePath(Folder, path).Split(Path.DirectorySeparatorChar)[0] is not ("bin" or "obj"))
            .Select(path => new ModuleSource(
                Path.GetRelativePath(Folder, Path.GetDirectoryName(path)!).Replace(Path.DirectorySeparatorChar, '.'), Path.GetFileNameWithoutExtension(path), File.ReadAllText(path).ReplaceLineEndings("\n"))),
    ];

    internal string Namespace => NamespacePattern().Match(Text).Groups[1].Value;

    /// <summary>The types that stand in the file itself, not inside another one, in their order.</summary>
    internal (string Name, bool IsPublic, bool HasSummary)[] Types =>
    [
        .. TypePattern().Matches(Text).Select(match => (match.Groups["name"].Value, match.Groups["access"].Value == "public", match.Groups["summary"].Success)),
    ];

    /// <summary>
    /// Each layer may use itself and those behind it; the journal knows nothing of connections, tokens and rates.
    /// </summary>
    internal static bool MayUse(string layer, string used) =>
        Array.IndexOf(Layers, layer) <= Array.IndexOf(Layers, used)
        && !(layer == "Client.Journal" && used is "Client" or "Client.Tokens" or "Client.Rate");

    public override string ToString() => $"{Layer}/{Name}.cs";

    [GeneratedRegex("^namespace ([A-Za-z.]+);$", RegexOptions.Multiline)]
    private static partial Regex NamespacePattern();

    // With file-scoped namespaces, what is not indented is not nested.
    [GeneratedRegex("""
        ^(?<summary>///\ <summary>.*\n(?:///.*\n)*)?(?:\#.*\n)*(?:\[.*\n(?:\ +.*\n)*)*
        (?<access>public|internal)\ (?:(?:static|sealed|abstract|partial|readonly|ref)\ )*
        (?:class|struct|enum|interface|delegate\ \S+|record(?:\ class|\ struct)?)\ (?<name>\w+)
        """, RegexOptions.Multiline | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex TypePattern();
}
