using System.Reflection;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests;

public class StagedModuleTests
{
    [Fact]
    public void LoadedAssembly_IsTheStagedFile_OfTheBuildUnderTest()
    {
        Assembly module = typeof(RemoveTcbCloudFileCommand).Assembly;

        // As paths: Windows takes a path with either slash, in either case.
        Assert.Equal(Path.GetFullPath(StagedModule.AssemblyPath), Path.GetFullPath(module.Location), ignoreCase: OperatingSystem.IsWindows());
        Assert.Equal(SHA256.HashData(File.ReadAllBytes(StagedModule.AssemblyPath)), SHA256.HashData(File.ReadAllBytes(module.Location)));
        string framework = module.GetCustomAttribute<TargetFrameworkAttribute>()!.FrameworkName;
        Assert.Equal(StagedModule.Framework == "net8.0" ? ".NETCoreApp,Version=v8.0" : ".NETStandard,Version=v2.0", framework);
        Assert.False(File.Exists(Path.Combine(AppContext.BaseDirectory, "TcbPowerShell.dll")), "a second copy lies beside the tests");
    }
}
