using System.Globalization;
using System.Management.Automation;
using System.Reflection;
using System.Text;
using TcbPowerShell.Tests.Help;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Conventions;

/// <summary>What users rely on, as it was approved: both builds have the same.</summary>
public sealed class ApprovedSurfaceTests
{
    [Fact]
    public void PublicTypes_AreAsApproved()
    {
        var text = new StringBuilder();
        foreach (Type type in typeof(RemoveTcbCloudFileCommand).Assembly.GetExportedTypes().OrderBy(type => type.Name, StringComparer.Ordinal))
        {
            text.AppendLine(Declare(type));
            foreach (string member in Members(type).Order(StringComparer.Ordinal)) text.Append("    ").AppendLine(member);
            text.AppendLine();
        }

        ApprovedFile.Check("PublicTypes", text.ToString());
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
        text.Append(CultureInfo.InvariantCulture, $"    -{parameter.Name} {Name(parameter.ParameterType)}");
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

    private static string Declare(Type type)
    {
        string kind = type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct" : "class";
        string modifier = type is { IsAbstract: true, IsSealed: true } ? "static " : type is { IsSealed: true, IsClass: true } ? "sealed " : string.Empty;
        IEnumerable<Type> inherited = type.GetInterfaces().Except(type.BaseType?.GetInterfaces() ?? []);
        if (type.BaseType is { } parent && parent != typeof(object) && !type.IsEnum && !type.IsValueType) inherited = inherited.Prepend(parent);
        string bases = type.IsEnum ? string.Empty : string.Join(", ", inherited.Select(Name));
        return $"{modifier}{kind} {type.FullName}{(bases.Length > 0 ? " : " + bases : string.Empty)}";
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum) return Enum.GetValues(type).Cast<object>().Select(value => $"{value} = {Convert.ToInt32(value, CultureInfo.InvariantCulture)}");
        const BindingFlags Own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        return type.GetMembers(Own).Select(Declare).OfType<string>();
    }

    private static string? Declare(MemberInfo member) => member switch
    {
        ConstructorInfo constructor when IsVisible(constructor) => $"{Access(constructor)} new({Parameters(constructor)})",
        MethodInfo { IsSpecialName: false } method when IsVisible(method) => $"{Access(method)} {Name(method.ReturnType)} {method.Name}({Parameters(method)})",
        PropertyInfo property when property.GetAccessors(true).Any(IsVisible) =>
            $"{Access(property.GetAccessors(true).First(IsVisible))} {Name(property.PropertyType)} {property.Name} {{ "
                + string.Join(' ', property.GetAccessors(true).Where(IsVisible).Select(accessor => accessor.Name.Split('_')[0] + ";")) + " }",
        FieldInfo field when field.IsPublic => $"public {Name(field.FieldType)} {field.Name}",
        EventInfo e => $"event {e.Name}",
        _ => null,
    };

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Access(MethodBase method) => (method.IsPublic ? "public" : "protected") + (method.IsStatic ? " static" : string.Empty);

    private static string Parameters(MethodBase method) =>
        string.Join(", ", method.GetParameters().Select(parameter => $"{Name(parameter.ParameterType)} {parameter.Name}"));

    private static string Name(Type type)
    {
        if (type.IsArray) return Name(type.GetElementType()!) + "[]";
        if (!type.IsGenericType) return type.Name;
        return $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>";
    }
}
