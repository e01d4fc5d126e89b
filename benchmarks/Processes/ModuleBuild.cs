using System.Reflection;

namespace TcbPowerShell.Benchmarks;

/// <summary>A build of the module, and the floor module imported the same way.</summary>
/// <param name="Name">Its target framework.</param>
/// <param name="Module">What Import-Module is given.</param>
/// <param name="Floor">The empty module: with its manifest and format file where the module has its own.</param>
internal sealed record ModuleBuild(string Name, string Module, string Floor)
{
    internal static readonly ModuleBuild Core = new("net8.0", Find("StagedModule", "TcbPowerShell.psd1"), Find("FloorModule", "FloorModule.psd1"));

    /// <summary>The assembly by itself: the manifest would choose the other build here.</summary>
    internal static readonly ModuleBuild Desktop =
        new("netstandard2.0", Find("StagedModule", "netstandard2.0/TcbPowerShell.dll"), Find("FloorModule", "FloorModule.dll"));

    internal static readonly ModuleBuild[] All = [Core, Desktop];

    private static string Find(string module, string file) =>
        Path.Combine(typeof(ModuleBuild).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(item => item.Key == module).Value!, file);
}
