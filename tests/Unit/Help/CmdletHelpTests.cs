using System.Management.Automation;
using System.Text.RegularExpressions;
using TcbPowerShell.Commands;
using Xunit;

namespace TcbPowerShell.Tests.Help;

/// <summary>Get-Help in the real engine: each cmdlet and each parameter, in both languages, as the binder has them.</summary>
public sealed partial class CmdletHelpTests
{
    public static TheoryData<string, string> All
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string culture in HelpModule.Cultures)
            {
                foreach (string cmdlet in HelpModule.Cmdlets) data.Add(culture, cmdlet);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void GetHelp_HasAllParts_InItsLanguage(string culture, string cmdlet)
    {
        var help = CmdletHelp.Of(culture, cmdlet);

        IEnumerable<string> texts = help.Parameters.Select(parameter => Text(parameter, "Description"))
            .Concat(help.Examples.Select(example => Text(example, "Remarks"))).Append(help.Synopsis).Append(help.Text);
        Assert.All(texts, text => Assert.Equal(culture == "zh-CN", Chinese().IsMatch(text)));
        Assert.All(texts, text => Assert.True(text.Length > 5, text));
        Assert.NotEmpty(help.Examples);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Parameters_AreThoseOfTheBinder(string culture, string cmdlet)
    {
        var help = CmdletHelp.Of(culture, cmdlet);

        IEnumerable<string> told = help.Parameters.Select(parameter => Text(parameter, "Name"));
        Assert.Equal(Own(help.Command).Select(parameter => parameter.Name).Order(), told.Order());
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Parameters_EachFact_IsTheBinders(string culture, string cmdlet)
    {
        var help = CmdletHelp.Of(culture, cmdlet);

        Assert.Equal(
            Own(help.Command).OrderBy(parameter => parameter.Name, StringComparer.Ordinal).Select(parameter => Facts(help.Command, parameter)),
            help.Parameters.OrderBy(parameter => Text(parameter, "Name"), StringComparer.Ordinal).Select(Facts));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void GetHelp_FullExamplesAndParameter_ShowThem(string culture, string cmdlet)
    {
        var help = CmdletHelp.Of(culture, cmdlet);

        string full = Shown(culture, $"Get-Help {cmdlet} -Full");
        string examples = Shown(culture, $"Get-Help {cmdlet} -Examples");

        Assert.All(help.Examples, example => Assert.Contains(Bare(Text(example, "Code")), full, StringComparison.Ordinal));
        Assert.All(help.Examples, example => Assert.Contains(Bare(Text(example, "Remarks")), examples, StringComparison.Ordinal));
        foreach (PSObject parameter in help.Parameters)
        {
            Assert.Contains(Bare(Text(parameter, "Description")), full, StringComparison.Ordinal);
            string shown = Shown(culture, $"Get-Help {cmdlet} -Parameter {Text(parameter, "Name")}");
            Assert.Contains(Bare(Text(parameter, "Description")), shown, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Links_LeadToThePageAndToHelpThatExists(string culture, string cmdlet)
    {
        var help = CmdletHelp.Of(culture, cmdlet);

        CmdletAttribute attribute = help.Command.ImplementingType.GetCustomAttributes(false).OfType<CmdletAttribute>().Single();
        Assert.Equal($"{HelpPage.Folder}{cmdlet}.md", attribute.HelpUri);
        Assert.Equal($"{HelpPage.Folder.Replace("en-US", culture, StringComparison.Ordinal)}{cmdlet}.md", help.Links[0]);
        Assert.All(help.Links.Skip(1), link => Assert.True(File.Exists(Path.Combine(HelpModule.Pages(culture), $"{link}.md")), link));
    }

    [Fact]
    public void Cmdlets_AreAllOfTheModule() =>
        Assert.Equal(
            HelpModule.Cmdlets,
            typeof(RemoveTcbCloudFileCommand).Assembly.GetTypes().SelectMany(type => type.GetCustomAttributes(false).OfType<CmdletAttribute>())
                .Select(cmdlet => $"{cmdlet.VerbName}-{cmdlet.NounName}").Order(StringComparer.Ordinal));

    private static IEnumerable<ParameterMetadata> Own(CmdletInfo command) => command.Parameters.Values.Where(parameter =>
        (!Cmdlet.CommonParameters.Contains(parameter.Name) || parameter.Name is "WhatIf" or "Confirm")
            && !parameter.Attributes.OfType<ParameterAttribute>().Any(attribute => attribute.DontShow));

    private static string Facts(CmdletInfo command, ParameterMetadata parameter)
    {
        // If a parameter differs between the sets, help describes the most frequent form.
        ParameterSetMetadata set = parameter.ParameterSets.Values.OrderByDescending(item => item.IsMandatory).First();
        List<string> pipeline = [];
        if (set.ValueFromPipelineByPropertyName) pipeline.Add("ByPropertyName");
        if (set.ValueFromPipeline) pipeline.Add("ByValue");
        return Facts(
            parameter.Name,
            parameter.ParameterType.Name,
            set.IsMandatory,
            set.Position < 0 ? "named" : $"{set.Position}",
            pipeline.Count == 0 ? "False" : $"True ({string.Join(", ", pipeline)})",
            parameter.Aliases.Count == 0 ? "none" : string.Join(", ", parameter.Aliases),
            Default(command, parameter),
            command.Parameters[parameter.Name].Attributes.OfType<SupportsWildcardsAttribute>().Any());
    }

    private static string Facts(PSObject help) => Facts(
        Text(help, "Name"), Text(help, "Type"), bool.Parse(Text(help, "Required")), Text(help, "Position"), Text(help, "Pipeline"),
        Text(help, "Aliases"), Text(help, "Default"), bool.Parse(Text(help, "Wildcards")));

    private static string Facts(
        string name, string type, bool required, string position, string pipeline, string aliases, string value, bool wildcards) =>
        $"{name} {type}, required {required}, position {position}, pipeline {pipeline}, aliases {aliases}, default {value}, "
        + $"wildcards {wildcards}";

    private static string Default(CmdletInfo command, ParameterMetadata parameter)
    {
        if (parameter.Name == "Endpoint") return EndpointUri.Default.OriginalString;
        if (parameter.SwitchParameter) return "False";
        // It cannot be null, so that an unset variable is an error; the bounds that it is made with bound nothing.
        if (parameter.ParameterType == typeof(DateTimeOffset)) return "None";
        object? value = command.ImplementingType.GetProperty(parameter.Name)!.GetValue(Activator.CreateInstance(command.ImplementingType));
        return value is null or "" ? "None" : $"{value}";
    }

    private static string Text(PSObject item, string property) => item.Properties[property].Value?.ToString() ?? string.Empty;

    private static string Shown(string culture, string command)
    {
        using var session = new HelpSession(culture);
        Assert.Empty(session.Run($"{command} | Out-Default").Errors);
        return Bare(session.Host.Shown);
    }

    // The screen breaks lines where it is full.
    private static string Bare(string text) => White().Replace(text, string.Empty);

    [GeneratedRegex(@"\s+")]
    private static partial Regex White();

    [GeneratedRegex(@"[\u4e00-\u9fff]")]
    private static partial Regex Chinese();
}
