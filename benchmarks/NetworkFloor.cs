using System.Buffers;
using System.Net.Http.Headers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace TcbPowerShell.Benchmarks;

/// <summary>
/// What the network and its JSON cost: as many loops as requests under way, each writes a request with the next fifty IDs, sends it and reads
/// the status of each file from the reply. No retries, no checks, no matching, no result.
/// </summary>
internal sealed class NetworkFloor : IDisposable
{
    private const int BatchSize = 50;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    // As Client/TcbHttp.cs of the module has it.
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, MaxConnectionsPerServer = 1024 });

    internal long Run(Job job)
    {
        using IEnumerator<string> ids = job.Ids.ToFileIds().GetEnumerator();
        var uri = new Uri(job.Endpoint, "/tcb/batchdeletefile?access_token=" + Session.AccessToken);
        Task<int>[] loops = [.. Enumerable.Range(0, job.ThrottleLimit).Select(_ => Task.Run(() => LoopAsync(ids, uri)))];
        int removed = Task.WhenAll(loops).GetAwaiter().GetResult().Sum();
        return removed == job.Ids.Count ? 0 : throw new InvalidOperationException($"{removed} of {job.Ids.Count} files were removed.");
    }

    public void Dispose() => _http.Dispose();

    private async Task<int> LoopAsync(IEnumerator<string> ids, Uri uri)
    {
        int removed = 0;
        var body = new ArrayBufferWriter<byte>();
        while (WriteRequest(ids, body))
        {
            using var content = new ReadOnlyMemoryContent(body.WrittenMemory);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using HttpResponseMessage response = await _http.PostAsync(uri, content);
            removed += CountRemoved(await response.Content.ReadAsByteArrayAsync());
        }
        return removed;
    }

    private static bool WriteRequest(IEnumerator<string> ids, ArrayBufferWriter<byte> body)
    {
        body.ResetWrittenCount();
        using var json = new Utf8JsonWriter(body, Options);
        json.WriteStartObject();
        json.WriteString("env", Session.EnvironmentId);
        json.WriteStartArray("fileid_list");
        int count = 0;
        lock (ids)
        {
            for (; count < BatchSize && ids.MoveNext(); count++) json.WriteStringValue(ids.Current);
        }
        json.WriteEndArray();
        json.WriteEndObject();
        return count > 0;
    }

    private static int CountRemoved(byte[] reply)
    {
        int removed = 0;
        var reader = new Utf8JsonReader(reply);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || !reader.ValueTextEquals("status"u8)) continue;
            reader.Read();
            if (reader.GetInt32() == 0) removed++;
        }
        return removed;
    }
}
