using System.Management.Automation;
using System.Management.Automation.Runspaces;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

/// <summary>Get, Disconnect, and whose the default connection is: its runspace's alone.</summary>
public sealed class DefaultConnectionTests
{
    private const string NotConnected = "NotConnected,TcbPowerShell.GetTcbEnvironmentCommand";

    [Fact]
    public void Get_WithoutAConnection_SaysWhatToDo()
    {
        using var session = new PowerShellSession();

        ErrorRecord error = session.Run("Get-TcbEnvironment").Terminating!;

        Assert.Equal((NotConnected, ErrorCategory.ConnectionError), (error.FullyQualifiedErrorId, error.CategoryInfo.Category));
        Assert.Contains("Connect-TcbEnvironment", error.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Disconnect_Twice_IsNoError()
    {
        using var connected = new ConnectedSession();

        ScriptOutcome outcome = connected.Run(
            "Disconnect-TcbEnvironment; Disconnect-TcbEnvironment; try { Get-TcbEnvironment } catch { $_.FullyQualifiedErrorId }");

        Assert.Null(outcome.Terminating);
        Assert.Empty(outcome.Errors);
        Assert.Equal(NotConnected, outcome.Output.Single().BaseObject);
    }

    [Theory]
    [InlineData("Disconnect-TcbEnvironment -WhatIf")]
    [InlineData("$WhatIfPreference = $true; Disconnect-TcbEnvironment; $WhatIfPreference = $false")]
    [InlineData("Disconnect-TcbEnvironment -Confirm")]
    public void Disconnect_WhatIfOrNo_ChangesNothing(string script)
    {
        using var connected = new ConnectedSession(answers: 'N');

        ScriptOutcome outcome = connected.Run($"{script}; Get-TcbEnvironment");

        Assert.IsType<TcbEnvironment>(outcome.Output.Single().BaseObject);
        Assert.Contains("test-env", connected.Session.Host.Shown + string.Concat(connected.Session.Host.Prompts), StringComparison.Ordinal);
    }

    [Fact]
    public void Disconnect_ConnectionGivenElsewhere_StaysUsable()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(1) });

        ScriptOutcome outcome = connected.Run(
            "Disconnect-TcbEnvironment; $ids | Remove-TcbCloudFile -Environment $default", FileIds.Range(1));

        Assert.Equal(FileIds.Range(1), outcome.RemovedIds);
    }

    [Fact]
    public void Default_OfAnotherRunspace_IsNotSeen()
    {
        using var first = new ConnectedSession();
        using var second = new PowerShellSession();

        Assert.Equal(NotConnected, second.Run("Get-TcbEnvironment").Terminating!.FullyQualifiedErrorId);
        second.Run("$null = Connect-TcbEnvironment other-env -AccessToken abc");

        Assert.Equal("test-env", first.Run("(Get-TcbEnvironment).EnvironmentId").Output.Single().BaseObject);
        Assert.Equal("other-env", second.Run("(Get-TcbEnvironment).EnvironmentId").Output.Single().BaseObject);
        second.Run("Disconnect-TcbEnvironment");
        Assert.Equal("test-env", first.Run("(Get-TcbEnvironment).EnvironmentId").Output.Single().BaseObject);
    }

    [Fact]
    public void Parallel_DefaultIsNotSeen_UsingIs()
    {
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(40) });

        ScriptOutcome outcome = connected.Session.Run(
            """
            $numbers | ForEach-Object -ThrottleLimit 4 -Parallel {
                Import-Module $using:module
                $none = try { Get-TcbEnvironment } catch { $_.FullyQualifiedErrorId }
                if ($none -ne $using:expected) { throw "seen: $none" }
                $ids = @($using:ids)[$_ .. ($_ + 9)]
                $ids | Remove-TcbCloudFile -Environment $using:default
            }
            """,
            ("numbers", new[] { 0, 10, 20, 30 }), ("module", PowerShellSession.ModulePath), ("ids", FileIds.Range(40)), ("expected", NotConnected));

        Assert.Null(outcome.Terminating);
        Assert.Empty(outcome.Errors);
        Assert.Equal(FileIds.Range(40).Order(), outcome.RemovedIds.Order());
        Assert.Equal("test-env", connected.Run("(Get-TcbEnvironment).EnvironmentId").Output.Single().BaseObject);
    }

    [Theory]
    [InlineData("1 | ForEach-Object -Parallel { Import-Module $using:module; try { Get-TcbEnvironment } catch { $_.ToString() } }")]
    [InlineData("1 | ForEach-Object -Parallel { Import-Module $using:module; try { 'x' | Remove-TcbCloudFile } catch { $_.ToString() } }")]
    public void Parallel_WithoutEnvironment_NamesUsing(string script)
    {
        using var connected = new ConnectedSession();

        ScriptOutcome outcome = connected.Session.Run(script, ("module", PowerShellSession.ModulePath));

        Assert.Contains("-Environment $using:environment", outcome.Output.Single().BaseObject.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Get_AfterDisconnect_SaysNothingOfParallel()
    {
        using var connected = new ConnectedSession();

        ErrorRecord error = connected.Run("Disconnect-TcbEnvironment; Get-TcbEnvironment").Terminating!;

        Assert.Contains("Connect-TcbEnvironment", error.Exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("$using:", error.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunspacePool_OneConnectionForAll_WorksAtOnce()
    {
        var gate = new Gate();
        using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(30), Fault = _ => Fault.Hold(gate) });
        using RunspacePool pool = RunspaceFactory.CreateRunspacePool(PowerShellSession.InitialState());
        Assert.True(pool.SetMaxRunspaces(3));
        pool.Open();

        Task<string[]>[] runs = [.. Enumerable.Range(0, 3).Select(RunAsync)];
        // All three have a request under way before any is answered.
        await gate.WhenArrivedAsync(3).WaitAsync(PowerShellSession.Patience);
        gate.Open();
        string[][] removed = await Task.WhenAll(runs).WaitAsync(PowerShellSession.Patience);

        Assert.Equal(FileIds.Range(30).Order(), removed.SelectMany(ids => ids).Order());
        Assert.Equal(3, connected.Emulator.Requests.PeakInFlight);

        async Task<string[]> RunAsync(int index)
        {
            using var powerShell = PowerShell.Create();
            powerShell.RunspacePool = pool;
            powerShell.AddCommand("Remove-TcbCloudFile").AddParameter("FileId", FileIds.Range(10, from: (index * 10) + 1))
                .AddParameter("Environment", connected.Session.Variable("default"));
            PSDataCollection<PSObject> output = await powerShell.InvokeAsync();
            Assert.Empty(powerShell.Streams.Error);
            return [.. output.Select(item => ((CloudFileRemoval)item.BaseObject).FileId)];
        }
    }

    [Fact]
    public void Job_ConnectionMadeInIt_IsNotTheSessions()
    {
        using var session = new PowerShellSession();
        using Runspace other = RunspaceFactory.CreateRunspace(PowerShellSession.InitialState());
        other.Open();

        using (var powerShell = PowerShell.Create(other))
        {
            powerShell.AddScript("Connect-TcbEnvironment test-env -AccessToken abc");
            Assert.Single(powerShell.Invoke());
        }

        Assert.Equal(NotConnected, session.Run("Get-TcbEnvironment").Terminating!.FullyQualifiedErrorId);
    }
}
