using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text.RegularExpressions;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>
/// Refuses a value of another type without repeating it. The parameter binder's own message shows the value, so a token in the wrong place would
/// go to the screen, to transcripts and to <c>$Error</c>.
/// </summary>
/// <param name="type">The parameter's type.</param>
internal sealed class TypedArgumentAttribute(Type type) : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (value is null || type.IsInstanceOfType(value)) return value;
        // The user name; [Credential] asks for the password.
        if (type == typeof(PSCredential) && value is string) return value;
        if (type == typeof(int) && LanguagePrimitives.TryConvertTo(value, out int number)) return number;
        throw new ArgumentTransformationMetadataException(Explain(value.GetType().ToString()).Format(CultureInfo.CurrentUICulture));
    }

    private UserText Explain(string given)
    {
        if (type == typeof(ScriptBlock)) return new UserText(nameof(Messages.NotAScriptBlock), given);
        if (type == typeof(TcbEnvironment)) return new UserText(nameof(Messages.NotAConnection), given);
        return type == typeof(PSCredential) ? new UserText(nameof(Messages.NotACredential), given) : new UserText(nameof(Messages.NotANumber), given);
    }
}

/// <summary>
/// Refuses arguments that belong to no parameter. The binder's own message repeats the first one, which is a token if -AccessToken was forgotten.
/// </summary>
internal sealed class SurplusArgumentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? first = LanguagePrimitives.GetEnumerable(inputData)?.Cast<object?>().FirstOrDefault();
        string text = (first is PSObject wrapped ? wrapped.BaseObject : first) as string ?? string.Empty;
        bool isName = text.Length is > 1 and <= 32 && text[0] == '-' && text.Skip(1).All(c => c is >= 'A' and <= 'Z' or >= 'a' and <= 'z');
        UserText problem = isName ? new UserText(nameof(Messages.ParameterUnknown), text) : new UserText(nameof(Messages.ArgumentWithoutName));
        throw new ArgumentTransformationMetadataException(problem.Format(CultureInfo.CurrentUICulture));
    }
}

/// <summary>Completes nothing: without it, Tab offers file names for a number, a token or a file ID.</summary>
internal sealed class NoCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) => [];
}

/// <summary>
/// Takes a time of whole seconds, from one second to 30 days. PowerShell would read 3600 as 3,600 units of 100 nanoseconds, '3600' as 3,600 days
/// and 24:00:00 as 24 days.
/// </summary>
internal sealed class LinkLifetimeArgumentAttribute : ArgumentTransformationAttribute
{
    private const string Fallback = "02:00:00";

    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);
    private static readonly string[] Forms = ["h\\:mm\\:ss", "hh\\:mm\\:ss", "d\\.hh\\:mm\\:ss", "dd\\.hh\\:mm\\:ss"];

    // Any other argument may be a secret, and is not repeated.
    private static readonly Regex MayBeShown = new(@"^[-+0-9:.,]{1,32}\z", RegexOptions.CultureInvariant);

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (value is string text && TimeSpan.TryParseExact(text, Forms, CultureInfo.InvariantCulture, out TimeSpan read)) value = read;
        if (value is TimeSpan time && IsAllowed(time)) return time;
        string shown = value is null ? "$null" : string.Format(CultureInfo.InvariantCulture, "{0}", value);
        if (!MayBeShown.IsMatch(shown) && value is not null) shown = value.GetType().ToString();
        throw new ArgumentTransformationMetadataException(
            new UserText(nameof(Messages.LinkLifetimeInvalid), shown, Suggest(shown)).Format(CultureInfo.CurrentUICulture));
    }

    private static bool IsAllowed(TimeSpan time) => time.Ticks % TimeSpan.TicksPerSecond == 0 && time > TimeSpan.Zero && time <= Longest;

    // Suggests the time that was meant: 01:00:00 for 3600, 1.00:00:00 for 24:00:00.
    private static string Suggest(string shown)
    {
        string[] parts = shown.Split(':');
        double[] units = parts.Length == 1 ? [1] : [3600, 60, 1];
        if (parts.Length != units.Length) return Fallback;
        double seconds = 0;
        for (int i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out int count)) return Fallback;
            seconds += count * units[i];
        }
        return seconds >= 1 && seconds <= Longest.TotalSeconds ? TimeSpan.FromSeconds(seconds).ToString("c", CultureInfo.InvariantCulture) : Fallback;
    }
}

/// <summary>The address of the cmdlets' pages, which <c>Get-Help -Online</c> opens.</summary>
internal static class HelpPage
{
    internal const string Folder = "https://github.com/TcbPowerShell/TcbPowerShell/blob/main/docs/en-US/";
}
