using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Conventions;

/// <summary>
/// The content of the staged module. powershell.exe takes no binding redirects, so on Windows PowerShell each reference must name exactly the
/// version that lies beside it.
/// </summary>
public sealed class StagedFolderTests
{
    private static readonly string Desktop = Path.Combine(StagedModule.Folder, "netstandard2.0");

    /// <summary>Assemblies that the engine and the framework bring.</summary>
    private static readonly string[] Provided = ["netstandard", "System.Management.Automation"];

    [Fact]
    public void Desktop_EachReference_HasExactlyTheVersionBesideIt()
    {
        List<string> wrong = [];
        foreach (string path in Directory.EnumerateFiles(Desktop, "*.dll"))
        {
            foreach (AssemblyName reference in References(path))
            {
                string beside = Path.Combine(Desktop, reference.Name + ".dll");
                if (File.Exists(beside) ? AssemblyName.GetAssemblyName(beside).Version != reference.Version : !Provided.Contains(reference.Name))
                    wrong.Add($"{Path.GetFileName(path)} wants {reference}");
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void Desktop_EachFile_IsNeeded()
    {
        var needed = new HashSet<string>(["TcbPowerShell"]);
        var open = new Queue<string>(needed);
        while (open.TryDequeue(out string? name))
        {
            string path = Path.Combine(Desktop, name + ".dll");
            if (!File.Exists(path)) continue;
            foreach (AssemblyName reference in References(path))
            {
                if (!Provided.Contains(reference.Name) && needed.Add(reference.Name!)) open.Enqueue(reference.Name!);
            }
        }

        Assert.Equal(needed.Order(), Directory.EnumerateFiles(Desktop).Select(path => Path.GetFileNameWithoutExtension(path)).Order());
    }

    [Fact]
    public void Core_HoldsTheModuleAlone()
    {
        string core = Path.Combine(StagedModule.Folder, "net8.0");

        Assert.Equal(["TcbPowerShell.dll", "zh"], Directory.EnumerateFileSystemEntries(core).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        // Nothing but the runtime of .NET 8 and the engine.
        Assert.All(References(Path.Combine(core, "TcbPowerShell.dll")), reference =>
            Assert.True(reference.Name == "System.Management.Automation" || reference.Version == new Version(8, 0, 0, 0), reference.ToString()));
    }

    [Theory]
    [InlineData("net8.0")]
    [InlineData("netstandard2.0")]
    public void EachBuild_HasItsChineseTexts(string framework)
    {
        string folder = Path.GetFullPath(Path.Combine(StagedModule.Folder, framework));
        string texts = Assert.Single(Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories), file => Path.GetDirectoryName(file) != folder);

        Assert.Equal(Path.Combine(folder, "zh", "TcbPowerShell.resources.dll"), texts);
        // The runtime takes a satellite of the assembly's own version and no other.
        AssemblyName name = AssemblyName.GetAssemblyName(texts);
        Assert.Equal(("zh", AssemblyName.GetAssemblyName(Path.Combine(folder, "TcbPowerShell.dll")).Version), (name.CultureName, name.Version));
    }

    [Theory]
    [InlineData("net8.0")]
    [InlineData("netstandard2.0")]
    public void Engine_IsReferencedInItsOldestVersion(string framework)
    {
        // 3.0 is what Windows PowerShell 5.1 has; a newer reference would not load there.
        AssemblyName engine = References(Path.Combine(StagedModule.Folder, framework, "TcbPowerShell.dll")).Single(name => name.Name == "System.Management.Automation");

        Assert.Equal(new Version(3, 0, 0, 0), engine.Version);
    }

    [Fact]
    public void Module_HoldsNothingElse()
    {
        IEnumerable<string> files = Directory.EnumerateFiles(StagedModule.Folder, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(StagedModule.Folder, path).Replace('\\', '/'));
        string[] roots = [.. files.Where(file => !file.EndsWith(".dll", StringComparison.Ordinal) && !file.Contains("-Help.xml") && !file.Contains(".help.txt"))];

        Assert.Equal(
            ["LICENSE", "README.md", "TcbPowerShell.Format.ps1xml", "TcbPowerShell.Types.ps1xml", "TcbPowerShell.psd1", "TcbPowerShell.psm1", "ThirdPartyNotices.txt"],
            roots.Order(StringComparer.Ordinal));
        Assert.Equal(["en-US", "net8.0", "netstandard2.0", "zh"], Directory.EnumerateDirectories(StagedModule.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(files, file => file.Contains("System.Management.Automation", StringComparison.Ordinal));
        Assert.DoesNotContain(files, file => file.Contains("PowerShellStandard", StringComparison.Ordinal));
    }

    private static AssemblyName[] References(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        MetadataReader metadata = file.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(handle => metadata.GetAssemblyReference(handle).GetAssemblyName())];
    }
}
