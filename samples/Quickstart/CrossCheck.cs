using TcbPowerShell.Emulation;

namespace TcbPowerShell.Quickstart;

/// <summary>What the cmdlet said against what the emulator saw.</summary>
/// <param name="list">The lines of the list.</param>
/// <param name="emulator">The emulator.</param>
/// <param name="retryList">The file into which the script writes what failed.</param>
internal sealed class CrossCheck(string[] list, TcbEmulator emulator, string retryList)
{
    private readonly int _filesAtStart = emulator.Files.Count;
    private bool _agrees = true;

    public string RetryList => retryList;

    /// <summary>Prints the comparison.</summary>
    /// <param name="account">What the cmdlet said.</param>
    /// <returns>Whether both sides agree.</returns>
    public bool Agrees(Account account)
    {
        (string[] removed, string[] failed) = account;
        string[] ids = [.. list.Where(line => !string.IsNullOrWhiteSpace(line))];
        RequestLog requests = emulator.Requests;

        Console.WriteLine("Cross-check");
        Show(Same(ids, [.. removed, .. failed]),
            $"{ids.Length} IDs in the list ({list.Length - ids.Length} blank lines aside), {removed.Length} results + {failed.Length} errors, one for each");
        string[] distinct = [.. removed.Distinct(StringComparer.Ordinal)];
        Show(Same(distinct, emulator.Files.Deleted) && emulator.Files.DeletedCount == distinct.Length,
            $"{distinct.Length} different files removed by the cmdlet's account, {emulator.Files.DeletedCount} deleted by the emulator's");
        Show(_filesAtStart == distinct.Length && emulator.Files.Count == 0, $"{_filesAtStart} files were there, {emulator.Files.Count} are left");
        Show(File.Exists(retryList) && Same(File.ReadAllLines(retryList), failed), $"{Path.GetFileName(retryList)} holds the {failed.Length} IDs that failed");
        Show(requests.BatchSizes.Keys.All(size => size <= 50) && requests.PeakInFlight <= 5,
            $"{requests.Count} requests of at most {requests.BatchSizes.Keys.DefaultIfEmpty().Max()} files, at most {requests.PeakInFlight} at once");
        return _agrees;
    }

    private void Show(bool agrees, string line)
    {
        _agrees &= agrees;
        Console.WriteLine($"  {(agrees ? "ok    " : "WRONG ")} {line}");
    }

    private static bool Same(IEnumerable<string> left, IEnumerable<string> right) =>
        left.Order(StringComparer.Ordinal).SequenceEqual(right.Order(StringComparer.Ordinal));
}
