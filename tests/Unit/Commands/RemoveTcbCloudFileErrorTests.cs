using System.Collections;
using System.Management.Automation;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

/// <summary>Errors of single files, and of the input beside them.</summary>
public sealed class RemoveTcbCloudFileErrorTests
{
    public static TheoryData<string> Scenarios => new(ErrorScenario.All.Select(scenario => scenario.Name));

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void Error_HasItsIdCategoryTargetAndMessage(string name)
    {
        ErrorScenario scenario = ErrorScenario.All.Single(one => one.Name == name);
        using var connected = new ConnectedSession(new EmulatorOptions { Fault = _ => scenario.Fault, TokenFault = _ => scenario.TokenFault, ListFault = _ => scenario.ListFault });

        ScriptOutcome outcome = connected.Run(scenario.Script, scenario.Ids);

        Assert.Equal(scenario.Ends, outcome.Terminating is not null);
        ErrorRecord error = outcome.Terminating ?? Assert.Single(outcome.Errors);
        Assert.Equal($"{scenario.Kind},TcbPowerShell.{scenario.Command}", error.FullyQualifiedErrorId);
        Assert.Equal(scenario.Category, error.CategoryInfo.Category);
        if (scenario.Ends && scenario.Target is string target && scenario.Ids.Contains(target)) Assert.IsType<string[]>(error.TargetObject);
        else Assert.Equal(scenario.Target, error.TargetObject);
        Assert.IsType<TcbException>(error.Exception);
        Assert.All(scenario.Says, text => Assert.Contains(text, error.Exception.Message, StringComparison.Ordinal));
        Assert.DoesNotContain("stranger", outcome.AllText(), StringComparison.Ordinal);
        Assert.DoesNotMatch(@"\S\.\.", error.Exception.Message);
    }

    [Fact]
    public void Error_CarriesTheFactsOfTheReply()
    {
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            Fault = request => request.FileIds[0] == FileIds.Of(1) ? Fault.FileStatus(-503002, "STORAGE_EXCEED_AUTHORITY rid: 1-2-3", _ => true) : Fault.Http(502),
        });

        ScriptOutcome outcome = connected.Run(
            "$ids | Remove-TcbCloudFile -BatchSize 1 -ThrottleLimit 1 -MaximumRetryCount 0", FileIds.Range(2));

        var file = (TcbException)outcome.Errors[0].Exception;
        Assert.Equal(
            (-503002, "STORAGE_EXCEED_AUTHORITY rid: 1-2-3", "1-2-3", null),
            (file.ErrorCode, file.ServiceMessage, file.RequestId, file.HttpStatus));
        var gateway = (TcbException)outcome.Errors[1].Exception;
        Assert.Equal(
            (null, null, null, System.Net.HttpStatusCode.BadGateway),
            (gateway.ErrorCode, gateway.ServiceMessage, gateway.RequestId, gateway.HttpStatus));
    }

    [Fact]
    public async Task Timeout_IsACategoryOfItsOwn()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { Fault = _ => Fault.NoAnswer });

        Task<ScriptOutcome> run = connected.Session.StartAsync(
            "$ids | Remove-TcbCloudFile -Environment $patient -MaximumRetryCount 0", ("ids", FileIds.Range(1)));
        await connected.WhenAsync(log => log.InFlight == 1);
        connected.Clock.TimeOut();
        ErrorRecord error = Assert.Single((await run).Errors);

        Assert.Equal(
            (ErrorCategory.OperationTimeout, "BatchNotRemoved,TcbPowerShell.RemoveTcbCloudFileCommand"),
            (error.CategoryInfo.Category, error.FullyQualifiedErrorId));
        Assert.Contains("no reply within 30 s", error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains("may have been deleted", error.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OneFailedFile_TheRestGoesOn()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(120) });
        connected.Emulator.Files.Deny(FileIds.Of(60));

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile", FileIds.Range(121));

        Assert.Equal([FileIds.Of(121), FileIds.Of(60)], outcome.FailedIds.Order());
        Assert.Equal(119, outcome.RemovedIds.Distinct().Count());
        Assert.Equal([FileIds.Of(60)], connected.Emulator.Files.Remaining);
    }

    [Fact]
    public void WholeBatchFailed_EachOfItsFilesIsAnError()
    {
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = FileIds.Range(100),
            Fault = request => request.FileIds.Contains(FileIds.Of(1)) ? Fault.ErrorCode(-1) : null,
        });

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile -Environment $patient", FileIds.Range(100));

        Assert.Equal(FileIds.Range(50), outcome.FailedIds);
        Assert.Equal(FileIds.Range(50, from: 51), outcome.RemovedIds);
        Assert.All(outcome.Errors, error => Assert.StartsWith("BatchNotRemoved,", error.FullyQualifiedErrorId, StringComparison.Ordinal));
    }

    [Fact]
    public void Run_OneInvalidId_SplitsUntilItStandsAlone()
    {
        string odd = FileIds.Of(137);
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = FileIds.Range(500),
            Fault = request => request.FileIds.Contains(odd) ? Fault.ErrorCode(40097, "invalid args") : null,
        });

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile -Verbose", FileIds.Range(500));

        Assert.Null(outcome.Terminating);
        ErrorRecord error = Assert.Single(outcome.Errors);
        Assert.Equal(("RequestRefused,TcbPowerShell.RemoveTcbCloudFileCommand", odd), (error.FullyQualifiedErrorId, error.TargetObject));
        Assert.Equal(499, outcome.Removals.Length);
        Assert.Equal([odd], connected.Emulator.Files.Remaining);
        // Ten batches, and fifty files halved six times at most, with two requests each.
        Assert.InRange(connected.Emulator.Requests.Count, 20, 22);
        Assert.Contains(outcome.Verbose, text => text.Contains("Splitting it in half", StringComparison.Ordinal));
    }

    [Fact]
    public void ManyMissingFiles_EachSaysWhyFirst_AndTheAdviceIsGivenOnce()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = [] });

        string[] messages = [.. connected.Run("$ids | Remove-TcbCloudFile", FileIds.Range(120)).Errors.Select(error => error.Exception.Message)];

        Assert.All(messages, message => Assert.StartsWith("There is no such file in environment 'test-env': 'cloud://", message, StringComparison.Ordinal));
        Assert.Single(messages, message => message.Contains("-IgnoreMissing", StringComparison.Ordinal));
        Assert.EndsWith("use -IgnoreMissing.", messages[0], StringComparison.Ordinal);
    }

    public static TheoryData<int, string, string, string[]> Advice => new()
    {
        { 40164, "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: 1-2-3", "", ["The IP address 203.0.113.7 is not on", "mp.weixin.qq.com", "Developer ID", "at most 10 entries", "only calls with the AppSecret"] },
        { 40164, "not in whitelist", "", ["The IP address of this computer is not on", "mp.weixin.qq.com"] },
        { 45035, "access clientip is not registered", "", ["not registered", "mp.weixin.qq.com", "open.weixin.qq.com"] },
        { 61004, "access clientip is not registered", "", ["not registered", "open.weixin.qq.com"] },
        { 89501, "x", "", ["administrator", "confirm"] },
        { 89503, "x", "", ["administrator", "confirm"] },
        { 89506, "x", "", ["24 hours"] },
        { 89507, "x", "", ["one hour"] },
        { 40243, "AppSecret is frozen", "", ["AppSecret is frozen", "Unfreeze it", "after 10 minutes"] },
        { 41001, "access_token missing", "", ["without a token", "open interface service", "publish a new version"] },
        { 48001, "api unauthorized", "", ["not allowed to call this interface", "the app that owns the environment"] },
        { 48001, "api unauthorized", "CloudBase", ["WeChat Cloud Run", "/tcb/batchdeletefile", "/tcb/batchdownloadfile"] },
        { 48001, "api unauthorized", "Component", ["permission set 49 or 64"] },
        { 50002, "user limited", "", ["restricted", "notifications"] },
        { 50004, "forbidden", "", ["not allowed to use this interface", "notifications"] },
        { 61003, "x", "", ["has not authorized the third-party platform", "permission set 49 or 64", "refresh token of that authorization"] },
        { 61007, "x", "", ["but not for this call", "permission set 49 or 64"] },
        { 61014, "x", "Component", ["needs the token of a third-party platform", "-ComponentAccessToken"] },
        { 61024, "x", "", ["that of a third-party platform", "of the mini program"] },
        { -604101, "x", "", ["not allowed to call this interface"] },
        { 85088, "no qbase privilege", "", ["not enabled cloud development", "DevTools"] },
        { -501000, "", "", ["Check the environment ID", "the app that owns the environment"] },
        { -501005, "", "", ["Check the environment ID", "the app that owns the environment"] },
        { -501019, "x", "", ["not authorized for this operation", "which app owns the environment"] },
        { -501021, "x", "", ["does not support this operation", "CloudBase console"] },
        { 85107, "x", "CloudBase", ["WeChat Cloud Run", "/tcb/batchdeletefile"] },
        { 45009, "reach max api daily quota limit", "", ["daily quota", "clear_quota", "ten times a month", "openapi/quota/get"] },
        { -501015, "x", "", ["quota of the environment", "CloudBase console", "larger plan"] },
        { -501003, "x", "", ["quota of the environment"] },
        { -501017, "x", "", ["disk space of the environment", "larger plan"] },
    };

    /// <summary>The advice of a code is about that code, in both languages, and no two codes with different remedies share one.</summary>
    [Theory]
    [MemberData(nameof(Advice))]
    public void CodeThatEndsARun_SaysWhatToDoAboutIt(int code, string text, string connection, string[] says)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { Fault = _ => Fault.ErrorCode(code, text) });
        string connect = connection.Length == 0 ? string.Empty
            : $"$null = Connect-TcbEnvironment test-env -Endpoint $default.Endpoint -{(connection == "Component" ? "ComponentAccessToken" : "CloudBaseAccessToken")} abc; ";

        ScriptOutcome outcome = connected.Run($"{connect}$ids | Remove-TcbCloudFile", FileIds.Range(1));

        string message = outcome.Terminating!.Exception.Message;
        Assert.All(says, part => Assert.Contains(part, message, StringComparison.Ordinal));
        Assert.Contains($"(errcode {code}: ", message, StringComparison.Ordinal);
        Assert.EndsWith(" 1 without a result. Run the same list again.", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Continue", 2, 2, 2)]
    [InlineData("SilentlyContinue", 0, 2, 2)]
    [InlineData("Ignore", 0, 0, 0)]
    public void ErrorAction_GoesOn_KeepsWhatItShould(string action, int shown, int inVariable, int inError)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(2) });

        ScriptOutcome outcome = connected.Run(
            $"$Error.Clear(); $ids | Remove-TcbCloudFile -ErrorAction {action} -ErrorVariable failed; $kept = $Error.Count", FileIds.Range(4));

        Assert.Null(outcome.Terminating);
        Assert.Equal(FileIds.Range(2), outcome.RemovedIds);
        Assert.Equal(shown, outcome.Errors.Length);
        Assert.Equal(inVariable, ((ArrayList)connected.Session.Variable("failed")!).Count);
        Assert.Equal(inError, connected.Session.Variable("kept"));
    }

    [Fact]
    public void ErrorActionPreference_Stop_EndsTheRunToo()
    {
        using var connected = new ConnectedSession();

        ScriptOutcome outcome = connected.Run("$ErrorActionPreference = 'Stop'; $ids | Remove-TcbCloudFile", FileIds.Range(2));

        Assert.Equal(FileIds.Of(1), outcome.Terminating!.TargetObject);
    }

    [Fact]
    public void ErrorVariable_GivesBackWhatToTryAgain()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(60) });

        ScriptOutcome outcome = connected.Run(
            "$ids | Remove-TcbCloudFile -ErrorVariable failed -ErrorAction SilentlyContinue | Out-Null; $failed.TargetObject", FileIds.Range(70).Append("cloud://"));

        // The malformed one is refused as it comes, before any answer.
        Assert.Equal(
            FileIds.Range(10, from: 61).Append("cloud://").Order(), outcome.Output.Select(item => (string)item.BaseObject).Order());
    }

    [Trait("status", "503")]
    [Fact]
    public void EveryId_ComesOutExactlyOnce()
    {
        string[] input = [.. FileIds.Range(200), .. FileIds.Range(20), "cloud://", "cloud://other.x/a.png", FileIds.Of(3)];
        Fault?[] faults = [Fault.OmitEntry, Fault.Reorder, Fault.Drop.AfterWork(), Fault.NullList, Fault.ContradictEntry, Fault.Http(503), Fault.Truncate, null];
        using var connected = new ConnectedSession(new EmulatorOptions
        {
            FileIds = FileIds.Range(150),
            Fault = request => faults[request.Ordinal % faults.Length],
        });

        ScriptOutcome outcome = connected.Run(
            "$ids | Remove-TcbCloudFile -Environment $patient -BatchSize 20 -MaximumRetryCount 100", input);

        Assert.Null(outcome.Terminating);
        Assert.Equal(input.Order(), outcome.RemovedIds.Concat(outcome.FailedIds).Order());
    }
}
