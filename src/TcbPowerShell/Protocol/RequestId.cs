using TcbPowerShell.Resources;

namespace TcbPowerShell.Protocol;

/// <summary>Finds the request id that the service puts at the end of an errmsg.</summary>
internal static class RequestId
{
    /// <summary>Finds the id in <c>… rid: 68d0e15f-18b1eca2-4de8f3b9</c> or the older <c>… hint: [tp9AvA04171107]</c>.</summary>
    /// <param name="message">An errmsg.</param>
    /// <returns>The id; null where there is none.</returns>
    internal static string? Find(string? message) => After(message, "rid: ", ' ') ?? After(message, "hint: [", ']');

    private static string? After(string? message, string mark, char end)
    {
        int start = message?.LastIndexOf(mark, StringComparison.Ordinal) ?? -1;
        if (start < 0) return null;
        string id = message!.Substring(start + mark.Length).Split(end)[0];
        return id.Length == 0 ? null : ShownText.MakeSafe(id);
    }
}
