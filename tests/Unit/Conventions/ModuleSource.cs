using System.Text.RegularExpressions;
using TcbPowerShell.Tests.Infrastructure;

namespace TcbPowerShell.Tests.Conventions;

/// <summary>One source file of the module.</summary>
/// <param name="Folder">Its folder below the module's, for example <c>Client/Batches</c>.</param>
/// <param name="Name">Its name without the ending.</param>
/// <param name="Text">What stands in it.</param>
internal sealed partial record ModuleSource(string Folder, string Name, string Text)
{
    /// <summary>The layers, each of which may use itself and those behind it.</summary>
    internal static readonly string[] Layers = ["Commands", "Client", "Protocol", "Model"];

    internal static readonly string Root = Path.GetFullPath(Path.Combine(StagedModule.TestSources, "..", "..", "src", "TcbPowerShell"));

    internal static readonly ModuleSource[] All =
    [
        .. Directory.EnumerateFiles(Root, "*.cs", SearchOption.AllDirectories)
            .Where(path => Path.GetRelativePath(Root, path).Split(Path.DirectorySeparatorChar)[0] is not ("bin" or "obj"))
            .Select(path => new ModuleSource(
                Path.GetRelativePath(Root, Path.GetDirectoryName(path)!).Replace('\\', '/'), Path.GetFileNameWithoutExtension(path), File.ReadAllText(path).ReplaceLineEndings("\n"))),
    ];

    /// <summary>The layer: the first part of the folder.</summary>
    internal string Layer => Folder.Split('/')[0];

    internal string Namespace => NamespacePattern().Match(Text).Groups[1].Value;

    /// <summary>The types that stand in the file itself, not inside another one, in their order.</summary>
    internal (string Name, bool IsPublic, bool HasSummary)[] Types =>
    [
        .. TypePattern().Matches(Text).Select(match => (match.Groups["name"].Value, match.Groups["access"].Value == "public", match.Groups["summary"].Success)),
    ];

    public override string ToString() => $"{Folder}/{Name}.cs";

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
