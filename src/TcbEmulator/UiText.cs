using System.Globalization;

namespace TcbPowerShell.Emulation;

/// <summary>The texts for the person at the command line: Chinese in a Chinese session, else English. Replies are those of the service, in any session.</summary>
internal static class UiText
{
    public static string Of(string english, string chinese) => CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "zh" ? chinese : english;
}
