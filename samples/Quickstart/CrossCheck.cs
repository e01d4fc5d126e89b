using TcbPowerShell.Emulation;

namespace TcbPowerShell.Quickstart;

/// <summary>Compares the report of the cmdlet with the requests that the emulator saw.</summary>
/// <param name="list">The lines of the list.</param>
/// <param name="emulator">The emulator.</param>
/// <param name="retryList">The file into which the script writes what failed.</param>
internal sealed class CrossCheck(string[] list, TcbEmulator emulator, string retryList)
{
    private readonly int _filesAtStart = emulator.Files.Count;
    private bool _agrees = true;

    public string RetryList => retryList;

    /// <summary>Prints the comparison.</summary>
    /// <param name="account">The report of the cmdlet.</param>
    /// <returns>Whether both sides agree.</returns>
    public bool Agrees(Account account)
    {
        (string[] removed, string[] failed) = account;
        string[] ids = [.. list.Where(line => !string.IsNullOrWhiteSpace(line))];
        RequestLog requests = emulator.Requests;

        Console.WriteLine(UiText.Of("Cross-check", "核对"));
        Show(Same(ids, [.. removed, .. failed]), UiText.Of(
            $"{ids.Length} IDs in the list ({list.Length - ids.Length} blank lines aside), {removed.Length} results + {failed.Length} errors, one for each",
            $"清单中有 {ids.Length} 个文件 ID（空行 {list.Length - ids.Length} 个不计），结果 {removed.Length} 个，错误 {failed.Length} 个，一一对应"));
        string[] distinct = [.. removed.Distinct(StringComparer.Ordinal)];
        Show(Same(distinct, emulator.Files.Deleted) && emulator.Files.DeletedCount == distinct.Length, UiText.Of(
            $"{distinct.Length} different files removed by the cmdlet's account, {emulator.Files.DeletedCount} deleted by the emulator's",
            $"命令报告删除了 {distinct.Length} 个不同的文件，模拟器实际删除 {emulator.Files.DeletedCount} 个"));
        Show(_filesAtStart == distinct.Length && emulator.Files.Count == 0, UiText.Of(
            $"{_filesAtStart} files were there, {emulator.Files.Count} are left", $"原有 {_filesAtStart} 个文件，剩余 {emulator.Files.Count} 个"));
        Show(File.Exists(retryList) && Same(File.ReadAllLines(retryList), failed), UiText.Of(
            $"{Path.GetFileName(retryList)} holds the {failed.Length} IDs that failed", $"失败的 {failed.Length} 个文件 ID 都在 {Path.GetFileName(retryList)} 中"));
        int largest = requests.BatchSizes.Keys.DefaultIfEmpty().Max();
        Show(largest <= 50 && requests.PeakInFlight <= 5, UiText.Of(
            $"{requests.Count} requests of at most {largest} files, at most {requests.PeakInFlight} at once",
            $"请求 {requests.Count} 次，每次最多 {largest} 个文件，最多 {requests.PeakInFlight} 个请求同时进行"));
        return _agrees;
    }

    private void Show(bool agrees, string line)
    {
        _agrees &= agrees;
        Console.WriteLine($"  {(agrees ? UiText.Of("ok    ", "一致  ") : UiText.Of("WRONG ", "不一致"))} {line}");
    }

    private static bool Same(IEnumerable<string> left, IEnumerable<string> right) =>
        left.Order(StringComparer.Ordinal).SequenceEqual(right.Order(StringComparer.Ordinal));
}
