using System.Management.Automation;
using System.Text.RegularExpressions;
using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using Xunit;
using Assembly = System.Reflection.Assembly;

namespace TcbPowerShell.Tests.Conventions;

/// <summary>Dependencies go one way, between the layers and between the rooms of Client, and only Commands knows PowerShell.</summary>
[Trait("rule", "5")]
public sealed class LayeringTests
{
    private const string PowerShell = "System.Management.Automation";

    private static readonly IType[] Types = [.. Load(typeof(RemoveTcbCloudFileCommand).Assembly).Where(IsOurs)];

    private static readonly Regex Names = new(
        $@"TcbPowerShell\.({string.Join('|', ModuleSource.Layers.OrderByDescending(layer => layer.Length).Select(Regex.Escape))})\b|{Regex.Escape(PowerShell)}\b");

    [Fact]
    public void Types_UseNoLayerBeforeTheirs() => Assert.All(Types.SelectMany(type => Violations(type, LayerOf(type))), Assert.Fail);

    [Fact]
    public void Types_OfEachLayer_AreLookedAt() =>
        Assert.Equal(ModuleSource.All.Select(source => source.Layer).Distinct().Order(), Types.Select(LayerOf).Distinct().Order());

    [Fact]
    public void Sources_NameNoLayerBeforeTheirs()
    {
        // Constants, nameof and a catch without a variable leave nothing that the test above sees.
        IEnumerable<string> violations =
            from source in ModuleSource.All
            from Match match in Names.Matches(source.Text)
            where match.Value == PowerShell ? source.Layer != "Commands" : !ModuleSource.MayUse(source.Layer, match.Groups[1].Value)
            select $"{source} names {match.Value}";

        Assert.All(violations, Assert.Fail);
    }

    [Fact]
    public void Sources_LieInALayer() => Assert.All(ModuleSource.All, source => Assert.Contains(source.Layer, ModuleSource.Layers));

    [Theory]
    [InlineData("Client.Runs", "Client.Journal", true)]
    [InlineData("Client.Runs", "Client", true)]
    [InlineData("Client", "Client.Tokens", true)]
    [InlineData("Client.Tokens", "Client.Http", true)]
    [InlineData("Client", "Client.Rate", true)]
    [InlineData("Client.Rate", "Client.Http", true)]
    [InlineData("Client.Http", "Protocol", true)]
    [InlineData("Client", "Client.Runs", false)]
    [InlineData("Client", "Client.Journal", false)]
    [InlineData("Client.Journal", "Client.Runs", false)]
    [InlineData("Client.Journal", "Client", false)]
    [InlineData("Client.Journal", "Client.Tokens", false)]
    [InlineData("Client.Tokens", "Client", false)]
    [InlineData("Client.Journal", "Client.Rate", false)]
    [InlineData("Client.Http", "Client.Rate", false)]
    [InlineData("Client.Http", "Client.Tokens", false)]
    [InlineData("Protocol", "Client.Http", false)]
    public void MayUse_FollowsTheOrderOfTheRooms(string layer, string used, bool expected) => Assert.Equal(expected, ModuleSource.MayUse(layer, used));

    [Theory]
    [InlineData(typeof(UsesPowerShellInAnAwait), PowerShell)]
    [InlineData(typeof(UsesPowerShellInAnAttribute), PowerShell)]
    [InlineData(typeof(UsesPowerShellInASignature), PowerShell)]
    [InlineData(typeof(UsesALayerBefore), "Commands")]
    [InlineData(typeof(UsesALayerBeforeAsConstraint), nameof(CloudFileCommand))]
    public void Violation_OfAnyKind_IsFound(System.Type culprit, string what)
    {
        IType type = Load(typeof(LayeringTests).Assembly).Single(type => type.FullName == culprit.FullName);

        Assert.Contains(Violations(type, "Model"), violation => violation.Contains(what, StringComparison.Ordinal));
    }

    private static IEnumerable<IType> Load(Assembly assembly) => new ArchLoader().LoadAssembly(assembly).Build().Types;

    private static IEnumerable<string> Violations(IType type, string layer) =>
        from used in type.Dependencies.SelectMany(dependency => dependency.TargetGenericArguments.Select(argument => argument.Type).Append(dependency.Target)).Distinct()
        where AssemblyOf(used) == PowerShell ? layer != "Commands" : IsOurs(used) && !ModuleSource.MayUse(layer, LayerOf(used))
        select $"{layer}: {type.FullName} uses {used.FullName}";

    private static string AssemblyOf(IType type) => type.Assembly.Name.Split(',')[0];

    // In System are the attributes that the compiler adds for netstandard2.0.
    // The T of a generic method or type is of no layer; what it is limited to is a dependency of its own.
    private static bool IsOurs(IType type) =>
        type is not GenericParameter && AssemblyOf(type) == "TcbPowerShell" && !type.Namespace.FullName.StartsWith("System.", StringComparison.Ordinal);

    // Public types are in the namespace of the module wherever they lie: their file says where.
    private static string LayerOf(IType type)
    {
        string @namespace = type.Namespace.FullName;
        string? layer = @namespace == "TcbPowerShell"
            ? Array.Find(ModuleSource.All, source => source.Namespace == @namespace && Array.Exists(source.Types, declared => declared.Name == type.FullName.Split('.', '+', '`')[1]))?.Layer
            : Array.Find(ModuleSource.Layers, layer => $"TcbPowerShell.{layer}" == @namespace);
        return layer ?? throw new InvalidOperationException($"{type.FullName} is in none of the layers and rooms in {nameof(ModuleSource)}.{nameof(ModuleSource.Layers)}.");
    }

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

    private static class UsesALayerBeforeAsConstraint
    {
        internal static T Run<T>(T command)
            where T : CloudFileCommand => command;
    }

    private static class UsesALayerBefore
    {
        internal static TcbEnvironment Run() => TcbPowerShell.Commands.DefaultConnection.Current!;
    }
}
