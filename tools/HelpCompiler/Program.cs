namespace TcbPowerShell.Help;

/// <summary>
/// <c>HelpCompiler docs target</c>: for each language below docs, one MAML file of the cmdlets' pages and a text file for each about topic.
/// </summary>
internal static class Program
{
    public static int Main(string[] arguments)
    {
        if (arguments is not [string docs, string target])
        {
            Console.Error.WriteLine("HelpCompiler <docs folder> <target folder>");
            return 2;
        }
        try
        {
            // docs/en-US, docs/zh-CN. Whatever else lies in docs is no help.
            foreach (string folder in Directory.EnumerateDirectories(docs, "??-??").Order(StringComparer.Ordinal))
                Compile(folder, Path.Combine(target, CultureOf(Path.GetFileName(folder))));
            return 0;
        }
        catch (HelpSourceException e)
        {
            // The form that MSBuild takes for an error of its own.
            Console.Error.WriteLine($"{e.Path}({e.Line}): error HELP: {e.Message}");
            return 1;
        }
    }

    // Get-Help asks for the culture of the session, then for its parents: zh is a parent of zh-CN, zh-SG, zh-TW and zh-HK, and en-US its last resort.
    private static string CultureOf(string folder) => folder.StartsWith("zh-", StringComparison.Ordinal) ? "zh" : folder;

    private static void Compile(string folder, string target)
    {
        Directory.CreateDirectory(target);
        var commands = new List<CommandHelp>();
        foreach (string path in Directory.EnumerateFiles(folder, "*.md").Order(StringComparer.Ordinal))
        {
            var page = MarkdownPage.Read(path);
            string name = Path.GetFileNameWithoutExtension(path);
            if (name.StartsWith("about_", StringComparison.Ordinal)) AboutTopic.Write(page, Path.Combine(target, name + ".help.txt"));
            else if (page.FrontMatter.ContainsKey("external help file")) commands.Add(CommandPage.Read(page));
        }
        foreach (IGrouping<string, CommandHelp> file in commands.GroupBy(command => command.HelpFile))
            Maml.Document(file).Save(Path.Combine(target, file.Key));
    }
}
