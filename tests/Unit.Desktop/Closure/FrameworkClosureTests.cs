using System.Reflection;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace TcbPowerShell.Tests.Closure;

/// <summary>Whatever the staged build for Windows PowerShell uses is there on .NET Framework: each assembly, type, method and field.</summary>
public sealed class FrameworkClosureTests(ITestOutputHelper output)
{
    private static readonly string[] Staged = Directory.GetFiles(Path.Combine(StagedModule.Folder, "netstandard2.0"), "*.dll");

    [Theory]
    [InlineData("4.7.2")]
    [InlineData("4.8")]
    public void Desktop_EachReference_IsThereOnTheFramework(string framework)
    {
        using var closure = new AssemblyClosure(Staged, Platform(framework));

        output.WriteLine($"{Staged.Length} assemblies, {closure.Types} type references, {closure.Members} member references");
        Assert.Empty(closure.Unresolved);
        Assert.True(closure.Types > 1000 && closure.Members > 3000);
    }

    [Fact]
    public void Desktop_WithoutOneOfItsFiles_IsIncomplete()
    {
        using var closure = new AssemblyClosure(Staged.Where(path => !path.EndsWith("System.Buffers.dll", StringComparison.Ordinal)), Platform("4.7.2"));

        Assert.Contains(closure.Unresolved, reference => reference.StartsWith("System.Memory: System.Buffers ", StringComparison.Ordinal));
        Assert.Contains("System.Text.Json: System.Buffers.ArrayPool`1", closure.Unresolved);
        Assert.Contains(closure.Unresolved, reference => reference.StartsWith("System.Text.Json: Rent ", StringComparison.Ordinal));
    }

    private static string[] Platform(string framework)
    {
        string folder = Path.Combine(Metadata($".NETFramework {framework}"), "build", ".NETFramework", $"v{framework}");
        return [folder, Path.Combine(folder, "Facades"), Path.Combine(Metadata("PowerShellStandard"), "lib", "net452")];
    }

    private static string Metadata(string key) =>
        typeof(FrameworkClosureTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(item => item.Key == key).Value!;
}
