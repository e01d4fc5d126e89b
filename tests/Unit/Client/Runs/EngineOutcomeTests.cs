using TcbPowerShell.Client.Runs;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Client.Http;
using TcbPowerShell.Tests.Client.Tokens;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;
using static TcbPowerShell.Tests.Client.Runs.EngineHarness;

namespace TcbPowerShell.Tests.Client.Runs;

/// <summary>Rules 1, 2, 8 and 13 (docs/design.md): one outcome for each ID, answers decide, idempotent, duplicates.</summary>
[Trait("rule", "1")]
[Trait("rule", "2")]
[Trait("rule", "8")]
[Trait("rule", "13")]
public sealed class EngineOutcomeTests
{
    private static readonly string[] Ids = FileIds.Range(120);

    public static TheoryData<string> SpoiledReplies =>
        ["omit", "reorder", "duplicate", "contradict", "foreign", "null", "none", "strings", "numbers", "controls", "bom"];

    [Fact]
    public async Task Run_AllIsWell_EachFileIsRemovedOnce_InBatches()
    {
        using var harness = new EngineHarness(options: new EmulatorOptions { FileIds = Ids });

        EngineResult result = await harness.RunAsync(Options(), Ids);

        Assert.Null(result.End);
        Assert.Equal(Ids.Order(StringComparer.Ordinal), result.Removed.Order(StringComparer.Ordinal));
        Assert.Equal(0, harness.Emulator.Files.Count);
        Assert.Equal(new Dictionary<int, int> { [20] = 1, [50] = 2 }, harness.Emulator.Requests.BatchSizes);
        CloudFileRemoval first = result.Outcomes[0].Removal!;
        Assert.Equal((0, "ok", 1, FileIds.Environment), (first.Status, first.Message, first.Attempts, first.EnvironmentId));
        Assert.All(result.Events.OfType<RunEvent.RequestAnswered>(), answered => Assert.Equal((answered.Files, 0), (answered.Succeeded, answered.Failed)));
    }

    [Fact]
    public async Task Run_NoFiles_SendsNothing()
    {
        using var harness = new EngineHarness();

        Assert.Empty((await harness.RunAsync(Options(), [])).Events);
        Assert.Equal(0, harness.Emulator.Requests.Count);
    }

    [Fact]
    public async Task Run_EachStatus_BecomesItsOutcome()
    {
        using var harness = new EngineHarness(
            _ => Fault.FileStatus(-777, "WHO_KNOWS", id => id == Ids[3]), new EmulatorOptions { FileIds = Ids[..4].Except([Ids[1]]) });
        harness.Emulator.Files.Deny(Ids[2]);

        EngineResult result = await harness.RunAsync(Options(), [.. Ids[..4], "cloud://other.b/x"]);

        result.AssertOneOutcomeFor([.. Ids[..4], "cloud://other.b/x"]);
        Assert.Equal([Ids[0]], result.Removed);
        Assert.Equal([Ids[1]], result.Failed("CloudFileNotFound"));
        Assert.Equal([Ids[2]], result.Failed("CloudFileAccessDenied"));
        Assert.Equal([Ids[3]], result.Failed("CloudFileNotRemoved"));
        Assert.Equal(["cloud://other.b/x"], result.Failed("FileInOtherEnvironment"));
        PendingFile odd = result.Outcomes.Single(outcome => outcome.FileId == Ids[3]);
        Assert.Equal((-777, "WHO_KNOWS", 1, false), (odd.Failure!.Facts.ErrorCode, odd.Failure.Facts.ServiceMessage, odd.Attempts, odd.Failure.OutcomeUnknown));
    }

    [Theory]
    [InlineData(MissingFileAnswer.NotExists)]
    [InlineData(MissingFileAnswer.NonExist)]
    public async Task Run_IgnoreMissing_MissingIsAlreadyGone(MissingFileAnswer answer)
    {
        using var harness = new EngineHarness(options: new EmulatorOptions { MissingFile = answer });

        Assert.Equal([Ids[0]], (await harness.RunAsync(Options(), [Ids[0]], ignoreMissing: true)).AlreadyGone);
        Assert.Equal([Ids[0]], (await harness.RunAsync(Options(), [Ids[0]])).Failed("CloudFileNotFound"));
    }

    [Theory]
    [InlineData("archive/2019/")]
    [InlineData("archive/*")]
    [InlineData("archive／a.png")]
    [InlineData("%E5%A4%B4%E5%83%8F.png")]
    public async Task Run_IgnoreMissing_IdThatMayBeMisspelled_IsAnErrorUnlessItsReplyWasLost(string path)
    {
        string id = $"cloud://{FileIds.Environment}.b/{path}";
        using var harness = new EngineHarness();
        using var lossy = new EngineHarness(request => request.Ordinal == 1 ? Fault.Drop.AfterWork() : null, new EmulatorOptions { FileIds = [id] });

        Assert.Equal([id], (await harness.RunAsync(Options(), [id], ignoreMissing: true)).Failed("CloudFileNotFound"));
        Assert.Equal([id], (await lossy.RunAsync(Options(), [id], ignoreMissing: true)).AlreadyGone);
    }

    // A file can be named like the service's text for a missing one.
    [Theory]
    [InlineData(-501001, "CloudFileNotRemoved")]
    [InlineData(-503002, "CloudFileAccessDenied")]
    [InlineData(-1234, "CloudFileNotRemoved")]
    [InlineData(1, "CloudFileNotRemoved")]
    public async Task Run_IgnoreMissing_TextThatRepeatsTheNameOfAFile_IsNotAlreadyGone(int status, string expected)
    {
        string[] ids = [.. new[] { "STORAGE_FILE_NONEXIST", "OBJECT_NOT_EXIST", "storage file not exists" }.Select(name => $"cloud://{FileIds.Environment}.b/{name}")];
        using var harness = new EngineHarness(
            _ => Fault.FileList(entries => entries.Select(entry => new FileEntry(entry.FileId, status, "cannot delete " + entry.FileId))), new EmulatorOptions { FileIds = ids });

        EngineResult result = await harness.RunAsync(Options(retries: 1), ids, ignoreMissing: true);

        Assert.Empty(result.AlreadyGone);
        Assert.Equal(ids, result.Failed(expected));
    }

    [Theory]
    [InlineData(123456, null)]
    [InlineData(45009, "QuotaExhausted")]
    [InlineData(40097, null)]
    public async Task Run_ErrorCodeBesideAListThatSaysDone_LeavesThoseFilesInDoubt(int code, string? endedBy)
    {
        using var harness = new EngineHarness(
            request => Fault.Body($$"""{"errcode":{{code}},"errmsg":"what","delete_list":[{"fileid":"{{Ids[0]}}","status":0,"errmsg":"ok"},{"fileid":"{{Ids[1]}}","status":-503002,"errmsg":"x"}]}"""));

        EngineResult result = await harness.RunAsync(Options(), Ids[..3]);

        result.AssertOneOutcomeFor(Ids[..3]);
        Assert.Empty(result.Removed);
        Assert.Equal(endedBy, result.End?.ErrorId.ToString());
        if (endedBy is not null) Assert.True(result.End!.SomeInDoubt);
        else Assert.Equal([Ids[0]], result.Outcomes.Where(outcome => outcome.Failure!.OutcomeUnknown).Select(outcome => outcome.FileId));
    }

    [Fact]
    public async Task Run_TokenRefusedBesideAListThatSaysDone_EndsInDoubt_AndIsNotReplayed()
    {
        var tokens = new ScriptedTokens(refused => refused is null ? "old-token-0123456789" : Token);
        using var harness = new EngineHarness(
            _ => Fault.Body($$"""{"errcode":40001,"errmsg":"what","delete_list":[{"fileid":"{{Ids[0]}}","status":0,"errmsg":"ok"}]}"""), tokens: tokens);

        EngineResult result = await harness.RunAsync(Options(), Ids[..1]);

        Assert.Equal(("TokenRejected", true, 1), (result.End!.ErrorId.ToString(), result.End.SomeInDoubt, harness.Emulator.Requests.Count));
    }

    [Fact]
    public async Task Run_ErrorCodeBesideAListThatSaysDone_ThenMissing_IsAlreadyGone()
    {
        using var harness = new EngineHarness(request => request.Ordinal > 1
            ? null
            : Fault.Body($$"""{"errcode":45011,"errmsg":"slower","delete_list":[{"fileid":"{{Ids[0]}}","status":0,"errmsg":"ok"}]}"""));

        EngineResult result = await harness.RunAsync(Options(), Ids[..2]);

        Assert.Equal([Ids[0]], result.AlreadyGone);
        Assert.Equal([Ids[1]], result.Failed("CloudFileNotFound"));
    }

    [Theory]
    [InlineData("""{"fileid":"ID","code":0}""", "the file's entry in the reply has no status")]
    [InlineData("""{"fileid":"ID","status":null}""", "the file's entry in the reply has no status")]
    [InlineData("""{"fileid":"ID","status":""}""", "the status of the file's entry in the reply is not a whole number")]
    [InlineData("""{"fileid":"ID","status":0},{"fileid":"ID","status":-503002}""", "the reply has entries for the file that contradict each other")]
    [InlineData("", "the reply did not mention the file")]
    public async Task Run_EntryThatCannotBeUsed_TheErrorSaysWhatIsWrongWithIt(string entries, string problem)
    {
        using var harness = new EngineHarness(
            _ => Fault.Body($$"""{"errcode":0,"errmsg":"ok","delete_list":[{{entries.Replace("ID", Ids[0], StringComparison.Ordinal)}}]}"""));

        EngineResult result = await harness.RunAsync(Options(retries: 1), Ids[..1]);

        FileFailure failure = Assert.Single(result.Outcomes).Failure!;
        Assert.Equal(("CloudFileNoAnswer", problem, true), (failure.ErrorId.ToString(), failure.Facts.Message, failure.OutcomeUnknown));
    }

    [Fact]
    public async Task Run_StatusInAnotherSpellingOfAWholeNumber_IsRead()
    {
        using var harness = new EngineHarness(_ => Fault.Body($$"""{"errcode":0.0,"delete_list":[{"fileid":"{{Ids[0]}}","status":0.0},{"fileid":"{{Ids[1]}}","status":-503003.0}]}"""));

        EngineResult result = await harness.RunAsync(Options(), Ids[..2]);

        Assert.Equal([Ids[0]], result.Removed);
        Assert.Equal([Ids[1]], result.Failed("CloudFileNotFound"));
    }

    [Theory]
    [MemberData(nameof(SpoiledReplies))]
    public async Task Run_FirstReplyIsSpoiled_NoFileIsLostAndNoneIsCalledMissing(string name)
    {
        using var harness = new EngineHarness(request => request.Attempt == 1 ? Spoil(name) : null, new EmulatorOptions { FileIds = Ids });

        EngineResult result = await harness.RunAsync(Options(), Ids);

        Assert.Null(result.End);
        result.AssertOneOutcomeFor(Ids);
        Assert.All(result.Outcomes, outcome => Assert.NotNull(outcome.Removal));
        Assert.Equal(0, harness.Emulator.Files.Count);
    }

    [Theory]
    [InlineData("drop")]
    [InlineData("500")]
    [InlineData("-1")]
    [InlineData("-501002")]
    [InlineData("garbage")]
    [InlineData("truncated")]
    [InlineData("null")]
    public async Task Run_ReplyLostThenMissing_IsAlreadyGone(string loss)
    {
        Fault fault = loss switch
        {
            "drop" => Fault.Drop,
            "500" => Fault.Http(500),
            "-1" => Fault.ErrorCode(-1),
            "-501002" => Fault.ErrorCode(-501002),
            "garbage" => Fault.Body("upstream went away"),
            "truncated" => Fault.Truncate,
            _ => Fault.NullList,
        };
        using var harness = new EngineHarness(request => request.Ordinal == 1 ? fault.AfterWork() : null, new EmulatorOptions { FileIds = Ids[..1] });

        EngineResult result = await harness.RunAsync(Options(), Ids[..2]);

        // The second file was never there: nobody can tell any more, and gone it is.
        Assert.Equal(Ids[..2], result.AlreadyGone);
        Assert.All(result.Outcomes, outcome => Assert.Equal(2, outcome.Removal!.Attempts));
    }

    [Fact]
    public async Task Run_WebPageAfterAnAcceptedRequest_ThenMissing_IsAlreadyGone()
    {
        using var harness = new EngineHarness(
            request => request.Ordinal == 2 ? Fault.Body("<html/>").AfterWork() : null, new EmulatorOptions { FileIds = Ids[..2] });

        EngineResult result = await harness.RunAsync(Options(batchSize: 1, throttleLimit: 1), Ids[..2]);

        Assert.Null(result.End);
        Assert.Equal([Ids[0]], result.Removed);
        Assert.Equal([Ids[1]], result.AlreadyGone);
    }

    [Theory]
    [InlineData(-503002, "CloudFileAccessDenied")]
    [InlineData(-501005, "FileInOtherEnvironment")]
    public async Task Run_DefiniteAnswerAfterALostReply_SettlesTheDoubt(int status, string errorId)
    {
        using var harness = new EngineHarness(request => request.Ordinal == 1 ? Fault.Drop : Fault.FileStatus(status, "no", _ => true));

        EngineResult result = await harness.RunAsync(Options(), Ids[..1]);

        Assert.Equal(Ids[..1], result.Failed(errorId));
        Assert.Equal((2, false), (result.Outcomes[0].Attempts, result.Outcomes[0].Failure!.OutcomeUnknown));
    }

    [Theory]
    [InlineData("refused")]
    [InlineData("429")]
    [InlineData("45011")]
    [InlineData("-501004")]
    public async Task Run_NotTakenThenMissing_IsNotFound(string refusal)
    {
        Fault? fault = refusal switch
        {
            "429" => Fault.Http(429),
            "45011" => Fault.Throttle,
            "-501004" => Fault.ErrorCode(-501004),
            _ => null,
        };
        using var emulated = new EngineHarness(request => request.Ordinal == 1 ? fault : null);
        using var refused = new EngineHarness(new RefusingOnceHandler(emulated.Emulator.Endpoint));

        EngineResult result = await (fault is null ? refused : emulated).RunAsync(Options(), Ids[..1]);

        Assert.Equal(Ids[..1], result.Failed("CloudFileNotFound"));
        Assert.Equal(2, result.Outcomes[0].Attempts);
        Assert.False(result.Outcomes[0].Failure!.OutcomeUnknown);
    }

    [Fact]
    public async Task Run_FileIsNeverMentioned_IsNoAnswer_OnlyWhenTheRetriesAreSpent()
    {
        using var harness = new EngineHarness(
            _ => Fault.FileList(entries => entries.Where(entry => entry.FileId != Ids[0])), new EmulatorOptions { FileIds = Ids[..2] });

        EngineResult result = await harness.RunAsync(Options(retries: 3), Ids[..2]);

        Assert.Equal([Ids[0]], result.Failed("CloudFileNoAnswer"));
        Assert.Equal([Ids[1]], result.Removed);
        Assert.Equal((4, 1), (harness.Emulator.Requests.TimesSent(Ids[0]), harness.Emulator.Requests.TimesSent(Ids[1])));
        PendingFile failed = result.Outcomes.Single(outcome => outcome.Failure is not null);
        Assert.Equal((4, true), (failed.Attempts, failed.Failure!.OutcomeUnknown));
    }

    [Fact]
    public async Task Run_TransientStatusToTheEnd_IsNotRemoved_WithWhatTheServiceSaid()
    {
        using var harness = new EngineHarness(
            _ => Fault.FileStatus(-503001, "STORAGE_REQUEST_FAIL", id => id == Ids[0]), new EmulatorOptions { FileIds = Ids[..2] });

        EngineResult result = await harness.RunAsync(Options(retries: 2), Ids[..2]);

        Assert.Equal([Ids[0]], result.Failed("CloudFileNotRemoved"));
        Assert.Equal(-503001, result.Outcomes.Single(outcome => outcome.Failure is not null).Failure!.Facts.ErrorCode);
        Assert.Equal((3, 1), (harness.Emulator.Requests.TimesSent(Ids[0]), harness.Emulator.Requests.TimesSent(Ids[1])));
    }

    [Fact]
    public async Task Run_BatchFailsForGood_EachFileGetsTheFacts_AndTheRestGoesOn()
    {
        using var harness = new EngineHarness(
            request => request.FileIds.Contains(Ids[0]) ? Fault.ErrorCode(123456, "odd") : null, new EmulatorOptions { FileIds = Ids[..30] });

        EngineResult result = await harness.RunAsync(Options(batchSize: 10), Ids[..30]);

        Assert.Null(result.End);
        Assert.Equal(Ids[..10], result.Failed("BatchNotRemoved"));
        Assert.Equal(20, result.Removed.Count());
        PendingFile failed = result.Outcomes.First(outcome => outcome.Failure is not null);
        Assert.Equal((123456, 1, false), (failed.Failure!.Facts.ErrorCode, failed.Attempts, failed.Failure.OutcomeUnknown));
        Assert.NotNull(failed.Failure.Facts.RequestId);
    }

    [Fact]
    public async Task Run_Duplicates_AreSentOnce_AndEachGetsTheAnswer()
    {
        var gate = new Gate();
        using var harness = new EngineHarness(_ => Fault.Hold(gate), new EmulatorOptions { FileIds = Ids[..3] });
        string[] input = [Ids[0], Ids[0], Ids[1], Ids[2], Ids[0], Ids[1]];

        EngineResult result = await OnThread(() =>
        {
            using FileRun engine = harness.Start(Options(batchSize: 2, throttleLimit: 2));
            var all = new EngineResult();
            // Ids[0] and Ids[1] are in flight when they come again.
            foreach (string id in input)
            {
                engine.Add(id);
                all.Drain(engine);
            }
            gate.Open();
            engine.Complete();
            all.Drain(engine);
            return all;
        });

        result.AssertOneOutcomeFor(input);
        Assert.Equal(input.Length, result.Removed.Count());
        Assert.All(Ids[..3], id => Assert.Equal(1, harness.Emulator.Requests.TimesSent(id)));
    }

    [Fact]
    public async Task Run_SameIdAfterItsAnswer_IsSentAgain()
    {
        using var harness = new EngineHarness(options: new EmulatorOptions { FileIds = Ids[..1] });

        EngineResult result = await OnThread(() =>
        {
            using FileRun engine = harness.Start(Options(batchSize: 1));
            var all = new EngineResult();
            engine.Add(Ids[0]);
            all.DrainUntil<RunEvent.FilesDone>(engine);
            engine.Add(Ids[0]);
            engine.Complete();
            all.Drain(engine);
            return all;
        });

        Assert.Equal([Ids[0]], result.Removed);
        Assert.Equal([Ids[0]], result.Failed("CloudFileNotFound"));
    }

    [Fact]
    public async Task Run_IdsThatDifferOnlyInCaseOrForm_AreDifferentFiles()
    {
        string[] ids = ["cloud://test-env.b/a", "cloud://test-env.b/A", "cloud://test-env.b/a ", "cloud://test-env.b/\u00e9", "cloud://test-env.b/e\u0301"];
        using var harness = new EngineHarness(options: new EmulatorOptions { FileIds = ids });

        EngineResult result = await harness.RunAsync(Options(), ids);

        Assert.Equal(ids, result.Removed);
    }

    private static Fault Spoil(string name) => name switch
    {
        "omit" => Fault.OmitEntry,
        "reorder" => Fault.Reorder,
        "duplicate" => Fault.DuplicateEntry,
        "contradict" => Fault.ContradictEntry,
        "foreign" => Fault.ForeignEntry,
        "null" => Fault.NullList,
        "none" => Fault.NoList,
        "strings" => Fault.ListOfStrings,
        "numbers" => Fault.NumbersAsStrings,
        "controls" => Fault.ControlCharacters,
        _ => Fault.ByteOrderMark,
    };

    // The first call goes to a port where nobody listens.
    private sealed class RefusingOnceHandler(Uri endpoint) : DelegatingHandler(TcbHandler())
    {
        private int _calls;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Uri target = _calls++ == 0 ? new Uri($"http://127.0.0.1:{ClosedPort.Find()}") : endpoint;
            request.RequestUri = new Uri(target, request.RequestUri!.PathAndQuery);
            return base.SendAsync(request, cancellationToken);
        }

        private static SocketsHttpHandler TcbHandler() => new() { UseProxy = false };
    }
}
