using System.Text.Encodings.Web;
using System.Text.Json;

namespace TcbPowerShell.Emulation;

/// <summary>The request log as a file of JSON lines, each written as its request ends. It holds no token.</summary>
internal sealed class RequestLogFile : IDisposable
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly TimeProvider _clock;
    private readonly FileStream _file;
    private readonly Utf8JsonWriter _json;
    private readonly Lock _lock = new();

    public RequestLogFile(string path, TimeProvider clock)
    {
        _clock = clock;
        _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        _json = new Utf8JsonWriter(_file, Readable);
    }

    public void Write(EmulatorRequest request)
    {
        lock (_lock)
        {
            // A straggler of a stopped emulator has nowhere to go.
            if (!_file.CanWrite)
                return;

            _json.WriteStartObject();
            WriteRequest(request);
            WriteOutcome(request.Outcome!);
            _json.WriteEndObject();
            _json.Flush();
            _json.Reset();
            _file.WriteByte((byte)'\n');
            _file.Flush();
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _json.Dispose();
            _file.Dispose();
        }
    }

    private void WriteRequest(EmulatorRequest request)
    {
        _json.WriteString("kind", request.Kind.ToString());
        _json.WriteNumber("ordinal", request.Ordinal);
        _json.WriteString("method", request.Method);
        _json.WriteString("path", request.Path);
        _json.WriteString("env", request.Environment);
        _json.WriteStartArray("fileIds");
        foreach (string fileId in request.FileIds)
            _json.WriteStringValue(fileId);

        _json.WriteEndArray();
        _json.WriteNumber("attempt", request.Attempt);
        _json.WriteBoolean("chunked", request.IsChunked);
        _json.WriteNumber("contentLength", request.ContentLength ?? 0);
        _json.WriteNumber("remotePort", request.RemotePort);
        TimeSpan duration = _clock.GetElapsedTime(request.StartTimestamp, request.Outcome!.EndTimestamp);
        DateTimeOffset ended = _clock.GetUtcNow();
        _json.WriteString("started", ended - duration);
        _json.WriteNumber("milliseconds", Math.Round(duration.TotalMilliseconds, 3));
    }

    private void WriteOutcome(RequestOutcome outcome)
    {
        WriteNumber("httpStatus", outcome.HttpStatus);
        WriteNumber("errcode", outcome.ErrorCode);
        _json.WriteString("rid", outcome.RequestId);
        _json.WriteString("fault", outcome.Fault);
        _json.WriteString("limit", outcome.Limit);
        _json.WriteNumber("deleted", outcome.Deleted);
        _json.WriteBoolean("clientLeft", outcome.ClientLeft);
    }

    private void WriteNumber(string name, int? value)
    {
        if (value is { } number)
            _json.WriteNumber(name, number);
        else
            _json.WriteNull(name);
    }
}
