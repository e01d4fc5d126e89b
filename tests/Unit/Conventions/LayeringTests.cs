using System.Management.Automation;
using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;

namespace TcbPowerShell.Tests.Conventions;

/// <summary>Commands, Client, Protocol, Model: imports go one way, and only Commands knows PowerShell.</summary>
public sealed partial class LayeringTests
{
    private static readonly Assembly Module = typeof(RemoveTcbCloudFileCommand).Assembly;

    [Fact]
    public void Types_UseNoLayerBeforeTheirs()
    {
        string[] violations = [.. Module.GetTypes().SelectMany(type => Violations(type, LayerOf(type)))];

        Assert.Empty(violations);
    }

    [Fact]
    public void Types_OfEachLayer_AreLookedAt()
    {
        string?[] layers = [.. Module.GetTypes().Select(LayerOf).Distinct()];

        Assert.All(ModuleSource.Layers, layer => Assert.Contains(layer, layers));
        Assert.All(Module.GetExportedTypes(), type => Assert.NotNull(LayerOf(type)));
    }

    [Fact]
    public void Sources_NameNoLayerBeforeTheirs()
    {
        // Constants and nameof leave nothing in the code that is made of them.
        IEnumerable<string> violations =
            from source in ModuleSource.All
            from Match match in Imports().Matches(source.Text)
            let used = match.Groups[1].Value
            where used == "System.Management.Automation" ? source.Layer != "Commands" : IsBefore(used["TcbPowerShell.".Length..], source.Layer)
            select $"{source} names {used}";

        Assert.Empty(violations);
    }

    [Fact]
    public void Sources_LieInALayer() => Assert.All(ModuleSource.All, source => Assert.Contains(source.Layer, ModuleSource.Layers));

    [Theory]
    [InlineData(typeof(UsesPowerShellInAnAwait), "System.Management.Automation")]
    [InlineData(typeof(UsesPowerShellInAnAttribute), "System.Management.Automation")]
    [InlineData(typeof(UsesPowerShellInASignature), "System.Management.Automation")]
    [InlineData(typeof(UsesALayerBefore), "Commands")]
    public void Violation_OfAnyKind_IsFound(Type culprit, string what)
    {
        IEnumerable<Type> all = culprit.GetNestedTypes(BindingFlags.NonPublic).Append(culprit);

        Assert.Contains(all.SelectMany(type => Violations(type, "Model")), violation => violation.Contains(what, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Violations(Type type, string? layer)
    {
        if (layer is null) yield break;
        foreach (Type used in TypeReferences.Of(type))
        {
            if (layer != "Commands" && used.Assembly == typeof(PSObject).Assembly) yield return $"{layer}: {type} uses {used}";
            if (used.Assembly == Module && LayerOf(used) is { } usedLayer && IsBefore(usedLayer, layer)) yield return $"{layer}: {type} uses {used} of {usedLayer}";
        }
    }

    private static bool IsBefore(string used, string layer) => Array.IndexOf(ModuleSource.Layers, used) < Array.IndexOf(ModuleSource.Layers, layer);

    // Public types are in the namespace of the module wherever they lie: their file says where. Null is what the compiler made.
    private static string? LayerOf(Type type)
    {
        while (type.DeclaringType is { } outer) type = outer;
        if (type.Namespace == "TcbPowerShell") return Array.Find(ModuleSource.All, source => source.Name == type.Name.Split('`')[0])?.Layer;
        return Array.Find(ModuleSource.Layers, layer => $"{type.Namespace}.".StartsWith($"TcbPowerShell.{layer}.", StringComparison.Ordinal));
    }

    [GeneratedRegex(@"(TcbPowerShell\.(?:Commands|Client|Protocol|Model)|System\.Management\.Automation)\b")]
    private static partial Regex Imports();

    private static class UsesPowerShellInAnAwait
    {
        internal static async Task<Func<string>> RunAsync()
        {
            await Task.Yield();
            return () => PSObject.AsPSObject(1).ToString();
        }
    }

    [Cmdlet(VerbsCommon.Get, "Culprit")]
    private sealed class UsesPowerShellInAnAttribute;

    private abstract class UsesPowerShellInASignature
    {
        internal abstract void Run(List<ErrorRecord[]> errors);
    }

    private static class UsesALayerBefore
    {
        internal static TcbEnvironment Run() => TcbPowerShell.Commands.DefaultConnection.Current!;
    }
}
