using System.Globalization;
using System.Runtime.CompilerServices;

namespace TcbPowerShell.Tests.Infrastructure;

/// <summary>Tests expect English texts on every machine. Those of other languages set the language in their session.</summary>
internal static class TestLanguage
{
    [ModuleInitializer]
    internal static void SetEnglish() => CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo("en-US");
}
