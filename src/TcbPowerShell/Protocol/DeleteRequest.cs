using System.Text;
using System.Text.Json;

namespace TcbPowerShell.Protocol;

/// <summary>
/// The body of one <c>batchdeletefile</c> call: <c>{"env":"…","fileid_list":["…"]}</c>. Written by hand because every encoder of
/// System.Text.Json turns some characters into <c>\uXXXX</c>, which the service refuses (40033).
/// </summary>
internal sealed class DeleteRequest
{
    /// <summary>The most files that the service takes in one call.</summary>
    internal const int MaxFiles = 50;

    private readonly string[] _fileIds;
    private readonly int[] _starts;

    internal DeleteRequest(string environmentId, string[] fileIds)
    {
        _fileIds = fileIds;
        string head = $"{{\"env\":\"{Escape(environmentId)}\",\"fileid_list\":[\"";
        // Between two IDs stand "," and after the last one stands "]}: three bytes each.
        Body = new byte[Encoding.UTF8.GetByteCount(head) + fileIds.Sum(id => Encoding.UTF8.GetByteCount(Escape(id))) + (3 * fileIds.Length)];
        _starts = new int[fileIds.Length + 1];
        int at = Write(head, 0);
        for (int i = 0; i < fileIds.Length; i++)
        {
            _starts[i] = at;
            at = Write(Escape(fileIds[i]), at);
            at = Write(i < fileIds.Length - 1 ? "\",\"" : "\"]}", at);
        }
        _starts[fileIds.Length] = at;
    }

    /// <summary>The JSON, in UTF-8.</summary>
    internal byte[] Body { get; }

    /// <summary>How many files the request names.</summary>
    internal int Count => _fileIds.Length;

    /// <summary>Which of the request's files a string of the reply names.</summary>
    /// <param name="reader">A reader on the string.</param>
    /// <param name="guess">Where it most likely is: replies mostly keep the order.</param>
    /// <returns>The file's index; -1 where the request has no such file.</returns>
    /// <exception cref="InvalidOperationException">The string is not UTF-8.</exception>
    internal int IndexOf(ref Utf8JsonReader reader, int guess)
    {
        // The same bytes between the quotes are the same string, so most answers need no decoding.
        if (guess < Count && !reader.HasValueSequence && reader.ValueSpan.SequenceEqual(Written(guess))) return guess;
        return Array.IndexOf(_fileIds, reader.GetString());
    }

    private ReadOnlySpan<byte> Written(int index) => Body.AsSpan(_starts[index], _starts[index + 1] - _starts[index] - 3);

    private int Write(string text, int at) => at + Encoding.UTF8.GetBytes(text, 0, text.Length, Body, at);

    // Control characters never come here: CloudFileId refuses them.
    private static string Escape(string text) =>
        text.IndexOf('"') < 0 && text.IndexOf('\\') < 0 ? text : text.Replace("\\", "\\\\").Replace("\"", "\\\"");
}
