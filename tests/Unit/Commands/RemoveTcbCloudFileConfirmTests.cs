using System.Text.RegularExpressions;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

/// <summary>-WhatIf and -Confirm: nothing is removed that was not meant.</summary>
public sealed class RemoveTcbCloudFileConfirmTests
{
    [Theory]
    [InlineData("$ids | Remove-TcbCloudFile -WhatIf")]
    [InlineData("Remove-TcbCloudFile $ids -WhatIf")]
    [InlineData("$WhatIfPreference = $true; $ids | Remove-TcbCloudFile")]
    [InlineData("$WhatIfPreference = $true; & { $ids | Remove-TcbCloudFile }")]
    [InlineData("$ids | Remove-TcbCloudFile -WhatIf -Confirm")]
    [InlineData("$ids | Remove-TcbCloudFile -WhatIf:$true -Confirm:$false")]
    public void WhatIf_SendsNothingAndNamesFileAndEnvironment(string script)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(3) });

        ScriptOutcome outcome = connected.Run(script, FileIds.Range(3));

        Assert.Empty(outcome.Output);
        Assert.Empty(outcome.Errors);
        Assert.Equal((0, 0), (connected.Emulator.Requests.Count, connected.Emulator.Requests.ConnectionCount));
        Assert.Equal(3, connected.Emulator.Files.Count);
        foreach (string id in FileIds.Range(3))
            Assert.Contains(
                $"\"Remove cloud file from environment test-env\" on target \"{id}\"", connected.Session.Host.Shown, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIf_InAChineseSession_IsAChineseSentence()
    {
        const string Script = """
            $thread = [Threading.Thread]::CurrentThread
            $culture = $thread.CurrentUICulture
            try { $thread.CurrentUICulture = 'zh-CN'; $ids | Remove-TcbCloudFile -WhatIf }
            finally { $thread.CurrentUICulture = $culture }
            """;
        using var connected = new ConnectedSession(new EmulatorOptions());

        connected.Run(Script, FileIds.Range(1));

        Assert.Matches($"test-env[^a-zA-Z]+{Regex.Escape(FileIds.Range(1)[0])}", connected.Session.Host.Shown);
        Assert.DoesNotContain("Performing", connected.Session.Host.Shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("$WhatIfPreference = $true; $ids | Remove-TcbCloudFile -WhatIf:$false")]
    [InlineData("$ids | Remove-TcbCloudFile -WhatIf:$false")]
    [InlineData("$ids | Remove-TcbCloudFile -Confirm:$false")]
    [InlineData("$ConfirmPreference = 'Medium'; $ids | Remove-TcbCloudFile -Confirm:$false")]
    [InlineData("$ConfirmPreference = 'None'; $ids | Remove-TcbCloudFile")]
    [InlineData("$ids | Remove-TcbCloudFile")]
    public void NoWhatIfNoConfirm_RemovesWithoutAQuestion(string script)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(3) });

        ScriptOutcome outcome = connected.Run(script, FileIds.Range(3));

        Assert.Equal(FileIds.Range(3), outcome.RemovedIds);
        Assert.Empty(connected.Session.Host.Prompts);
    }

    [Fact]
    public void WhatIf_BadIds_AreRefusedAsInARealRun()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(1) });

        ScriptOutcome outcome = connected.Run("$ids, 7 | Remove-TcbCloudFile -WhatIf", "cloud://", "cloud://other.x/a.png", FileIds.Of(1));

        Assert.Equal(
            ["InvalidFileId", "FileInOtherEnvironment", "InvalidFileId"],
            outcome.Errors.Select(error => error.FullyQualifiedErrorId.Split(',')[0]));
        Assert.Contains(FileIds.Of(1), connected.Session.Host.Shown, StringComparison.Ordinal);
        Assert.DoesNotContain("\"cloud://other.x", connected.Session.Host.Shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("$ids | Remove-TcbCloudFile -WhatIf")]
    [InlineData("$WhatIfPreference = $true; $ids | Remove-TcbCloudFile")]
    public void WhatIf_WithoutAConnection_Works(string script)
    {
        using var session = new PowerShellSession();

        ScriptOutcome outcome = session.Run(script, ("ids", new[] { FileIds.Of(1), "cloud://", "cloud://another.x/a.png" }));

        Assert.Null(outcome.Terminating);
        Assert.Equal(["cloud://"], outcome.FailedIds);
        Assert.Contains(FileIds.Of(1), session.Host.Shown, StringComparison.Ordinal);
        Assert.Contains("cloud://another.x/a.png", session.Host.Shown, StringComparison.Ordinal);
    }

    [Fact]
    public void WholeScript_UnderWhatIfPreference_CanBeRehearsed()
    {
        using var emulator = TcbEmulator.Start(new EmulatorOptions { FileIds = FileIds.Range(1) });
        using var session = new PowerShellSession();

        ScriptOutcome outcome = session.Run(
            "$WhatIfPreference = $true; $null = Connect-TcbEnvironment test-env -Endpoint $endpoint -AccessToken some-token; $ids | Remove-TcbCloudFile; Disconnect-TcbEnvironment",
            ("endpoint", emulator.Endpoint), ("ids", FileIds.Range(1)));

        Assert.Null(outcome.Terminating);
        Assert.Empty(outcome.Errors);
        Assert.Empty(outcome.Output);
        Assert.Equal((0, 1), (emulator.Requests.ConnectionCount, emulator.Files.Count));
    }

    [Theory]
    // Which of five files the answers remove, whether a request is one file or all.
    [InlineData("YYYYY", "12345", 5)]
    [InlineData("NNNNN", "", 5)]
    [InlineData("YNYNY", "135", 5)]
    [InlineData("A", "12345", 1)]
    [InlineData("L", "", 1)]
    [InlineData("YYL", "12", 3)]
    [InlineData("NYA", "2345", 3)]
    [InlineData("NL", "", 2)]
    public void Confirm_Answers_DecideFileByFile(string answers, string removed, int questions)
    {
        string[] expected = [.. removed.Select(digit => FileIds.Of(digit - '0'))];
        foreach (int batchSize in new[] { 1, 2, 50 })
        {
            using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(5) }, answers.ToCharArray());

            ScriptOutcome outcome = connected.Run(
                $"$ids | Remove-TcbCloudFile -Confirm -ThrottleLimit 1 -BatchSize {batchSize}", FileIds.Range(5));

            Assert.Equal(expected, outcome.RemovedIds);
            Assert.Equal(expected, connected.Emulator.Requests.Snapshot().SelectMany(request => request.FileIds));
            Assert.Equal(5 - expected.Length, connected.Emulator.Files.Count);
            Assert.Empty(outcome.Errors);
            Assert.Equal(questions, connected.Session.Host.Prompts.Count);
            Assert.Contains(FileIds.Of(1), connected.Session.Host.Prompts[0], StringComparison.Ordinal);
            Assert.Contains("environment test-env", connected.Session.Host.Prompts[0], StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Confirm_IsAskedBeforeTheFileEntersABatch()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(4) }, 'Y', 'Y', 'Y', 'Y');
        List<int> sent = [];
        connected.Session.Host.Prompted = () => sent.Add(connected.Emulator.Requests.Snapshot().Sum(request => request.FileCount));

        connected.Run("$ids | Remove-TcbCloudFile -Confirm -BatchSize 50", FileIds.Range(4));

        Assert.Equal([0, 0, 0, 0], sent);
        Assert.Equal(new Dictionary<int, int> { [4] = 1 }, connected.Emulator.Requests.BatchSizes);
    }

    [Fact]
    public void Confirm_BadId_IsNotAskedFor()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(1) }, 'Y');

        ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile -Confirm", "cloud://", FileIds.Of(1));

        Assert.Single(connected.Session.Host.Prompts);
        Assert.Equal(FileIds.Range(1), outcome.RemovedIds);
    }

    [Fact]
    public async Task Confirm_WhileRequestsAreUnderWay_TheirAnswersAreKept()
    {
        // The first batch is answered while the person still thinks about the second file.
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(2) }, 'Y', 'L');
        RequestLog log = connected.Emulator.Requests;
        int question = 0;
        connected.Session.Host.Prompted = () =>
        {
            if (++question == 2) log.WhenAsync(now => now.Count == 1 && now.InFlight == 0).WaitAsync(PowerShellSession.Patience).GetAwaiter().GetResult();
        };

        ScriptOutcome outcome = await connected.Session.StartAsync(
            "$ids | Remove-TcbCloudFile -Confirm -BatchSize 1", ("ids", FileIds.Range(2)));

        Assert.Equal([FileIds.Of(1)], outcome.RemovedIds);
    }

    [Theory]
    [InlineData("Medium", 1)]
    [InlineData("Low", 1)]
    [InlineData("High", 0)]
    public void ConfirmPreference_AgainstImpactMedium_DecidesWhetherToAsk(string preference, int questions)
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(2) }, 'A');

        ScriptOutcome outcome = connected.Run($"$ConfirmPreference = '{preference}'; $ids | Remove-TcbCloudFile", FileIds.Range(2));

        Assert.Equal(questions, connected.Session.Host.Prompts.Count);
        Assert.Equal(FileIds.Range(2), outcome.RemovedIds);
    }
}
