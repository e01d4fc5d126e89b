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
    internal static byte[] ForDelete(string environmentId, IEnumerable<string> fileIds) => Write(environmentId, "fileid_list", fileIds, "\"", "\"");

    /// <summary>The body of <c>batchdownloadfile</c>: <c>{"env":"…","file_list":[{"fileid":"…","max_age":7200}]}</c>.</summary>
    internal static byte[] ForLookUp(string environmentId, IEnumerable<string> fileIds, int maxAge) =>
        Write(environmentId, "file_list", fileIds, "{\"fileid\":\"", $"\",\"max_age\":{maxAge.ToString(CultureInfo.InvariantCulture)}}}");

    /// <summary>The body of a call that takes texts: <c>uploadfile</c>, <c>getbucket</c>.</summary>
    internal static byte[] ForTexts(params (string Name, string Value)[] members) =>
        Encoding.UTF8.GetBytes("{" + string.Join(",", members.Select(member => $"\"{member.Name}\":\"{Escape(member.Value)}\"")) + "}");

    private static byte[] Write(string environmentId, string list, IEnumerable<string> fileIds, string before, string after)
    {
        List<string> parts = [$"{{\"env\":\"{Escape(environmentId)}\",\"{list}\":["];
        foreach (string fileId in fileIds)
        {
            if (parts.Count > 1) parts.Add(",");
            parts.Add(before);
            parts.Add(Escape(fileId));
            parts.Add(after);
        }
        parts.Add("]}");
        // Straight into bytes: a string of the whole body would be the largest object of a batch.
        byte[] body = new byte[parts.Sum(Encoding.UTF8.GetByteCount)];
        int length = 0;
        foreach (string part in parts) length += Encoding.UTF8.GetBytes(part, 0, part.Length, body, length);
        return body;
    }

    // Control characters never come here: CloudFileId refuses them.
    private static string Escape(string text) => text.Replace("\\", "\\\\").Replace("\"", "\\\"");
}
