using TcbPowerShell.Tests.Infrastructure;

namespace TcbPowerShell.Tests.Help;

/// <summary>
/// The module as Get-Help has to see it: imported by a manifest, with the help beside that. This engine picks the net8.0 build from the staged
/// one; the other build needs a manifest of its own, in a folder with the staged help.
/// </summary>
internal static class HelpModule
{
    internal static readonly string[] Cultures = ["en-US", "zh-CN"];

    /// <summary>The cmdlets that have a page. CmdletHelpTests compares them with the module's.</summary>
    internal static readonly string[] Cmdlets =
        [.. Directory.EnumerateFiles(Pages("en-US"), "*-*.md").Select(path => System.IO.Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    private static readonly Lazy<string> DesktopManifest = new(MakeDesktopManifest);

    /// <summary>The path to import.</summary>
    internal static string Path => StagedModule.Framework == "net8.0" ? PowerShellSession.ModulePath : DesktopManifest.Value;

    /// <summary>The folder of the staged help: that of Chinese is zh, which each Chinese culture finds.</summary>
    internal static string Staged(string culture) => System.IO.Path.Combine(StagedModule.Folder, culture == "zh-CN" ? "zh" : culture);

    /// <summary>The folder of the pages.</summary>
    internal static string Pages(string culture) =>
        System.IO.Path.GetFullPath(System.IO.Path.Combine(StagedModule.TestSources, "../../docs", culture));

    private static string MakeDesktopManifest()
    {
        string folder = Directory.CreateTempSubdirectory("tcb-help-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        foreach (string culture in Cultures)
        {
            string staged = Staged(culture);
            string target = Directory.CreateDirectory(System.IO.Path.Combine(folder, System.IO.Path.GetFileName(staged))).FullName;
            foreach (string file in Directory.EnumerateFiles(staged))
                File.Copy(file, System.IO.Path.Combine(target, System.IO.Path.GetFileName(file)));
        }
        string manifest = System.IO.Path.Combine(folder, "TcbPowerShell.psd1");
        string exports = string.Join("', '", Cmdlets);
        File.WriteAllText(manifest, $"@{{ RootModule = '{StagedModule.AssemblyPath}'; ModuleVersion = '1.0'; CmdletsToExport = '{exports}' }}");
        return manifest;
    }
}
