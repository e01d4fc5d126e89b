using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

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
