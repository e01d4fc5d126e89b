using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;

namespace TcbPowerShell.Endurance;

/// <summary>A service that refuses good tokens now and then, and a token server that has no other.</summary>
internal static class RefusalsTrial
{
    private const string Env = "test2-4a89da";

    internal static Table Run(int runs, int files)
    {
        var table = new Table($"1 % of the requests refused with 40001, and a token provider that always returns the same token: {files:N0} files a run",
            "runs", "refused requests", "runs that ended early", "removed", "passed");
        int refused = 0, ended = 0, removed = 0;
        for (int seed = 1; seed <= runs; seed++)
        {
            string[] ids = Trial.FileIds(Env, files);
            using TcbEmulator emulator = Trial.Start(ids, new EmulatorOptions { Environments = [Env], Fault = FaultPlan.Parse(seed, "errcode-40001:1%") });
            using PowerShellSession session = Trial.CreateSession();
            session.Run("Connect-TcbEnvironment $e -Endpoint $u -TokenProvider { 'emulator-access-token' }", ("e", Env), ("u", emulator.Endpoint));
            ScriptOutcome result = session.Run("$ids | Remove-TcbCloudFile", ("ids", ids));
            refused += emulator.Requests.Snapshot().Count(request => request.Outcome!.ErrorCode == 40001);
            if (result.Terminating is not null) ended++;
            removed += result.Removals().Count(item => item.Outcome == "Removed");
        }
        // Two refusals of one request are final: by chance in one of 250 runs of 2,000 files.
        table.Add(ended <= 1, runs, refused, ended, removed);
        return table;
    }
}
