using System.Globalization;

namespace TcbPowerShell.Resources;

/// <summary>
/// A text for the user: a key of Messages.resx and its arguments. It is formatted where it is shown, in the language of the session; the
/// journal and <c>Exception.Data</c> get the English one.
/// </summary>
/// <param name="key">The key, as <c>nameof(Messages.Key)</c>.</param>
/// <param name="arguments">Strings (which are made safe to show), numbers, or texts.</param>
internal sealed class UserText(string key, params object?[] arguments)
{
    /// <summary>The key.</summary>
    internal string Key => key;

    /// <summary>The arguments.</summary>
    internal IReadOnlyList<object?> Arguments => arguments;

    /// <summary>The text in a language. Numbers are written the same way in each: some cultures have a minus sign of their own.</summary>
    /// <param name="language">The language; English where there is no translation.</param>
    /// <returns>The text.</returns>
    internal string Format(CultureInfo language)
    {
        object?[] shown = Array.ConvertAll(arguments, argument => argument switch
        {
            UserText text => text.Format(language),
            string text => ShownText.MakeSafe(text),
            _ => argument,
        });
        return string.Format(CultureInfo.InvariantCulture, Messages.ResourceManager.GetString(key, language)!, shown);
    }

    /// <summary>The text in English.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => Format(CultureInfo.InvariantCulture);
}
