using System.Globalization;
using System.Text.Json;

namespace TcbPowerShell.Protocol;

/// <summary>
/// The reply to one <c>batchdeletefile</c> call, matched to the files of its request. Lenient where the service is known to be loose
/// (numbers as strings, raw control characters, a byte order mark), and never more trusting than that: an entry that is odd is no answer.
/// </summary>
internal sealed class DeleteReply
{
    // The true reply is three deep.
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 16 };

    private readonly FileAnswer[] _answers;
    private readonly Func<string, string> _redact;
    private int? _code;
    private string? _message;
    private bool _hasList;

    private DeleteReply(int files, Func<string, string> redact)
    {
        _answers = new FileAnswer[files];
        _redact = redact;
    }

    /// <summary>What the reply says of each file, in the order of the request.</summary>
    internal IReadOnlyList<FileAnswer> Answers => _answers;

    /// <summary>The service's id for the request; null where the reply has none.</summary>
    internal string? RequestId { get; private set; }

    /// <summary>Reads a reply.</summary>
    /// <param name="utf8">The reply's bytes; control characters in them are overwritten.</param>
    /// <param name="request">The request that it answers.</param>
    /// <param name="redact">Takes the secrets out of the service's texts.</param>
    /// <returns>The reply.</returns>
    /// <exception cref="TcbException">The reply has an errcode other than 0, or is not one of the service's.</exception>
    internal static DeleteReply Read(Span<byte> utf8, DeleteRequest request, Func<string, string> redact)
    {
        utf8 = ReplyText.Clean(utf8);
        try
        {
            return Parse(utf8, request, redact);
        }
        catch (JsonException)
        {
            throw TcbException.Unreadable("not the JSON that the service sends");
        }
        catch (InvalidOperationException)
        {
            // A string that is not UTF-8. Repaired it holds U+FFFD, which no file ID that was sent has: it can spoil a text, not an answer.
            try
            {
                return Parse(ReplyText.Repair(utf8), request, redact);
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                throw TcbException.Unreadable("not UTF-8");
            }
        }
    }

    private static DeleteReply Parse(ReadOnlySpan<byte> utf8, DeleteRequest request, Func<string, string> redact)
    {
        var reader = new Utf8JsonReader(utf8, Options);
        var reply = new DeleteReply(request.Count, redact);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw TcbException.Unreadable("not a JSON object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName) reply.ReadProperty(ref reader, request);
        // Anything behind the object makes this throw.
        reader.Read();
        if (reply._code is not null and not 0) throw TcbException.FromCode(reply._code.Value, reply._message);
        if (reply._code is null && !reply._hasList) throw TcbException.Unreadable("it has neither errcode nor delete_list");
        reply.RequestId = Protocol.RequestId.Find(reply._message);
        return reply;
    }

    private void ReadProperty(ref Utf8JsonReader reader, DeleteRequest request)
    {
        if (reader.ValueTextEquals("errcode"u8)) ReadCode(ref reader);
        else if (reader.ValueTextEquals("errmsg"u8)) _message = ReadText(ref reader);
        else if (reader.ValueTextEquals("delete_list"u8)) ReadList(ref reader, request);
        else reader.Skip();
    }

    private void ReadCode(ref Utf8JsonReader reader)
    {
        int? code = ReadInt(ref reader);
        // A code that cannot be read may be an error: what stands beside it is not to be believed.
        if (code is null && reader.TokenType != JsonTokenType.Null) throw TcbException.Unreadable("its errcode is no code");
        // Of two codes the error counts.
        if (_code is null or 0) _code = code ?? _code;
    }

    private void ReadList(ref Utf8JsonReader reader, DeleteRequest request)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return;
        }
        _hasList = true;
        int guess = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }
            (int file, FileAnswer answer) = ReadEntry(ref reader, request, guess);
            guess = file < 0 ? guess + 1 : file + 1;
            if (file >= 0 && answer.IsGiven) _answers[file] = _answers[file].And(answer);
        }
    }

    private (int File, FileAnswer Answer) ReadEntry(ref Utf8JsonReader reader, DeleteRequest request, int guess)
    {
        int file = -1;
        int? status = null;
        string? message = null;
        int fileIds = 0;
        int statuses = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("fileid"u8))
            {
                fileIds++;
                reader.Read();
                if (reader.TokenType == JsonTokenType.String) file = request.IndexOf(ref reader, guess);
                else reader.Skip();
            }
            else if (reader.ValueTextEquals("status"u8))
            {
                statuses++;
                status = ReadInt(ref reader);
            }
            else if (reader.ValueTextEquals("errmsg"u8)) message = ReadText(ref reader);
            else reader.Skip();
        }
        // An entry that names two files or two statuses contradicts itself.
        return (file, status is null || fileIds > 1 || statuses > 1 ? default : new FileAnswer(status.Value, message));
    }

    private static int? ReadInt(ref Utf8JsonReader reader)
    {
        reader.Read();
        switch (reader.TokenType)
        {
            case JsonTokenType.Number:
                return reader.TryGetInt32(out int number) ? number : null;
            case JsonTokenType.String:
                return int.TryParse(reader.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number) ? number : null;
            default:
                reader.Skip();
                return null;
        }
    }

    private string? ReadText(ref Utf8JsonReader reader)
    {
        reader.Read();
        // Nearly every text is this one: a million of them are one string.
        if (reader.TokenType == JsonTokenType.String) return reader.ValueTextEquals("ok"u8) ? "ok" : _redact(reader.GetString()!.Replace(ReplyText.Control, ' '));
        reader.Skip();
        return null;
    }
}
