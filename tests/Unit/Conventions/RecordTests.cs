using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Xunit;

namespace TcbPowerShell.Tests.Conventions;

/// <summary>The compiler writes a ToString for each record that prints all its members. None of the module's may print a secret.</summary>
[Trait("rule", "11")]
public sealed partial class RecordTests
{
    private const string Marker = "MARKER-of-a-secret";

    private static readonly Type[] Records =
        [.. typeof(TcbEnvironment).Assembly.GetTypes().Where(type => PrintMembers(type) is not null).OrderBy(type => type.FullName, StringComparer.Ordinal)];

    public static TheoryData<string> RecordsWithSecrets => [.. Records.Where(type => SecretFields(type).Length > 0).Select(type => type.FullName!)];

    [Fact]
    public void Search_FindsTheRecordsThatHoldTokensAndSecrets()
    {
        string[] known = ["IssuedToken", "RefusedToken", "StableTokenRequest", "AuthorizerTokenRequest", "TokenReply"];

        Assert.Empty(known.Except(Records.Where(type => SecretFields(type).Length > 0).Select(type => type.Name)));
    }

    [Theory]
    [MemberData(nameof(RecordsWithSecrets))]
    public void ToString_RecordWithASecret_DoesNotPrintIt(string name)
    {
        Type type = Records.Single(record => record.FullName == name);
        object record = RuntimeHelpers.GetUninitializedObject(type);
        foreach (FieldInfo field in SecretFields(type)) field.SetValue(record, field.FieldType == typeof(string) ? Marker : new[] { Marker });

        Assert.DoesNotContain(Marker, record.ToString(), StringComparison.Ordinal);
    }

    // A record struct has no <Clone>$, but both kinds have this.
    private static MethodInfo? PrintMembers(Type type) =>
        type.GetMethod("PrintMembers", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
        ?? (type.GetMethod("<Clone>$") is { } clone && clone.DeclaringType == type ? clone : null);

    // By the name of the member, or of the record: the text of an IssuedToken is called Text.
    private static FieldInfo[] SecretFields(Type type) =>
    [
        .. type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Where(field =>
            (field.FieldType == typeof(string) || field.FieldType == typeof(string[])) && (Secret().IsMatch(field.Name) || Secret().IsMatch(type.Name))),
    ];

    [GeneratedRegex("token|secret|password|credential|link|url", RegexOptions.IgnoreCase)]
    private static partial Regex Secret();
}
