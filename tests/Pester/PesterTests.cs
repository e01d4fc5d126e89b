using Xunit;

namespace TcbPowerShell.Tests.Pester;

/// <summary>The tests of the scripts in this folder, one row for each of them and each version of Pester.</summary>
public sealed class PesterTests
{
    public static async Task<IReadOnlyCollection<ITheoryDataRow>> Results()
    {
        string[] versions = Build.PesterVersions;
        DirectoryInfo shared = Directory.CreateTempSubdirectory("tcb-shared-");
        try
        {
            PesterResult[][] results = await Task.WhenAll(versions.Select(version => PesterRun.StartAsync(Build.Scripts, version, version, shared.FullName)));
            return [.. results.SelectMany((run, i) => run.Select(result => Row(versions[i], result)))];
        }
        finally
        {
            shared.Delete(recursive: true);
        }
    }

    // Without DisableDiscoveryEnumeration, a mere list of the tests would run all of them.
    [Theory]
    [MemberData(nameof(Results), DisableDiscoveryEnumeration = true)]
    public void Test_RunByPester_Passes(PesterResult test)
    {
        if (test.Failure is not null) Assert.Fail(test.Failure);
    }

    private static TheoryDataRow<PesterResult> Row(string version, PesterResult result) => new(result)
    {
        TestDisplayName = $"Pester {version}",
        Skip = result.Skipped,
    };
}
