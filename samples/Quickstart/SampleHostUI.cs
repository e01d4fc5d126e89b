using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Management.Automation.Internal;
using System.Security;

namespace TcbPowerShell.Quickstart;

/// <summary>Shows PowerShell's streams on the console. Nobody is asked anything.</summary>
internal sealed class SampleHostUI : PSHostUserInterface
{
    public override PSHostRawUserInterface RawUI { get; } = new SampleRawUI();

    public override bool SupportsVirtualTerminal => !Console.IsOutputRedirected;

    public override void Write(string value) => Console.Write(Plain(value));

    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) => Write(value);

    public override void WriteLine(string value) => Write(value + Environment.NewLine);

    public override void WriteErrorLine(string value) => WriteLine(value);

    public override void WriteWarningLine(string message) => WriteLine($"WARNING: {message}");

    public override void WriteVerboseLine(string message) => WriteLine($"VERBOSE: {message}");

    public override void WriteDebugLine(string message) => WriteLine($"DEBUG: {message}");

    public override void WriteProgress(long sourceId, ProgressRecord record)
    {
        // A line that the next one overwrites; none where the output goes into a file.
        if (Console.IsOutputRedirected) return;
        string line = record.RecordType == ProgressRecordType.Completed ? string.Empty : $"{record.Activity}: {record.StatusDescription}";
        Console.Write($"\r{line.PadRight(Math.Max(0, RawUI.BufferSize.Width - 1))}\r");
    }

    public override string ReadLine() => throw new NotSupportedException();

    public override SecureString ReadLineAsSecureString() => throw new NotSupportedException();

    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions) =>
        throw new NotSupportedException();

    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice) =>
        throw new NotSupportedException();

    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) =>
        throw new NotSupportedException();

    public override PSCredential PromptForCredential(
        string caption, string message, string userName, string targetName, PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options) =>
        throw new NotSupportedException();

    // Colours are for a screen.
    private static string Plain(string value) =>
        Console.IsOutputRedirected ? new StringDecorated(value).ToString(OutputRendering.PlainText) : value;
}
