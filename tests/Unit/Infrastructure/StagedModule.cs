using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace TcbPowerShell.Tests.Infrastructure;

/// <summary>
/// The module as it is staged. The tests have no copy of it: a copy beside them would be the one that Import-Module silently gives.
/// </summary>
internal static class StagedModule
{
    private static readonly Dictionary<string, string?> Metadata = typeof(StagedModule).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().ToDictionary(item => item.Key, item => item.Value);

    /// <summary>The folder that a user imports.</summary>
    internal static string Folder => Metadata["StagedModule"]!;

    /// <summary>The build under test: net8.0, which the manifest picks in this engine, or netstandard2.0.</summary>
    internal static string Framework => Metadata.GetValueOrDefault("ModuleFramework") ?? "net8.0";

    /// <summary>The assembly under test.</summary>
    internal static string AssemblyPath => Path.Combine(Folder, Framework, "TcbPowerShell.dll");

    /// <summary>The folder of the test sources, for golden and approved files.</summary>
    internal static string TestSources => Metadata["TestSources"]!;

    [ModuleInitializer]
    internal static void ResolveFromStage() => AssemblyLoadContext.Default.Resolving += (context, name) =>
    {
        string path = Path.Combine(Folder, Framework, name.Name + ".dll");
        return File.Exists(path) ? context.LoadFromAssemblyPath(path) : null;
    };
}
