using System.Management.Automation;
using System.Management.Automation.Language;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Help;

/// <summary>
/// The examples of the help, run as they stand against the emulator: those for which the engine's package has the cmdlets. tests/Pester runs
/// all of them.
/// </summary>
public sealed class ExampleTests : IDisposable
{
    private const string FileId = "cloud://test2-4a89da.7465-test2-4a89da-1258717764/A.png";
    private const string TokenFile = "/.tencentcloudbase/wx/cloudbase_access_token";

    private readonly string _folder = Directory.CreateTempSubdirectory("tcb-examples-").FullName;

    /// <summary>Each example that this engine can run.</summary>
    public static TheoryData<string, int> Runnable
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (string cmdlet in HelpModule.Cmdlets)
            {
                foreach ((PSObject example, int index) in CmdletHelp.Of("en-US", cmdlet).Examples.Select((example, index) => (example, index)))
                {
                    if (CanRun($"{example.Properties["Code"].Value}")) data.Add(cmdlet, index + 1);
                }
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Runnable))]
    public void Example_RunAsItStands_DoesWhatItSays(string cmdlet, int number)
    {
        string code = $"{CmdletHelp.Of("en-US", cmdlet).Examples[number - 1].Properties["Code"].Value}";
        using var emulator = TcbEmulator.Start(new EmulatorOptions
        {
            Environments = ["test2-4a89da", "prod-9c31e2"],
            FileIds = [FileId],
            CloudBaseAccessToken = "cloud-hosting-token",
            OpenInterfaceService = code.Contains("-OpenInterfaceService", StringComparison.Ordinal),
        });
        using var session = new HelpSession("en-US");
        string tokenFile = Path.Combine(_folder, "token");
        File.WriteAllText(tokenFile, "cloud-hosting-token");
        session.Run(
            """
            $PSDefaultParameterValues = @{ 'Connect-TcbEnvironment:Endpoint' = $endpoint }
            $null = Connect-TcbEnvironment test2-4a89da -AccessToken emulator-access-token
            $null = $ExecutionContext.SessionState.Path.SetLocation($folder)
            """,
            ("endpoint", emulator.Endpoint), ("componentToken", "emulator-component-token"), ("folder", _folder));

        ScriptOutcome outcome = session.Run(code.Replace(TokenFile, tokenFile, StringComparison.Ordinal));

        Assert.Null(outcome.Terminating);
        Assert.Empty(outcome.Errors);
        if (cmdlet == "Remove-TcbCloudFile") Assert.Empty(emulator.Files.Remaining);
        if (cmdlet == "Disconnect-TcbEnvironment") Assert.Equal("NotConnected", Id(session.Run("Get-TcbEnvironment")));
        // A connection is proved by what it is for; nobody listens where the emulator's own address is written out.
        if (cmdlet != "Connect-TcbEnvironment" || code.Contains("-Endpoint", StringComparison.Ordinal)) return;
        Assert.Equal([FileId], session.Run("Remove-TcbCloudFile $id", ("id", FileId)).RemovedIds);
    }

    [Fact]
    public void Examples_AllAreScripts()
    {
        Assert.True(Runnable.Count >= 6, "the engine's package runs fewer than it did");
        foreach (string cmdlet in HelpModule.Cmdlets)
        {
            foreach (PSObject example in CmdletHelp.Of("en-US", cmdlet).Examples)
            {
                Parser.ParseInput($"{example.Properties["Code"].Value}", out _, out ParseError[] errors);
                Assert.Empty(errors);
                Assert.Contains(cmdlet, $"{example.Properties["Code"].Value}", StringComparison.Ordinal);
            }
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static bool CanRun(string code)
    {
        // The process's environment is all tests'.
        if (code.Contains("$env:", StringComparison.Ordinal)) return false;
        using var session = new HelpSession("en-US");
        Ast script = Parser.ParseInput(code, out _, out _);
        return script.FindAll(ast => ast is CommandAst, searchNestedScriptBlocks: true).Cast<CommandAst>()
            .All(command => session.Run("Get-Command $name -ErrorAction Ignore", ("name", command.GetCommandName())).Output.Length > 0);
    }

    private static string Id(ScriptOutcome outcome) => outcome.Terminating!.FullyQualifiedErrorId.Split(',')[0];
}
