using System.Management.Automation;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

/// <summary>Listing files: what is found, and that a listing is complete or ends with an error.</summary>
[Trait("rule", "14")]
public sealed class FindTcbCloudFileCommandTests
{
    private const string Root = "cloud://test-env.7465-test-env/";

    [Theory]
    [InlineData("Find-TcbCloudFile a/", 1, 1)]
    [InlineData("Find-TcbCloudFile a/ -Environment $platform", 1, 0)]
    [InlineData("Find-TcbCloudFile a/ -Environment $container", 1, 1)]
    public void Find_EachWayToList_EmitsThePrefixOnly(string script, int uploads, int keys)
    {
        using var connected = Connect("a/1.png", "a/2.png", "a2/3.png", "b.png");

        ScriptOutcome outcome = connected.Run(script);

        Assert.Null(outcome.Terminating);
        Assert.Empty(outcome.Errors);
        Assert.Equal([Root + "a/1.png", Root + "a/2.png"], Found(outcome).Select(file => file.FileId));
        Assert.Equal(uploads, Count(connected, RequestKind.Upload));
        Assert.Equal(keys, Count(connected, RequestKind.Key));
        Assert.Equal(4, connected.Emulator.Files.Count);
    }

    [Theory]
    [InlineData("a/*.png", true)]
    [InlineData("'b.png', 'a/?.png'", true)]
    [InlineData("a/literal*.p", false)]
    [InlineData(@"a\1.png", true)]
    [InlineData("./a/", true)]
    [InlineData("nothing/", false)]
    public void Find_WildcardsOrALocalPathAndNothingFound_WarnsThatThePrefixIsLiteral(string prefix, bool warns)
    {
        using var connected = Connect("a/1.png", "a/literal*.png");

        ScriptOutcome outcome = connected.Run($"Find-TcbCloudFile {prefix}");

        Assert.Null(outcome.Terminating);
        Assert.Equal(warns, outcome.Warnings.Any(warning => warning.Contains("is taken literally", StringComparison.Ordinal)));
    }

    [Fact]
    public void Find_File_HasItsFacts()
    {
        using var connected = Connect();
        var written = new DateTimeOffset(2020, 1, 2, 3, 4, 5, TimeSpan.Zero);
        connected.Emulator.Files.Put(Root + "a/中 文.png", "content"u8.ToArray(), written);

        CloudFileInfo file = Assert.Single(Found(connected.Run("Find-TcbCloudFile a/")));

        Assert.Equal(
            (Root + "a/中 文.png", "test-env", "a/中 文.png", 7L, written, "9a0364b9e99bb480dd25e1f0284c8555", Root + "a/中 文.png"),
            (file.FileId, file.EnvironmentId, file.Key, file.Length, file.LastModified, file.ETag, file.ToString()));
    }

    [Theory]
    [InlineData("Find-TcbCloudFile -All -Environment $platform")]
    [InlineData("Find-TcbCloudFile -All")]
    public void Find_OddKeys_ComeBackAsExactIds(string script)
    {
        string[] keys =
        [
            "/lead.png", "a  b.png", "a!b.png", "a+b&c#d%e?f|g[h].png", "a/b/", "a//b.png", "a/%41.png", "a/dots...", "a/'()*~.png", "中文.png", "😀.png", "\uff01.png",
            new string('x', 850), "a/" + new string('中', 280) + ".png",
        ];
        using var connected = Connect(keys);

        ScriptOutcome outcome = connected.Run(script + " -IncludeFolder");

        Assert.Null(outcome.Terminating);
        Assert.Equal(keys.Select(key => Root + key).Order(StringComparer.Ordinal), Found(outcome).Select(file => file.FileId).Order(StringComparer.Ordinal));
        Assert.Equal(keys.Order(StringComparer.Ordinal), Found(outcome).Select(file => file.Key).Order(StringComparer.Ordinal));
        // They name what the service knows.
        Assert.Equal(keys.Length, connected.Run("Find-TcbCloudFile -All -IncludeFolder | Remove-TcbCloudFile").Output.Length);
        Assert.Equal(0, connected.Emulator.Files.Count);
    }

    [Fact]
    public void Find_KeyThatNoIdCanExpress_IsAnErrorWithTheKey()
    {
        using var connected = Connect("a.png");
        connected.Emulator.Files.Put(Root + "line\nbreak.png", []);

        ScriptOutcome outcome = connected.Run("Find-TcbCloudFile -All");

        Assert.Equal([Root + "a.png"], Found(outcome).Select(file => file.FileId));
        ErrorRecord error = Assert.Single(outcome.Errors);
        Assert.StartsWith("InvalidFileId,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal("line\nbreak.png", error.TargetObject);
        Assert.Contains("line break", error.Exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Find-TcbCloudFile -All", "a/1.png")]
    [InlineData("Find-TcbCloudFile -All -IncludeFolder", "a/,a/1.png")]
    public void Find_Folders_AreLeftOutByDefault(string script, string expected)
    {
        using var connected = Connect("a/", "a/1.png");

        Assert.Equal(expected.Split(','), Found(connected.Run(script)).Select(file => file.Key));
    }

    [Theory]
    [InlineData("-LastModifiedBefore 2020-01-02T00:00:00Z", "1")]
    [InlineData("-LastModifiedAfter 2020-01-02T00:00:00Z", "3")]
    [InlineData("-LastModifiedAfter 2020-01-01T00:00:00Z -LastModifiedBefore 2020-01-03T00:00:00Z", "2")]
    [InlineData("-LastModifiedAfter 2020-01-01T08:00:00+08:00 -LastModifiedBefore 2020-01-03T08:00:00+08:00", "2")]
    [InlineData("-LastModifiedBefore ([DateTimeOffset]'2020-01-02T00:00:00Z').LocalDateTime", "1")]
    public void Find_Ages_AreExclusiveInstants(string parameters, string expected)
    {
        using var connected = Connect();
        for (int day = 1; day <= 3; day++) connected.Emulator.Files.Put($"{Root}{day}", [], new DateTimeOffset(2020, 1, day, 0, 0, 0, TimeSpan.Zero));

        Assert.Equal(expected.Split(','), Found(connected.Run($"Find-TcbCloudFile -All {parameters}")).Select(file => file.Key));
    }

    [Theory]
    [InlineData("Find-TcbCloudFile -All -LastModifiedBefore $unset", "ParameterBindingFailed")]
    [InlineData("Find-TcbCloudFile -All -LastModifiedAfter $null", "ParameterBindingFailed")]
    [InlineData("Find-TcbCloudFile $unset", "InvalidPrefix")]
    [InlineData("Find-TcbCloudFile ''", "InvalidPrefix")]
    [InlineData("Find-TcbCloudFile ' '", "InvalidPrefix")]
    [InlineData("Find-TcbCloudFile @()", "InvalidPrefix")]
    [InlineData("Find-TcbCloudFile 'a', $null", "InvalidPrefix")]
    [InlineData("Find-TcbCloudFile 'a', ''", "InvalidPrefix")]
    [InlineData("Find-TcbCloudFile \"$unset/\"", "InvalidPrefix")]
    [InlineData("Find-TcbCloudFile /a", "InvalidPrefix")]
    [InlineData("Find-TcbCloudFile a/*", "InvalidPrefix")]
    [InlineData("Find-TcbCloudFile \"cloud://test-env.7465-test-env/$unset\"", "InvalidPrefix")]
    [InlineData("Find-TcbCloudFile cloud://test-env.7465-test-env", "InvalidPrefix")]
    [InlineData("Find-TcbCloudFile cloud://test-env/a", "InvalidPrefix")]
    [InlineData("Find-TcbCloudFile cloud://other-env.7465-other-env/a", "InvalidPrefix")]
    [InlineData("Find-TcbCloudFile https://example.com/a", "InvalidPrefix")]
    public void Find_ArgumentThatCouldMeanEverything_IsRefusedBeforeAnythingIsSent(string script, string errorId)
    {
        using var connected = Connect("a/1.png");

        ScriptOutcome outcome = connected.Run(script);

        Assert.StartsWith(errorId + ",", outcome.Terminating!.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Empty(outcome.Output);
        // Connect's own.
        Assert.All(connected.Emulator.Requests.Snapshot(), request => Assert.Equal(RequestKind.Delete, request.Kind));
    }

    [Theory]
    [InlineData("cloud://test-env.7465-test-env/a/", 2)]
    [InlineData("cloud://test-env.7465-test-env/a/1", 1)]
    public void Find_PrefixAsAWholeId_IsTheKeyBehindTheBucket(string prefix, int count)
    {
        using var connected = Connect("a/1.png", "a/2.png", "b.png");

        Assert.Equal(count, Found(connected.Run($"Find-TcbCloudFile {prefix}")).Length);
    }

    [Theory]
    [InlineData("\"$unset/\"", "It is only a slash, perhaps because a variable is not set. To list the whole bucket, use -All.")]
    [InlineData("//", "It is only a slash, perhaps because a variable is not set. To list the whole bucket, use -All.")]
    [InlineData("/a", "remove the slash")]
    public void Find_PrefixWithSlash_SaysWhatToDo(string prefix, string advice)
    {
        using var connected = Connect();

        Assert.Contains(advice, connected.Run($"Find-TcbCloudFile {prefix}").Terminating!.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_IdOfAnotherBucket_EndsTheListing()
    {
        using var connected = Connect("a/1.png");

        ScriptOutcome outcome = connected.Run("Find-TcbCloudFile cloud://test-env.other-bucket/a/");

        Assert.StartsWith("InvalidPrefix,", outcome.Terminating!.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(0, Count(connected, RequestKind.List));
    }

    [Fact]
    public void Find_OverlappingPrefixes_EmitEachFileOnce()
    {
        using var connected = Connect("a/1.png", "a/b/2.png", "a/b/3.png", "c.png");

        Assert.Equal(["a/1.png", "a/b/2.png", "a/b/3.png", "c.png"], Found(connected.Run("Find-TcbCloudFile a/b/, a/, a/b/2, c, a/")).Select(file => file.Key).Order());
    }

    [Theory]
    [InlineData("Find-TcbCloudFile m/")]
    [InlineData("Find-TcbCloudFile m/ -Environment $platform")]
    public void Find_ManyPages_AreComplete(string script)
    {
        using var connected = Connect([.. Enumerable.Range(0, 2500).Select(i => $"m/{i}.png")]);

        ScriptOutcome outcome = connected.Run(script + " -Verbose");

        Assert.Equal(2500, Found(outcome).Select(file => file.FileId).Distinct().Count());
        Assert.Equal(3, Count(connected, RequestKind.List));
        Assert.Equal(3, outcome.Verbose.Count(text => text.StartsWith("Page ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Find_FirstFilesOnly_AsksForOnePage()
    {
        using var connected = Connect([.. Enumerable.Range(0, 2500).Select(i => $"m/{i}.png")]);

        ScriptOutcome outcome = connected.Run("Find-TcbCloudFile m/ | Select-First 10");

        Assert.Equal(10, outcome.Output.Length);
        Assert.Equal(1, Count(connected, RequestKind.List));
    }

    [Fact]
    public void Find_Twice_FetchesOneKeyAndConfirmsOnce()
    {
        using var connected = Connect("a/1.png");

        connected.Run("Find-TcbCloudFile a/; Find-TcbCloudFile -All");

        Assert.Equal((1, 1, 1, 2), (Count(connected, RequestKind.Upload), Count(connected, RequestKind.Key), Count(connected, RequestKind.Lookup), Count(connected, RequestKind.List)));
    }

    public static TheoryData<string, int> FaultsOfPages()
    {
        var rows = new TheoryData<string, int>();
        foreach (string fault in (string[])["drop", "truncate", "http-502", "slow-down", "http-429", "garbage", "access-denied"])
        {
            for (int page = 1; page <= 3; page++) rows.Add(fault, page);
        }
        return rows;
    }

    [Theory]
    [MemberData(nameof(FaultsOfPages))]
    public void Find_PageThatFailsOnce_IsAskedForAgain(string fault, int page)
    {
        string[] keys = [.. Enumerable.Range(0, 2500).Select(i => $"m/{i:d4}.png")];
        using var connected = ConnectWith(FaultOnList($"{fault}:{page}"), keys);

        ScriptOutcome outcome = connected.Run("Find-TcbCloudFile m/ -Environment $patient");

        Assert.Null(outcome.Terminating);
        Assert.Equal(keys, Found(outcome).Select(file => file.Key));
        Assert.Equal(4, Count(connected, RequestKind.List));
        Assert.Equal(fault == "access-denied" ? 2 : 1, Count(connected, RequestKind.Key));
    }

    [Theory]
    [InlineData("access-denied:2-99", "ListingRefused", 1000)]
    [InlineData("access-denied:1-99", "ListingRefused", 0)]
    [InlineData("http-502:2-999", "ServiceUnreachable", 1000)]
    [InlineData("truncate:2-999", "ServiceUnreachable", 1000)]
    [InlineData("drop:2-999", "ServiceUnreachable", 1000)]
    public void Find_PageThatCannotBeHad_EndsTheListing(string fault, string errorId, int found)
    {
        using var connected = ConnectWith(FaultOnList(fault), [.. Enumerable.Range(0, 2500).Select(i => $"m/{i:d4}.png")]);

        ScriptOutcome outcome = connected.Run("Find-TcbCloudFile m/ -Environment $patient");

        Assert.StartsWith(errorId + ",", outcome.Terminating!.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(found, outcome.Output.Length);
        Assert.Contains($"Files listed before that: {found:N0}.", outcome.Terminating.Exception.Message, StringComparison.Ordinal);
    }

    // As --list-fault does: the plan sees each call of a listing.
    [Theory]
    [InlineData("access-denied", 0)]
    [InlineData("access-denied:2-99", 1000)]
    public void Find_StorageThatDeniesAccess_IsARefusalOfTheStorage(string fault, int found)
    {
        using var connected = ConnectWith(FaultPlan.Parse(0, fault), [.. Enumerable.Range(0, 2500).Select(i => $"m/{i:d4}.png")]);

        ScriptOutcome outcome = connected.Run("Find-TcbCloudFile m/ -Environment $patient");

        Assert.StartsWith("ListingRefused,", outcome.Terminating!.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("AccessDenied", outcome.Terminating.Exception.Message, StringComparison.Ordinal);
        // COS is asked about a request by this ID.
        Assert.False(string.IsNullOrEmpty(Assert.IsType<TcbException>(outcome.Terminating.Exception).RequestId));
        Assert.Equal(found, outcome.Output.Length);
        Assert.Equal((1, 2), (Count(connected, RequestKind.Upload), Count(connected, RequestKind.Key)));
    }

    [Theory]
    [InlineData("getqcloudtoken", 48001, "ListingRefused")]
    [InlineData("getqcloudtoken", 45009, "QuotaExhausted")]
    [InlineData("getqcloudtoken", 85107, "ListingRefused")]
    [InlineData("uploadfile", 48001, "ListingRefused")]
    [InlineData("uploadfile", 85088, "EnvironmentRefused")]
    public void Find_CallThatIsRefused_EndsTheListing(string call, int code, string errorId)
    {
        using var connected = ConnectWith(request => request.Path.EndsWith(call, StringComparison.Ordinal) ? Fault.ErrorCode(code) : null, "a.png");

        ScriptOutcome outcome = connected.Run("Find-TcbCloudFile -All -Environment $patient");

        Assert.StartsWith(errorId + ",", outcome.Terminating!.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains($"{code}", outcome.Terminating.Exception.Message, StringComparison.Ordinal);
        if (code == 45009) Assert.Contains("hour", outcome.Terminating.Exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<Name>7465-test-env", "<Name>other-bucket")]
    [InlineData("<IsTruncated>false", "<IsTruncated>perhaps")]
    [InlineData("<EncodingType>url</EncodingType>", "")]
    [InlineData("<Key>a", "<Key>%E4%B8")]
    [InlineData("<Size>", "<Size>x")]
    [InlineData("<LastModified>", "<LastModified>x")]
    [InlineData("</ListBucketResult>", "")]
    public void Find_PageThatIsSpoiled_IsNeverEmitted(string text, string by)
    {
        using var connected = ConnectWith(request => request.Kind == RequestKind.List ? Fault.ReplyText(reply => reply.Replace(text, by, StringComparison.Ordinal)) : null, "a.png");

        ScriptOutcome outcome = connected.Run("Find-TcbCloudFile -All -Environment $patient");

        Assert.NotNull(outcome.Terminating);
        Assert.Empty(outcome.Output);
    }

    [Fact]
    public void Find_MorePagesThanThereAre_EndTheListing()
    {
        using var connected = ConnectWith(request => request.Kind == RequestKind.List ? Fault.ReplyText(reply => reply.Replace("<IsTruncated>false", "<IsTruncated>true", StringComparison.Ordinal)) : null, "a.png");

        ScriptOutcome outcome = connected.Run("Find-TcbCloudFile -All -Environment $patient");

        Assert.StartsWith("ServiceUnreachable,", outcome.Terminating!.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("marker does not advance", outcome.Terminating.Exception.Message, StringComparison.Ordinal);
        Assert.Single(outcome.Output);
    }

    [Theory]
    [InlineData("\"file_id\":\"cloud://test-env.7465-test-env/", "\"file_id\":\"cloud://test-env.7465-test-env/other/tcb")]
    [InlineData("\"file_id\":\"cloud://test-env", "\"file_id\":\"cloud://other-env")]
    [InlineData("\"url\":\"http://127.0.0.1", "\"url\":\"https://storage.example")]
    [InlineData("\"url\":\"http://127.0.0.1", "\"url\":\"https://cos.ap-shanghai.myqcloud.com.example")]
    [InlineData("\"url\":\"http", "\"url\":\"nonsense")]
    public void Find_UploadfileSaysSomethingElse_EndsBeforeAnyPage(string text, string by)
    {
        // A name that the reply changes before the path changes the path, too.
        using var connected = ConnectWith(
            request => request.Kind == RequestKind.Upload ? Fault.ReplyText(reply => reply.Replace(text, by, StringComparison.Ordinal)) : null, "a.png");

        ScriptOutcome outcome = connected.Run("Find-TcbCloudFile -All -Environment $patient");

        Assert.StartsWith("ListingMismatch,", outcome.Terminating!.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal((0, 0), (Count(connected, RequestKind.Key), Count(connected, RequestKind.List)));
    }

    [Theory]
    [InlineData("a.png", 1)]
    [InlineData("0/,a.png", 1)]
    public void Find_IdsThatTheServiceDoesNotKnow_EndTheListing(string keys, int looks)
    {
        var options = new EmulatorOptions { Fault = request => request.Kind == RequestKind.Lookup ? Fault.FileStatus(1, "STORAGE_FILE_NONEXIST", _ => true) : null };
        using var connected = ConnectTo(options, keys.Split(','));

        ScriptOutcome outcome = connected.Run("Find-TcbCloudFile -All -IncludeFolder -Environment $patient");

        Assert.StartsWith("ListingMismatch,", outcome.Terminating!.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Empty(outcome.Output);
        // Once more, since the files may just have been deleted.
        Assert.Equal((looks + 1, 2), (Count(connected, RequestKind.Lookup), Count(connected, RequestKind.List)));
    }

    [Fact]
    public void Find_FilesDeletedAMomentAgo_AreNoMismatch()
    {
        ConnectedSession? connected = null;
        var options = new EmulatorOptions
        {
            Fault = request =>
            {
                // Between the page and the look-up somebody deletes what the page has.
                if (request is { Kind: RequestKind.Lookup, Ordinal: 1 }) connected!.Emulator.Files.Put(Root + "b.png", []);
                return request is { Kind: RequestKind.Lookup, Ordinal: 1 } ? Fault.FileStatus(1, "STORAGE_FILE_NONEXIST", _ => true) : null;
            },
        };
        using (connected = ConnectTo(options, ["a.png"]))
        {
            ScriptOutcome outcome = connected.Run("Find-TcbCloudFile -All -Environment $patient");

            Assert.Null(outcome.Terminating);
            Assert.Equal(["a.png", "b.png"], Found(outcome).Select(file => file.Key));
        }
    }

    [Fact]
    public void Find_AccessDenied_ConfirmsAnIdToo()
    {
        using var connected = Connect("a.png");
        connected.Emulator.Files.Deny(Root + "a.png");

        Assert.Single(Found(connected.Run("Find-TcbCloudFile -All")));
    }

    [Fact]
    public void Find_PipedToRemove_DeletesEachFileOnceWhileItLists()
    {
        using var connected = Connect([.. Enumerable.Range(0, 2500).Select(i => $"m/{i}.png"), "keep.png"]);

        ScriptOutcome dryRun = connected.Run("Find-TcbCloudFile m/ | Remove-TcbCloudFile -WhatIf");
        int left = connected.Emulator.Files.Count;
        ScriptOutcome run = connected.Run("Find-TcbCloudFile m/ | Remove-TcbCloudFile");

        Assert.Empty(dryRun.Output);
        Assert.Equal(2501, left);
        Assert.Equal(2500, run.Output.Length);
        Assert.Empty(run.Errors);
        Assert.Equal([Root + "keep.png"], connected.Emulator.Files.Remaining);
        Assert.All(connected.Emulator.Files.Deleted, fileId => Assert.Equal(1, connected.Emulator.Files.TimesDeleted(fileId)));
    }

    [Fact]
    public void Find_NotConnected_IsAnError()
    {
        using var session = new PowerShellSession();

        Assert.StartsWith("NotConnected,", session.Run("Find-TcbCloudFile a/").Terminating!.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Find_CtrlCDuringAPage_EndsAtOnce()
    {
        var gate = new Gate();
        using var connected = ConnectWith(request => request is { Kind: RequestKind.List, Ordinal: 2 } ? Fault.Hold(gate) : null, [.. Enumerable.Range(0, 2500).Select(i => $"m/{i}.png")]);
        Task<ScriptOutcome> run = connected.Session.StartAsync("Find-TcbCloudFile m/");
        await connected.WhenAsync(requests => requests.CountOf(RequestKind.List) == 2);

        await connected.Session.StopAsync();

        Assert.True((await run).IsStopped);
    }

    private static ConnectedSession Connect(params string[] keys) => ConnectTo(new EmulatorOptions(), keys);

    internal static ConnectedSession ConnectWith(Func<EmulatorRequest, Fault?> fault, params string[] keys) => ConnectTo(new EmulatorOptions { ListFault = fault }, keys);

    private static Func<EmulatorRequest, Fault?> FaultOnList(string plan)
    {
        Func<EmulatorRequest, Fault?> faults = FaultPlan.Parse(0, plan);
        return request => request.Kind == RequestKind.List ? faults(request) : null;
    }

    // The bucket of the environment is the first that a file names. A second connection is a platform's, a third one a container's. For $patientPlatform
    // the waits between tries take no time.
    internal static ConnectedSession ConnectTo(EmulatorOptions options, string[] keys)
    {
        var connected = new ConnectedSession(options with { FileIds = [Root + "first"], OpenInterfaceService = true });
        connected.Emulator.Files.Seed(keys.Select(key => Root + key));
        ScriptOutcome ready = connected.Run($$"""
            Remove-TcbCloudFile {{Root}}first | Out-Null
            $platform = Connect-TcbEnvironment test-env -Endpoint {{connected.Emulator.Endpoint}} -ComponentAccessToken emulator-component-token
            $container = Connect-TcbEnvironment test-env -Endpoint {{connected.Emulator.Endpoint}} -OpenInterfaceService
            $null = Connect-TcbEnvironment test-env -Endpoint {{connected.Emulator.Endpoint}} -AccessToken {{ConnectedSession.Token}}
            """);
        Assert.Null(ready.Terminating);
        connected.Session.Runspace.SessionStateProxy.SetVariable("patientPlatform", connected.Patient(connected.Emulator.Endpoint, "emulator-component-token", TcbAuthentication.Component));
        return connected;
    }

    internal static CloudFileInfo[] Found(ScriptOutcome outcome) => [.. outcome.Output.Select(item => (CloudFileInfo)item.BaseObject)];

    internal static int Count(ConnectedSession connected, RequestKind kind) => connected.Emulator.Requests.CountOf(kind);
}
