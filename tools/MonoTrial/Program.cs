using System.Diagnostics;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Runs;
using TcbPowerShell.Client.Tokens;
using TcbPowerShell.Model;

namespace TcbPowerShell.MonoTrial;

/// <summary>
/// One run of the engine against an emulator that deletes real files below a folder. Each outcome is compared with what is left there. Arguments:
/// the endpoint, the environment's folder, the number of files.
/// </summary>
internal static class Program
{
    private const string Env = "test2-4a89da";

    private static int Main(string[] args)
    {
        string folder = Path.Combine(args[1], Env + ".b");
        Directory.CreateDirectory(folder);
        string[] names = [.. Enumerable.Range(0, int.Parse(args[2])).Select(i => $"{i:D6}.png")];
        foreach (string name in names) File.WriteAllText(Path.Combine(folder, name), string.Empty);

        var endpoint = new Uri(args[0]);
        var client = new TcbClient(HttpClientFactory.Create(new HttpOptions { Endpoint = endpoint }), endpoint, TimeSpan.FromSeconds(30), Clock.System);
        var environment = new TcbEnvironment(Env, endpoint, new FixedAccessToken(TcbAuthentication.AccessToken, "emulator-access-token"), client);
        var options = new RunOptions { BatchSize = 10, ThrottleLimit = 16, Retry = RetryPolicy.Create(10) };
        var watch = Stopwatch.StartNew();
        var outcomes = new List<FileOutcome>();
        using (var engine = new FileRun(environment, new RemoveOperation(ignoreMissing: false), options))
        {
            foreach (string name in names)
            {
                if (!CloudFileId.TryParse($"cloud://{Env}.b/{name}", null, out CloudFileId id, out _)) throw new InvalidOperationException(name);
                engine.Add(id);
                Drain(engine, outcomes);
            }
            engine.Complete();
            Drain(engine, outcomes);
        }
        watch.Stop();

        int removed = 0, gone = 0, failed = 0, falselyMissing = 0, lies = 0;
        foreach (FileOutcome outcome in outcomes)
        {
            bool exists = File.Exists(Path.Combine(folder, Path.GetFileName(outcome.FileId)));
            if (outcome.Result is CloudFileRemoval { Outcome: CloudFileRemovalOutcome.Removed }) removed++;
            else if (outcome.Result is not null) gone++;
            else failed++;
            if (outcome.Failure?.ErrorId == ErrorId.CloudFileNotFound) falselyMissing++;
            if (outcome.Result is not null ? exists : !exists && !outcome.Failure!.OutcomeUnknown) lies++;
        }
        Console.WriteLine(
            $"{names.Length} files, {outcomes.Count} outcomes: {removed} Removed, {gone} AlreadyGone, {failed} failed. CloudFileNotFound for files of this run: {falselyMissing}. "
                + $"Disagreements with the folder: {lies}. {watch.Elapsed.TotalSeconds:0.0} s");
        return outcomes.Count == names.Length && falselyMissing == 0 && lies == 0 ? 0 : 1;
    }

    private static void Drain(FileRun engine, List<FileOutcome> outcomes)
    {
        while (engine.Next() is { } e)
        {
            if (e is RunEvent.FilesDone done) outcomes.AddRange(done.Files);
            if (e is RunEvent.RunEnded end) throw new InvalidOperationException($"The run ended: {end.ErrorId}: {end.Reason.Message}");
        }
    }
}
