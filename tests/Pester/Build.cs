using System.Reflection;

namespace TcbPowerShell.Tests.Pester;

/// <summary>The facts that only the build knows.</summary>
internal static class Build
{
    internal static string[] PesterVersions => Metadata("PesterVersions").Split(';');

    /// <summary>The folder in which NuGet keeps them, with a folder for each version.</summary>
    internal static string PesterPackages => Metadata("PesterPackages");

    /// <summary>The folder of the tests.</summary>
    internal static string Scripts => Metadata("Scripts");

    private static string Metadata(string key) =>
        typeof(Build).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(item => item.Key == key).Value!;
}
