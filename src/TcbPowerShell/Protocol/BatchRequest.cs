using System.Globalization;
using System.Text;

namespace TcbPowerShell.Protocol;

/// <summary>
/// Writes the bodies of the calls for several files. Written by hand because every encoder of System.Text.Json turns some characters into
/// <c>\uXXXX</c>, which the service refuses with 40033 (https://developers.weixin.qq.com/doc/oplatform/Return_codes/Return_code_descriptions_new.html).
/// </summary>
internal static class BatchRequest
{
    /// <summary>
    /// The most files that the service takes in one call: https://developers.weixin.qq.com/minigame/dev/wxcloudrun/src/development/storage/service/delete.html
    /// </summary>
    internal const int MaxFiles = 50;

    /// <summary>The body of <c>batchdeletefile</c>: <c>{"env":"…","fileid_list":["…"]}</c>.</summary>
    internal static byte[] ForDelete(string environmentId, IEnumerable<string> fileIds) =>
        Encoding.UTF8.GetBytes($"{{\"env\":{Quote(environmentId)},\"fileid_list\":[{string.Join(",", fileIds.Select(Quote))}]}}");

    /// <summary>The body of <c>batchdownloadfile</c>: <c>{"env":"…","file_list":[{"fileid":"…","max_age":7200}]}</c>.</summary>
    internal static byte[] ForLookUp(string environmentId, IEnumerable<string> fileIds, int maxAge)
    {
        string lifetime = maxAge.ToString(CultureInfo.InvariantCulture);
        IEnumerable<string> files = fileIds.Select(fileId => $"{{\"fileid\":{Quote(fileId)},\"max_age\":{lifetime}}}");
        return Encoding.UTF8.GetBytes($"{{\"env\":{Quote(environmentId)},\"file_list\":[{string.Join(",", files)}]}}");
    }

    // Control characters never come here: CloudFileId refuses them.
    private static string Quote(string text) =>
        text.IndexOf('"') < 0 && text.IndexOf('\\') < 0 ? $"\"{text}\"" : $"\"{text.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"";
}
