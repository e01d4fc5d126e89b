using System.Globalization;
using System.Text;
using System.Text.Json;
using TcbPowerShell.Resources;

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

/// <summary>
/// The reply to a call for several files, matched to the files of its request. Lenient about known quirks of the service (numbers as
/// strings, raw control characters, a byte order mark). Any other odd entry is not an answer.
/// </summary>
/// <param name="Answers">The answer about each file, in the order of the request.</param>
/// <param name="RequestId">The service's ID of the request; null if the reply has none.</param>
internal sealed record BatchReply(IReadOnlyList<FileAnswer> Answers, string? RequestId)
{
    // Real replies are three levels deep.
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 16 };

    /// <summary>Reads a reply.</summary>
    /// <param name="utf8">The reply's bytes, overwritten.</param>
    /// <param name="list">The name of its list: <c>delete_list</c>, <c>file_list</c>.</param>
    /// <param name="fileIds">The files of the request.</param>
    /// <param name="redact">Takes the secrets out of the service's texts.</param>
    /// <returns>The reply.</returns>
    /// <exception cref="TcbException">The reply has an errcode other than 0, or is not one of the service's.</exception>
    internal static BatchReply Read(byte[] utf8, string list, string[] fileIds, Func<string, string> redact)
    {
        ReadOnlyMemory<byte> clean = ReplyText.Clean(utf8);
        try
        {
            return Parse(clean, list, fileIds, redact);
        }
        catch (JsonException)
        {
            throw ReplyText.NotJson(clean.Span);
        }
    }

    private static BatchReply Parse(ReadOnlyMemory<byte> utf8, string list, string[] fileIds, Func<string, string> redact)
    {
        using var json = JsonDocument.Parse(utf8, Options);
        if (json.RootElement.ValueKind != JsonValueKind.Object) throw TcbException.Unreadable(nameof(Messages.ReplyNotAnObject));
        int? code = null;
        string? message = null;
        bool hasList = false;
        var answers = new FileAnswer[fileIds.Length];
        foreach (JsonProperty property in json.RootElement.EnumerateObject())
        {
            if (property.NameEquals("errcode"u8)) code = ReadCode(property.Value, code);
            else if (property.NameEquals("errmsg"u8)) message = ReadText(property.Value, redact);
            else if (property.NameEquals(list) && property.Value.ValueKind == JsonValueKind.Array)
            {
                hasList = true;
                int place = 0;
                foreach (JsonElement entry in property.Value.EnumerateArray()) ReadEntry(entry, place++, fileIds, answers, redact);
            }
        }
        if (code is not (null or 0)) throw TcbException.FromCode(code.Value, message, [.. fileIds.Where((_, i) => answers[i].SaysDone)]);
        if (code is null && !hasList) throw TcbException.Unreadable(nameof(Messages.ReplyEmpty));
        return new BatchReply(answers, Protocol.RequestId.Find(message));
    }

    private static int? ReadCode(JsonElement value, int? before)
    {
        int? code = ReplyText.ReadInteger(value);
        // A code that cannot be read may be an error, so the list beside it proves nothing.
        if (code is null && value.ValueKind != JsonValueKind.Null) throw TcbException.Unreadable(nameof(Messages.ReplyOddErrcode));
        // Of two codes the error counts.
        return before is null or 0 ? code ?? before : before;
    }

    private static void ReadEntry(JsonElement entry, int place, string[] fileIds, FileAnswer[] answers, Func<string, string> redact)
    {
        if (entry.ValueKind != JsonValueKind.Object) return;
        List<int> files = [];
        List<JsonElement> statuses = [];
        string? message = null;
        string? link = null;
        int links = 0;
        foreach (JsonProperty property in entry.EnumerateObject())
        {
            if (property.NameEquals("fileid"u8)) files.Add(property.Value.ValueKind == JsonValueKind.String ? IndexOf(property.Value, place, fileIds) : -1);
            else if (property.NameEquals("status"u8)) statuses.Add(property.Value);
            else if (property.NameEquals("download_url"u8))
            {
                links++;
                if (property.Value.ValueKind == JsonValueKind.String) link = property.Value.GetString();
            }
            else if (property.NameEquals("errmsg"u8)) message = ReadText(property.Value, redact);
        }
        int? status = statuses.Count == 1 ? ReplyText.ReadInteger(statuses[0]) : null;
        FileAnswer answer = FindProblem(files.Count, statuses, status, links) is { } problem ? new FileAnswer(problem) : new FileAnswer(status!.Value, message, link);
        foreach (int file in files)
        {
            if (file >= 0) answers[file] = answers[file].And(answer);
        }
    }

    // An entry that names two files, two statuses or two links contradicts itself. A status of null is none.
    private static string? FindProblem(int files, List<JsonElement> statuses, int? status, int links)
    {
        if (files > 1) return nameof(Messages.EntryWithTwoFiles);
        if (statuses.Count == 0 || statuses.TrueForAll(value => value.ValueKind == JsonValueKind.Null)) return nameof(Messages.EntryWithoutStatus);
        if (statuses.Count > 1) return nameof(Messages.EntryWithTwoStatuses);
        if (links > 1) return nameof(Messages.EntryWithTwoLinks);
        return status is null ? nameof(Messages.EntryWithOddStatus) : null;
    }

    // Replies mostly keep the order of the request, and the same text in the same place needs neither decoding nor search.
    private static int IndexOf(JsonElement fileId, int place, string[] fileIds) =>
        place < fileIds.Length && fileId.ValueEquals(fileIds[place]) ? place : Array.IndexOf(fileIds, fileId.GetString());

    private static string? ReadText(JsonElement value, Func<string, string> redact)
    {
        if (value.ValueKind != JsonValueKind.String) return null;
        // Nearly every text is this one.
        return value.ValueEquals("ok"u8) ? "ok" : ReplyText.Read(value.GetString()!, redact);
    }
}
