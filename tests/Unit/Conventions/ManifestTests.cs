using System.Management.Automation;
using System.Reflection;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Conventions;

/// <summary>The manifest says what is true of the assembly.</summary>
public sealed class ManifestTests
{
    private static readonly Assembly Module = typeof(RemoveTcbCloudFileCommand).Assembly;

    [Fact]
    public void Manifest_IsValid()
    {
        PSModuleInfo manifest = Read();

        Assert.Equal("TcbPowerShell", manifest.Name);
        Assert.Equal(new Version(5, 1), manifest.PowerShellVersion);
        Assert.Equal(new Version(4, 7, 2), manifest.DotNetFrameworkVersion);
        Assert.Equal(["Core", "Desktop"], manifest.CompatiblePSEditions.Order());
        Assert.Equal("TcbPowerShell.psm1", manifest.RootModule);
        Assert.NotEmpty(manifest.Description);
    }

    [Theory]
    [InlineData("CloudBase", "WeChat", "delete", "back")]
    [InlineData("微信", "小程序", "云开发", "云存储", "删除", "备份")]
    public void DescriptionAndTags_HaveTheWordsOfASearch(params string[] words)
    {
        PSModuleInfo manifest = Read();
        string text = $"{manifest.Description} {string.Join(' ', manifest.Tags)}";

        Assert.All(words, word => Assert.Contains(word, text, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void Version_IsTheAssemblys()
    {
        AssemblyName name = AssemblyName.GetAssemblyName(StagedModule.AssemblyPath);

        Assert.Equal(Read().Version, new Version(name.Version!.Major, name.Version.Minor, name.Version.Build));
        string informational = Module.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        Assert.Equal(Read().Version.ToString(), informational.Split('+', '-')[0]);
    }

    [Fact]
    public void Exports_AreTheCmdletsOfTheAssembly_AndNothingElse()
    {
        PSModuleInfo manifest = Read();
        IEnumerable<string> cmdlets = Module.GetTypes().Select(type => type.GetCustomAttribute<CmdletAttribute>())
            .OfType<CmdletAttribute>().Select(cmdlet => $"{cmdlet.VerbName}-{cmdlet.NounName}");

        Assert.Equal(cmdlets.Order(), manifest.ExportedCmdlets.Keys.Order());
        Assert.Empty(manifest.ExportedFunctions);
        Assert.Empty(manifest.ExportedAliases);
        Assert.Empty(manifest.ExportedVariables);
        // By name: a wildcard would make PowerShell load the assembly to find a command.
        Assert.DoesNotContain('*', File.ReadAllText(ManifestPath));
    }

    [Fact]
    public void Import_GivesTheCmdletsAndNoWarning()
    {
        using var session = new PowerShellSession();

        ScriptOutcome outcome = session.Run(
            "Import-Module $path -Force -Verbose:$false; (Get-Module TcbPowerShell).ExportedCommands.Keys", ("path", PowerShellSession.ModulePath));

        Assert.Empty(outcome.Errors);
        Assert.Empty(outcome.Warnings);
        Assert.Equal(Read().ExportedCmdlets.Keys.Order(), outcome.Output.Select(item => (string)item.BaseObject).Order());
    }

    private static string ManifestPath => Path.Combine(StagedModule.Folder, "TcbPowerShell.psd1");

    private static PSModuleInfo Read()
    {
        using var session = new PowerShellSession();
        ScriptOutcome outcome = session.Run("Test-ModuleManifest $path", ("path", ManifestPath));
        Assert.Null(outcome.Terminating);
        Assert.Empty(outcome.Errors);
        Assert.Empty(outcome.Warnings);
        return (PSModuleInfo)outcome.Output.Single().BaseObject;
    }
}
