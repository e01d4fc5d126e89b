using System.Globalization;
using System.Management.Automation;
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
