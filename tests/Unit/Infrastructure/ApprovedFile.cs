using Xunit;

namespace TcbPowerShell.Tests.Infrastructure;

/// <summary>
/// Compares a text with its approved file. If they differ, the received text is written beside it: to approve it, copy it over.
/// </summary>
internal static class ApprovedFile
{
    internal static void Check(string name, string received)
    {
        string folder = Path.Combine(StagedModule.TestSources, "Approved");
        string approvedPath = Path.Combine(folder, $"{name}.approved.txt");
        string receivedPath = Path.Combine(folder, $"{name}.{StagedModule.Framework}.received.txt");
        received = received.ReplaceLineEndings("\n").TrimEnd('\n') + "\n";
        string approved = File.Exists(approvedPath) ? File.ReadAllText(approvedPath).ReplaceLineEndings("\n") : string.Empty;
        if (received == approved)
        {
            File.Delete(receivedPath);
            return;
        }
        File.WriteAllText(receivedPath, received);
        string[] was = approved.Split('\n');
        string[] now = received.Split('\n');
        IEnumerable<string> changes = was.Except(now).Select(line => "- " + line).Concat(now.Except(was).Select(line => "+ " + line));
        Assert.Fail($"{name} is not as approved (- approved, + received):\n{string.Join('\n', changes)}\n"
            + $"To approve: copy {Path.GetFileName(receivedPath)} over {Path.GetFileName(approvedPath)}");
    }
}
