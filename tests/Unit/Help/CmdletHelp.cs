using System.Collections.Concurrent;
using System.Management.Automation;

namespace TcbPowerShell.Tests.Help;

/// <summary>The help of a cmdlet, beside the parameters as the binder knows them.</summary>
internal sealed record CmdletHelp(CmdletInfo Command, string Synopsis, string Text, PSObject[] Parameters, PSObject[] Examples, string[] Links)
{
    private static readonly ConcurrentDictionary<string, Lazy<CmdletHelp>> Read = new();

    internal static CmdletHelp Of(string culture, string cmdlet) =>
        Read.GetOrAdd($"{culture} {cmdlet}", _ => new Lazy<CmdletHelp>(() => Ask(culture, cmdlet))).Value;

    private static CmdletHelp Ask(string culture, string cmdlet)
    {
        using var session = new HelpSession(culture);
        PSObject[] parts = session.Run(
            """
            $help = Get-Help $name
            Get-Command $name
            $help.Synopsis
            $help.description.Text -join "`n"
            , @($help.parameters.parameter | ForEach-Object { if ($_) { [pscustomobject] @{
                Name = $_.name; Type = $_.type.name; Required = $_.required; Position = $_.position; Pipeline = $_.pipelineInput
                Aliases = $_.aliases; Default = $_.defaultValue; Wildcards = $_.globbing; Description = $_.description.Text -join "`n" } } })
            , @($help.examples.example | ForEach-Object { [pscustomobject] @{
                Title = $_.title; Code = $_.code; Remarks = ($_.remarks.Text -join "`n").Trim() } })
            , @($help.relatedLinks.navigationLink | ForEach-Object { $_.uri + $(if (-not $_.uri) { $_.linkText }) })
            """,
            ("name", cmdlet)).Output;
        return new CmdletHelp(
            (CmdletInfo)parts[0].BaseObject, (string)parts[1].BaseObject, (string)parts[2].BaseObject, Array(parts[3]), Array(parts[4]),
            [.. Array(parts[5]).Select(link => link.ToString())]);
    }

    private static PSObject[] Array(PSObject list) => [.. ((object[])list.BaseObject).Select(PSObject.AsPSObject)];
}
