using System.Management.Automation;
using System.Reflection;
using System.Runtime.CompilerServices;
using Xunit;

namespace TcbPowerShell.Tests.Conventions;

/// <summary>How types are named, where they lie, and what they are.</summary>
public sealed class TypeTests
{
    private static readonly Assembly Module = typeof(RemoveTcbCloudFileCommand).Assembly;

    /// <summary>Classes that are neither sealed nor abstract, and why.</summary>
    private static readonly Dictionary<string, string> Open = new()
    {
        ["JournalFile"] = "the journal's file, and what the tests' slow and broken disks derive from",
        ["Clock"] = "the machine's clock, and what the tests' clocks derive from",
    };

    [Fact]
    public void EachFile_BeginsWithTheTypeThatItIsNamedAfter() =>
        Assert.All(ModuleSource.All, source => Assert.Equal(source.Name, source.Types.FirstOrDefault().Name));

    [Fact]
    public void FurtherTypesInAFile_AreDocumented_AndInternalUnlessTheyAreNamedAfterTheFirst() => Assert.All(
        ModuleSource.All,
        source => Assert.All(
            source.Types.Skip(1),
            type => Assert.True(type.HasSummary && (!type.IsPublic || type.Name.StartsWith(source.Name, StringComparison.Ordinal)), $"{source}: {type.Name}")));

    [Fact]
    public void Namespaces_AreTheFolders_AndPublicTypesAreInTheModules() =>
        Assert.All(ModuleSource.All, source => Assert.Equal(
            (source, source.Types[0].IsPublic ? "TcbPowerShell" : $"TcbPowerShell.{source.Layer}"), (source, source.Namespace)));

    [Fact]
    public void ExportedTypes_AreInTheNamespaceOfTheModule() => Assert.All(Module.GetExportedTypes(), type => Assert.Equal("TcbPowerShell", type.Namespace));

    [Fact]
    public void Sources_DeclareEveryTypeOfTheModule()
    {
        // The other tests read the sources, so these must declare every type.
        IEnumerable<string> types = Module.GetTypes().Where(IsOurs).Where(type => !type.IsNested).Select(type => type.Name.Split('`')[0]);

        Assert.Equal(
            types.Distinct().Order(), ModuleSource.All.SelectMany(source => source.Types).Select(type => type.Name).Distinct().Order());
    }

    [Fact]
    public void Classes_AreSealedOrAbstract()
    {
        IEnumerable<string> open = Module.GetTypes().Where(type => IsOurs(type) && type is { IsClass: true, IsSealed: false, IsAbstract: false }).Select(type => type.Name);

        Assert.Equal(Open.Keys, open);
    }

    [Fact]
    public void Cmdlets_AreNamedLikeWhatTheyRun()
    {
        foreach (Type type in Module.GetTypes().Where(type => type.IsSubclassOf(typeof(Cmdlet)) && !type.IsAbstract))
        {
            CmdletAttribute cmdlet = type.GetCustomAttribute<CmdletAttribute>()!;
            Assert.Equal($"{cmdlet.VerbName}{cmdlet.NounName}Command", type.Name);
            Assert.True(type.IsPublic);
        }
    }

    private static bool IsOurs(Type type) =>
        type.Namespace?.StartsWith("TcbPowerShell", StringComparison.Ordinal) == true && !type.IsDefined(typeof(CompilerGeneratedAttribute), false)
            && (type.DeclaringType is null || IsOurs(type.DeclaringType));
}
