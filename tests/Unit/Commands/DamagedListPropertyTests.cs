using System.Management.Automation;
using CsCheck;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

/// <summary>Lists as people have them: whatever happened to a line, it never looks like success unless the service says so.</summary>
[Trait("rule", "1")]
[Trait("rule", "2")]
public sealed class DamagedListPropertyTests : IDisposable
{
    // Residue that editors, spreadsheets, JSON, chats and wrong encodings leave around an ID.
    private static readonly string[] Tails =
    [
        " ", "  ", "\u00a0", "\u3000", "\u2028", "\u200b", "\u200e", "\u2060", "\u00ad", ",", ";", "\"", "'", "`", "\",", "，", "；", "、", "“", "”", "‘", "’", "「", "」",
        "\r", "\n", "\t", "\r\n", "\t7", "\ufeff", "\ufffd", "\0", "\u001b",
    ];

    private static readonly string[] Heads = [" ", "\ufeff", "\"", "'", "“", "\t", "- "];

    private static readonly Gen<Func<string, string>> Damage = Gen.OneOf<Func<string, string>>(
        Gen.OneOf(Tails).Select(tail => new Func<string, string>(id => id + tail)),
        Gen.OneOf(Heads).Select(head => new Func<string, string>(id => head + id)),
        Gen.OneOf(" ", ",", string.Empty, "\t", "\n", "\",\"").Select(between => new Func<string, string>(id => id + between + id + "2")));

    private static readonly Gen<(Func<string, string>? Damage, bool Exists, bool RealOneToo)[]> Lines = Gen.Select(
        Gen.Frequency((1, Gen.Const((Func<string, string>?)null)), (2, Damage.Select(damage => (Func<string, string>?)damage))),
        Gen.Frequency((4, Gen.Const(false)), (1, Gen.Const(true))), Gen.Bool).Array[1, 10];

    private readonly string _folder = Directory.CreateTempSubdirectory("tcb-damaged-").FullName;
    private int _losesReply;
    private int _samples;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Remove_AnyListWithDamagedLines_ClaimsOnlyWhatTheServiceDeleted()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { Fault = _ => Interlocked.Exchange(ref _losesReply, 0) == 1 ? Fault.Drop.AfterWork() : null });

        Gen.Select(Lines, Gen.Bool, Gen.Bool, Gen.Bool).Sample(
            (lines, ignoreMissing, hasJournal, losesReply) => Check(connected, lines, ignoreMissing, hasJournal, losesReply), iter: 120, threads: 1);
    }

    private void Check(
        ConnectedSession connected, (Func<string, string>? Damage, bool Exists, bool RealOneToo)[] lines, bool ignoreMissing, bool hasJournal, bool losesReply)
    {
        int sample = _samples++;
        string[] meant = [.. lines.Select((_, index) => $"cloud://test-env.7465-test-env/{sample}/{index}.png")];
        string[] given = [.. lines.Select((line, index) => line.Damage?.Invoke(meant[index]) ?? meant[index])];
        CloudFiles files = connected.Emulator.Files;
        files.Seed(meant);
        // A file may really be called what looks like damage at the end: then it goes, and nothing else.
        files.Seed(given.Where((line, index) => lines[index].Exists && line.StartsWith("cloud://", StringComparison.Ordinal)));
        string[] existing = [.. given.Where(files.Contains)];
        string[] input = [.. given, .. meant.Where((_, index) => lines[index].RealOneToo && existing.Contains(given[index]))];
        _losesReply = losesReply ? 1 : 0;
        string script = "$ids | Remove-TcbCloudFile -Environment $patient" + (ignoreMissing ? " -IgnoreMissing" : string.Empty) + (hasJournal ? " -JournalPath $journal" : string.Empty);

        ScriptOutcome first = Run(connected, script, input, sample);

        AssertOneOutcomeFor(input, first);
        foreach (CloudFileRemoval removal in first.Removals) Assert.Equal(1, files.TimesDeleted(removal.FileId));
        foreach ((string line, int index) in given.Select((line, index) => (line, index)).Where(pair => !existing.Contains(pair.line)))
        {
            ErrorRecord error = Assert.Single(first.Errors, error => (string)error.TargetObject == line);
            Assert.Contains(error.FullyQualifiedErrorId.Split(',')[0], new[] { "CloudFileNotFound", "InvalidFileId" });
            // The file that was meant still stands.
            Assert.True(files.Contains(meant[index]), $"{line} deleted {meant[index]}");
        }
        if (!hasJournal) return;

        // The same holds for the journal: it never records a damaged line as gone.
        ScriptOutcome second = Run(connected, script, input, sample);
        AssertOneOutcomeFor(input, second);
        Assert.Equal(first.RemovedIds.Order(StringComparer.Ordinal), second.RemovedIds.Order(StringComparer.Ordinal));
        Assert.All(second.Removals, removal => Assert.Equal(CloudFileRemovalOutcome.PreviouslyRemoved, removal.Outcome));
    }

    private ScriptOutcome Run(ConnectedSession connected, string script, string[] input, int sample) =>
        connected.Session.Run(script, ("ids", input), ("journal", Path.Combine(_folder, $"{sample}.jsonl")));

    private static void AssertOneOutcomeFor(string[] input, ScriptOutcome outcome)
    {
        Assert.Null(outcome.Terminating);
        Assert.Equal(input.Order(StringComparer.Ordinal), outcome.RemovedIds.Concat(outcome.FailedIds).Order(StringComparer.Ordinal));
    }
}
