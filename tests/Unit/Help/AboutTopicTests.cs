using System.Management.Automation;
using Xunit;

namespace TcbPowerShell.Tests.Help;

/// <summary>The about topics, as Get-Help finds and lists them.</summary>
public sealed class AboutTopicTests
{
    [Theory]
    [InlineData("en-US", "about_TcbPowerShell", "Finds, saves and deletes WeChat CloudBase")]
    [InlineData("en-US", "about_TcbPowerShell_Errors", "Error IDs of TcbPowerShell")]
    [InlineData("en-US", "about_TcbPowerShell_Network", "Proxies, certificates")]
    [InlineData("zh-CN", "about_TcbPowerShell", "批量查找、保存、删除微信云开发")]
    [InlineData("zh-CN", "about_TcbPowerShell_Errors", "TcbPowerShell 的所有错误 ID")]
    [InlineData("zh-CN", "about_TcbPowerShell_Network", "代理、证书")]
    [InlineData("zh-SG", "about_TcbPowerShell_Errors", "TcbPowerShell 的所有错误 ID")]
    [InlineData("zh-TW", "about_TcbPowerShell_Errors", "TcbPowerShell 的所有错误 ID")]
    [InlineData("zh-HK", "about_TcbPowerShell_Errors", "TcbPowerShell 的所有错误 ID")]
    [InlineData("fr-FR", "about_TcbPowerShell_Errors", "Error IDs of TcbPowerShell")]
    public void GetHelp_Topic_IsFoundAndListed(string culture, string topic, string synopsis)
    {
        using var session = new HelpSession(culture);

        string text = session.Run($"Get-Help {topic}").Output.Single().ToString();
        PSObject[] list = session.Run("Get-Help about_Tcb*").Output;

        Assert.StartsWith($"TOPIC\n    {topic}\n", text.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        PSObject entry = list.Single(item => (string)item.Properties["Name"].Value == topic);
        Assert.StartsWith(synopsis, (string)entry.Properties["Synopsis"].Value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("en-US")]
    [InlineData("zh-CN")]
    public void Topic_Lines_FitATerminal(string culture)
    {
        foreach (string path in Directory.EnumerateFiles(HelpModule.Staged(culture), "*.help.txt"))
            Assert.All(File.ReadLines(path), line => Assert.InRange(line.Sum(c => c > 0x2E80 ? 2 : 1), 0, 80));
    }

    [Theory]
    [InlineData("en-US")]
    [InlineData("zh-CN")]
    public void Topic_RowsOfTables_HaveNoFullStopBeforeTheColon(string culture)
    {
        foreach (string path in Directory.EnumerateFiles(HelpModule.Staged(culture), "*.help.txt"))
            Assert.All(File.ReadLines(path), line => Assert.DoesNotMatch("[.。] ?[:：]", line));
    }

    [Theory]
    [InlineData("en-US", "What to do: ")]
    [InlineData("zh-CN", "处理办法：")]
    public void Topic_OfErrors_SaysWhatToDoOnALineOfItsOwn(string culture, string label)
    {
        string[] lines = File.ReadAllLines(Path.Combine(HelpModule.Staged(culture), "about_TcbPowerShell_Errors.help.txt"));
        int rows = ErrorsPage.Tables(culture).Sum(table => table.Length);

        Assert.Equal(rows, lines.Count(line => line.StartsWith($"      {label}", StringComparison.Ordinal)));
        Assert.Equal(rows, lines.Count(line => line.Contains(label, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("en-US")]
    [InlineData("zh-CN")]
    public void Topic_NamesEachCmdletAndOutcome(string culture)
    {
        string text = File.ReadAllText(Path.Combine(HelpModule.Staged(culture), "about_TcbPowerShell.help.txt"));

        IEnumerable<string> names = HelpModule.Cmdlets.Concat(Enum.GetNames<CloudFileRemovalOutcome>());
        Assert.All(names, name => Assert.Contains($"- {name}: ", text, StringComparison.Ordinal));
    }
}
