using Xunit;

namespace TcbPowerShell.Tests.Pester;

/// <summary>A test that Pester did not run is not taken for one that passed.</summary>
public sealed class PesterRunTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tcb-pester-").FullName;

    public static TheoryData<string> Versions => [.. Build.PesterVersions];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // One run for each version: they take seconds.
    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Run_SomeTestsFailAndSomeDoNotRun_SaysWhich(string version)
    {
        Write("Three", "Describe 'd' { It 'is right' { 1 | Should -Be 1 }; It 'is wrong' { 1 | Should -Be 2 }; It 'waits' -Skip { } }");
        Write("Unreadable", "Describe 'd' {");
        Write("Empty", "");
        Write("Thrower", "BeforeAll { throw 'no set-up' }; Describe 'd' { It 'is not run' { } }");

        PesterResult[] results = await RunAsync(version);

        PesterResult[] three = [.. results.Where(result => result.Script == "Three.Tests.ps1")];
        Assert.Equal(["d.is right", "d.is wrong", "d.waits"], three.Select(result => result.Name));
        Assert.Equal([false, true, false], three.Select(result => result.Failure is not null));
        Assert.Equal([false, false, true], three.Select(result => result.Skipped is not null));
        Assert.Contains("Expected 2, but got 1", three[1].Failure, StringComparison.Ordinal);
        string failure = Assert.Single(results, result => result.Script == "Run.ps1").Failure!;
        Assert.Matches(@"^Exit code 1\.\nWithout a result: .*Empty\.Tests\.ps1", failure);
        Assert.Contains("Unreadable.Tests.ps1", failure, StringComparison.Ordinal);
        Assert.Contains("no set-up", failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_PowerShellEndsInTheMiddle_Fails()
    {
        Write("A", "Describe 'd' { It 'is right' { } }");
        Write("B", "Describe 'd' { It 'ends it' { [Environment]::Exit(0) } }");

        PesterResult result = Assert.Single(await RunAsync(Build.PesterVersions[^1]));

        Assert.Contains("Without a result: A.Tests.ps1, B.Tests.ps1.", result.Failure, StringComparison.Ordinal);
    }

    private void Write(string name, string script) => File.WriteAllText(Path.Combine(_folder, $"{name}.Tests.ps1"), script);

    private Task<PesterResult[]> RunAsync(string version) => PesterRun.StartAsync(_folder, version, Path.GetFileName(_folder));
}
