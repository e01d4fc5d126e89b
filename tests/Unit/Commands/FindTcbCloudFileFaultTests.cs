using System.Management.Automation;
using System.Text.RegularExpressions;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Tokens;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;
using static TcbPowerShell.Tests.Commands.FindTcbCloudFileCommandTests;

namespace TcbPowerShell.Tests.Commands;

/// <summary>A listing under faults that take time, of keys and clocks, and of pages that contradict one another: complete, or ended with an error.</summary>
[Trait("rule", "14")]
public sealed class FindTcbCloudFileFaultTests
{
    private static readonly string[] ManyKeys = [.. Enumerable.Range(0, 2500).Select(i => $"m/{i:d4}.png")];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Find_PageWithoutReply_IsAskedForAgainAfterItsTimeout(int page)
    {
        using var connected = ConnectWith(request => request.Kind == RequestKind.List && request.Ordinal == page ? Fault.NoAnswer : null, ManyKeys);
        Task<ScriptOutcome> run = connected.Session.StartAsync("Find-TcbCloudFile m/ -Environment $patient -Verbose");
        await connected.WhenAsync(requests => requests.CountOf(RequestKind.List) == page);

        connected.Clock.TimeOut();

        ScriptOutcome outcome = await run;
        Assert.Null(outcome.Terminating);
        Assert.Equal(ManyKeys, Found(outcome).Select(file => file.Key));
        Assert.Contains(outcome.Verbose, text => text.Contains("within 30", StringComparison.Ordinal));
    }

    // In virtual time.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Find_OutageOfTwoMinutes_CostsNoFile(int page)
    {
        ConnectedSession? connected = null;
        TimeSpan? began = null;
        using (connected = ConnectWith(Fail, ManyKeys))
        {
            ScriptOutcome outcome = connected.Run("Find-TcbCloudFile m/ -Environment $patient -MaximumRetryCount 1 -Verbose");

            Assert.Null(outcome.Terminating);
            Assert.Equal(ManyKeys, Found(outcome).Select(file => file.Key));
            Assert.InRange(connected.Clock.Elapsed - began!.Value, TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(3));
            Assert.Contains("does not answer", Assert.Single(outcome.Warnings), StringComparison.Ordinal);
            Assert.Contains(outcome.Verbose, text => text.Contains("answers again, after 1", StringComparison.Ordinal));
        }

        Fault? Fail(EmulatorRequest request)
        {
            if (request.Kind != RequestKind.List || request.Ordinal < page) return null;
            began ??= connected!.Clock.Elapsed;
            return connected!.Clock.Elapsed - began < TimeSpan.FromMinutes(2) ? Fault.Http(502) : null;
        }
    }

    [Fact]
    public void Find_OutageThatDoesNotEnd_EndsTheListingAfterFiveMinutes()
    {
        using var connected = ConnectWith(request => request is { Kind: RequestKind.List, Ordinal: > 1 } ? Fault.Drop : null, ManyKeys);
        TimeSpan began = connected.Clock.Elapsed;

        ScriptOutcome outcome = connected.Run("Find-TcbCloudFile m/ -Environment $patient");

        Assert.StartsWith("ServiceUnreachable,", outcome.Terminating!.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(1000, outcome.Output.Length);
        Assert.InRange(connected.Clock.Elapsed - began, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(6));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Find_KeyThatEndsInTheMiddle_IsFetchedOnceMore(int page)
    {
        ConnectedSession? connected = null;
        using (connected = ConnectWith(EndKeys, ManyKeys))
        {
            ScriptOutcome outcome = connected.Run("Find-TcbCloudFile m/ -Environment $patient");

            Assert.Null(outcome.Terminating);
            Assert.Equal(ManyKeys, Found(outcome).Select(file => file.Key));
            Assert.Equal((2, 4), (Count(connected, RequestKind.Key), Count(connected, RequestKind.List)));
        }

        Fault? EndKeys(EmulatorRequest request)
        {
            if (request.Kind == RequestKind.List && request.Ordinal == page) connected!.Emulator.Keys.EndAll();
            return null;
        }
    }

    // A signature is only good for minutes, by the clock of the storage.
    [Theory]
    [InlineData(-30)]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(30)]
    public void Find_ClockOfThisMachineIsHoursWrong_SignsByTheClockOfTheService(int hours)
    {
        using var connected = ConnectWith(_ => null, ManyKeys);
        var client = new TcbClient(HttpClientFactory.Create(null), connected.Emulator.Endpoint, TimeSpan.FromMinutes(1), new WrongClock(TimeSpan.FromHours(hours)));
        var wrong = new TcbEnvironment(FileIds.Environment, connected.Emulator.Endpoint, new FixedAccessToken(TcbAuthentication.AccessToken, ConnectedSession.Token), client);

        ScriptOutcome outcome = connected.Session.Run("Find-TcbCloudFile m/ -Environment $wrong", ("wrong", wrong));

        Assert.Null(outcome.Terminating);
        Assert.Equal(ManyKeys, Found(outcome).Select(file => file.Key));
        Assert.Equal((1, 3), (Count(connected, RequestKind.Key), Count(connected, RequestKind.List)));
    }

    [Theory]
    [InlineData("Find-TcbCloudFile m/ -Environment $patient")]
    [InlineData("Find-TcbCloudFile m/ -Environment $patientPlatform")]
    public void Find_MoreKeysInAPageThanAskedFor_AreAllListed(string script)
    {
        using var connected = ConnectWith(
            request => request.Kind == RequestKind.List ? Fault.ReplyText(reply => Append(reply, Enumerable.Range(0, 600).Select(i => $"m/y{i:d4}.png"))) : null,
            [.. ManyKeys.Take(1000)]);

        ScriptOutcome outcome = connected.Run(script);

        Assert.Null(outcome.Terminating);
        Assert.Equal(1600, Found(outcome).Select(file => file.FileId).Distinct().Count());
    }

    [Theory]
    [InlineData("m/0500.png", 1)]
    [InlineData("m/0500.png", 2)]
    [InlineData("a", 2)]
    [InlineData("", 2)]
    public void Find_MarkerThatGoesBack_EndsTheListing(string marker, int page)
    {
        using var connected = ConnectWith(
            request => request.Kind == RequestKind.List && request.Ordinal >= page
                ? Fault.ReplyText(reply => Regex.Replace(reply, "<NextMarker>[^<]*<", $"<NextMarker>{marker}<"))
                : null,
            ManyKeys);

        ScriptOutcome outcome = connected.Run("Find-TcbCloudFile m/ -Environment $patient");

        Assert.StartsWith("ServiceUnreachable,", outcome.Terminating!.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("marker does not advance", outcome.Terminating.Exception.Message, StringComparison.Ordinal);
        // Whole pages, each once.
        Assert.Equal(ManyKeys.Take((page - 1) * 1000), Found(outcome).Select(file => file.Key));
    }

    [Theory]
    [InlineData("Find-TcbCloudFile m/ -Environment $patient", 1)]
    [InlineData("Find-TcbCloudFile m/ -Environment $patient", 2)]
    [InlineData("Find-TcbCloudFile m/ -Environment $patientPlatform", 1)]
    [InlineData("Find-TcbCloudFile m/ -Environment $patientPlatform", 2)]
    public void Find_EmptyPageThatIsNotTheLast_EndsTheListing(string script, int page)
    {
        using var connected = ConnectWith(request => request.Kind == RequestKind.List && request.Ordinal >= page ? Fault.ReplyText(Empty) : null, ManyKeys);

        ScriptOutcome outcome = connected.Run(script);

        Assert.StartsWith("ServiceUnreachable,", outcome.Terminating!.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal((page - 1) * 1000, outcome.Output.Length);
    }

    // The keys between two markers may have been deleted just then.
    [Fact]
    public void Find_EmptyPageWithAMarkerThatAdvances_GoesOn()
    {
        using var connected = ConnectWith(
            request => request is { Kind: RequestKind.List, Ordinal: 2 } ? Fault.ReplyText(reply => Regex.Replace(reply, "<Contents>.*</Contents>", string.Empty, RegexOptions.Singleline)) : null,
            ManyKeys);

        ScriptOutcome outcome = connected.Run("Find-TcbCloudFile m/ -Environment $patient");

        Assert.Null(outcome.Terminating);
        Assert.Equal([.. ManyKeys.Take(1000), .. ManyKeys.Skip(2000)], Found(outcome).Select(file => file.Key));
    }

    [Fact]
    public async Task Find_TwoRunspacesAtOnce_FetchOneKey()
    {
        var gate = new Gate();
        using var connected = ConnectWith(request => request.Kind == RequestKind.Key ? Fault.Hold(gate) : null, ManyKeys);
        using var other = new PowerShellSession();
        TcbEnvironment shared = connected.Patient(connected.Emulator.Endpoint);
        Task<ScriptOutcome> first = connected.Session.StartAsync("Find-TcbCloudFile m/ -Environment $shared", ("shared", shared));
        await connected.WhenAsync(requests => requests.CountOf(RequestKind.Key) == 1);
        Task<ScriptOutcome> second = other.StartAsync("Find-TcbCloudFile m/ -Environment $shared", ("shared", shared));

        gate.Open();

        foreach (ScriptOutcome outcome in await Task.WhenAll(first, second)) Assert.Equal(ManyKeys, Found(outcome).Select(file => file.Key));
        Assert.Equal((1, 1), (Count(connected, RequestKind.Upload), Count(connected, RequestKind.Key)));
    }

    [Theory]
    [InlineData(RequestKind.Upload)]
    [InlineData(RequestKind.Key)]
    [InlineData(RequestKind.Lookup)]
    public async Task Find_CtrlCDuringACallBeforeTheFirstPage_EndsAtOnceAndTheConnectionServesOn(RequestKind kind)
    {
        var gate = new Gate();
        Fault? Hold(EmulatorRequest request) => request.Kind == kind && request.Ordinal == 1 ? Fault.Hold(gate) : null;
        using var connected = ConnectTo(new EmulatorOptions { Fault = Hold, ListFault = Hold }, ["a.png"]);
        Task<ScriptOutcome> run = connected.Session.StartAsync("Find-TcbCloudFile -All");
        await connected.WhenAsync(requests => requests.CountOf(kind) == 1);

        await connected.Session.StopAsync();

        Assert.True((await run).IsStopped);
        Assert.Equal(["a.png"], Found(connected.Run("Find-TcbCloudFile -All")).Select(file => file.Key));
    }

    [Fact]
    public async Task Find_CtrlCWhileAnotherRunspaceFetchesTheKey_EndsOnlyTheOne()
    {
        var gate = new Gate();
        using var connected = ConnectWith(request => request.Kind == RequestKind.Key ? Fault.Hold(gate) : null, "a.png");
        using var other = new PowerShellSession();
        TcbEnvironment shared = connected.Patient(connected.Emulator.Endpoint);
        Task<ScriptOutcome> first = connected.Session.StartAsync("Find-TcbCloudFile -All -Environment $shared", ("shared", shared));
        await connected.WhenAsync(requests => requests.CountOf(RequestKind.Key) == 1);
        Task<ScriptOutcome> second = other.StartAsync("Find-TcbCloudFile -All -Environment $shared", ("shared", shared));

        await other.StopAsync();

        Assert.True((await second).IsStopped);
        gate.Open();
        Assert.Equal(["a.png"], Found(await first).Select(file => file.Key));
        Assert.Equal(1, Count(connected, RequestKind.Key));
    }

    [Theory]
    [InlineData("Find-TcbCloudFile -All")]
    [InlineData("Find-TcbCloudFile -All -Environment $dry")]
    [InlineData("$WhatIfPreference = $true; Find-TcbCloudFile -All")]
    public void Find_ConnectionOfWhatIf_IsNotConnected(string script)
    {
        using var connected = ConnectWith(_ => null, "a.png");

        ScriptOutcome outcome = connected.Run($"$dry = Connect-TcbEnvironment test-env -Endpoint {connected.Emulator.Endpoint} -AccessToken {ConnectedSession.Token} -WhatIf; {script}");

        ErrorRecord error = outcome.Terminating!;
        Assert.StartsWith("NotConnected,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("-WhatIf", error.Exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, Count(connected, RequestKind.Upload));
    }

    // More entries behind the last one, in either form of a page.
    private static string Append(string reply, IEnumerable<string> keys)
    {
        const string time = "2020-12-04T08:56:59.000Z";
        return reply[0] == '<'
            ? reply.Replace(
                "</ListBucketResult>",
                string.Concat(keys.Select(key => $"<Contents><Key>{key}</Key><LastModified>{time}</LastModified><ETag>\"x\"</ETag><Size>1</Size></Contents>")) + "</ListBucketResult>",
                StringComparison.Ordinal)
            : reply.Replace(
                "}],\"is_truncated\"",
                "}," + string.Join(',', keys.Select(key => $$"""{"key":"{{key}}","last_modified":"{{time}}","md5":"x","size":"1"}""")) + "],\"is_truncated\"",
                StringComparison.Ordinal);
    }

    private static string Empty(string reply) => reply[0] == '<'
        ? Regex.Replace(reply, "<NextMarker>.*</Contents>", string.Empty, RegexOptions.Singleline).Replace("<IsTruncated>false", "<IsTruncated>true", StringComparison.Ordinal)
        : """{"errcode":0,"errmsg":"ok","contents":[],"is_truncated":true}""";

    private sealed class WrongClock(TimeSpan by) : Clock
    {
        internal override DateTimeOffset UtcNow => base.UtcNow + by;
    }
}
