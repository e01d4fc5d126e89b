using System.Globalization;
using System.Management.Automation;
using System.Reflection;
using System.Text;
using PublicApiGenerator;
using TcbPowerShell.Tests.Help;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Conventions;

/// <summary>The approved public surface: both builds have the same.</summary>
public sealed class ApprovedSurfaceTests
{
    [Fact]
    public void PublicTypes_AreAsApproved()
    {
        // Attributes of PowerShell are approved with the cmdlets below, as the engine reads them.
        string[] attributes = [.. typeof(CmdletAttribute).Assembly.GetExportedTypes().Where(typeof(Attribute).IsAssignableFrom).Select(type => type.FullName!)];
        var options = new ApiGeneratorOptions { IncludeAssemblyAttributes = false, ExcludeAttributes = attributes };

        ApprovedFile.Check("PublicTypes", typeof(RemoveTcbCloudFileCommand).Assembly.GeneratePublicApi(options));
    }

    [Fact]
    public void Cmdlets_AreAsApproved()
    {
        using var session = new PowerShellSession();
        var text = new StringBuilder();
        foreach (string name in HelpModule.Cmdlets)
        {
            ScriptOutcome outcome = session.Run("Get-Command $name; Get-Command $name -Syntax", ("name", name));
            var command = (CmdletInfo)outcome.Output[0].BaseObject;
            CmdletAttribute cmdlet = command.ImplementingType.GetCustomAttribute<CmdletAttribute>()!;
            text.AppendLine(name);
            text.AppendLine(CultureInfo.InvariantCulture, $"    ShouldProcess: {cmdlet.SupportsShouldProcess}, ConfirmImpact: {cmdlet.ConfirmImpact}");
            text.AppendLine(CultureInfo.InvariantCulture, $"    emits {string.Join(", ", command.OutputType.Select(type => type.Name))}");
            string[] syntax = [.. ((string)outcome.Output[1].BaseObject).Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];
            foreach (string line in syntax) text.Append("    ").AppendLine(line);
            foreach (ParameterMetadata parameter in command.Parameters.Values.Where(IsOwn).OrderBy(parameter => parameter.Name, StringComparer.Ordinal))
                DescribeParameter(text, parameter);
            text.AppendLine();
        }

        ApprovedFile.Check("Cmdlets", text.ToString());
    }

    private static bool IsOwn(ParameterMetadata parameter) =>
        !Cmdlet.CommonParameters.Contains(parameter.Name) && !Cmdlet.OptionalCommonParameters.Contains(parameter.Name);

    private static void DescribeParameter(StringBuilder text, ParameterMetadata parameter)
    {
        text.Append(CultureInfo.InvariantCulture, $"    -{parameter.Name} {parameter.ParameterType.Name}");
        if (parameter.Aliases.Count > 0) text.Append(CultureInfo.InvariantCulture, $", alias {string.Join(", ", parameter.Aliases)}");
        IEnumerable<string> checks = parameter.Attributes.Select(Describe).OfType<string>().Order(StringComparer.Ordinal);
        text.AppendLine(string.Concat(checks.Select(check => ", " + check)));
        foreach ((string set, ParameterSetMetadata place) in parameter.ParameterSets.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"        {set}:");
            if (place.IsMandatory) text.Append(" mandatory");
            if (place.Position >= 0) text.Append(CultureInfo.InvariantCulture, $" position {place.Position}");
            if (place.ValueFromPipeline) text.Append(" pipeline");
            if (place.ValueFromPipelineByPropertyName) text.Append(" property");
            text.AppendLine();
        }
    }

    private static string? Describe(Attribute attribute) => attribute switch
    {
        ValidateRangeAttribute range => $"{range.MinRange}..{range.MaxRange}",
        ValidatePatternAttribute pattern => $"matches {pattern.RegexPattern}",
        ParameterAttribute or AliasAttribute or ArgumentTransformationAttribute => null,
        { TypeId: Type type } when type.Namespace == "System.Management.Automation" => type.Name.Replace("Attribute", string.Empty, StringComparison.Ordinal),
        _ => null,
    };
}
