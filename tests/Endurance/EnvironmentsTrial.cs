using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;

namespace TcbPowerShell.Endurance;

/// <summary>Several runspaces at once, each with a default connection of its own, against one service.</summary>
internal static class EnvironmentsTrial
{
    private const int Runspaces = 8;
    private const int FilesEach = 200;

    internal static Table Run(int rounds)
    {
        string[] environments = [.. Enumerable.Range(0, Runspaces).Select(i => $"env-{i}")];
        PowerShellSession[] sessions = [.. environments.Select(_ => Trial.CreateSession())];
        int wrong = 0;
        int errors = 0;
        int left = 0;
        for (int round = 0; round < rounds; round++)
        {
            string[][] ids = [.. environments.Select(environment => Trial.FileIds(environment, FilesEach))];
            using TcbEmulator emulator = Trial.Start(ids.SelectMany(list => list), new EmulatorOptions { Environments = environments });
            Parallel.For(0, Runspaces, new ParallelOptions { MaxDegreeOfParallelism = Runspaces }, i =>
            {
                sessions[i].Connect(emulator.Endpoint, environments[i]);
                ScriptOutcome result = sessions[i].Run("$ids | Remove-TcbCloudFile", ("ids", ids[i]));
                Interlocked.Add(ref errors, result.Errors.Length + (result.Terminating is null ? 0 : 1));
            });
            wrong += emulator.Requests.Snapshot().Sum(request =>
                request.FileIds.Count(id => !id.StartsWith($"cloud://{request.Environment}.", StringComparison.Ordinal)));
            left += emulator.Files.Count;
        }
        foreach (PowerShellSession session in sessions) session.Dispose();
        var table = new Table($"Environments: {Runspaces} runspaces at once, each with its own", "rounds", "files", "IDs sent to a wrong environment", "errors", "files left", "passed");
        table.Add(wrong == 0 && errors == 0 && left == 0, rounds, rounds * Runspaces * FilesEach, wrong, errors, left);
        return table;
    }
}
