using System.Net.Http.Headers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using TcbPowerShell.Emulation;
using Xunit;

namespace TcbPowerShell.Tests.Emulator;

/// <summary>A well-behaved client of the emulator, over real HTTP.</summary>
internal sealed class Caller(TcbEmulator emulator) : IDisposable
{
    public const string Token = "access_token=emulator-access-token";
    public const string DeletePath = "/tcb/batchdeletefile";
    public const string LookupPath = "/tcb/batchdownloadfile";

    /// <summary>So that a test which would hang fails instead.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly JsonSerializerOptions Unescaped = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = emulator.Endpoint };

    public static string Body(params string[] fileIds) =>
        JsonSerializer.Serialize(new { env = "test-env", fileid_list = fileIds }, Unescaped);

    public static string LookupBody(int maxAge, params string[] fileIds) =>
        JsonSerializer.Serialize(new { env = "test-env", file_list = fileIds.Select(fileId => new { fileid = fileId, max_age = maxAge }) }, Unescaped);

    public static string FileId(int number) => $"cloud://test-env.7465-test-env/a/{number}.png";

    public static string[] FileIds(int count) => [.. Enumerable.Range(1, count).Select(FileId)];

    public Task<HttpResponseMessage> SendAsync(
        string body,
        string query = Token,
        string path = DeletePath,
        HttpMethod? method = null,
        CancellationToken cancellationToken = default)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var request = new HttpRequestMessage(method ?? HttpMethod.Post, $"{path}?{query}") { Content = content };
        return _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    public async Task<JsonObject> AskAsync(string body, string query = Token, string path = DeletePath, HttpMethod? method = null)
    {
        using HttpResponseMessage response = await SendAsync(body, query, path, method);
        Assert.Equal(200, (int)response.StatusCode);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
    }

    public Task<JsonObject> DeleteAsync(params string[] fileIds) => AskAsync(Body(fileIds));

    public Task<JsonObject> LookUpAsync(params string[] fileIds) => AskAsync(LookupBody(7200, fileIds), path: LookupPath);

    /// <summary>The download link of one file.</summary>
    public async Task<Uri> LinkAsync(string fileId, int maxAge = 7200)
    {
        JsonObject reply = await AskAsync(LookupBody(maxAge, fileId), path: LookupPath);
        return new Uri((string)reply["file_list"]![0]!["download_url"]!);
    }

    /// <summary>The download links of some files, as they were written.</summary>
    public async Task<string[]> LinksAsync(params string[] fileIds) =>
        [.. (await LookUpAsync(fileIds))["file_list"]!.AsArray().Select(entry => (string)entry!["download_url"]!)];

    public Task<HttpResponseMessage> DownloadAsync(
        Uri link, HttpMethod? method = null, RangeHeaderValue? range = null, bool onlyHeaders = false, CancellationToken cancellationToken = default)
    {
        var request = new HttpRequestMessage(method ?? HttpMethod.Get, link);
        request.Headers.Range = range;
        return _http.SendAsync(request, onlyHeaders ? HttpCompletionOption.ResponseHeadersRead : HttpCompletionOption.ResponseContentRead, cancellationToken);
    }

    /// <summary>The content of one file.</summary>
    public async Task<byte[]> BytesAsync(string fileId)
    {
        using HttpResponseMessage response = await DownloadAsync(await LinkAsync(fileId));
        return await response.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
    }

    public async Task<int> ErrorCodeAsync(string body, string query = Token, string path = DeletePath, HttpMethod? method = null) =>
        (int)(await AskAsync(body, query, path, method))["errcode"]!;

    public void Dispose() => _http.Dispose();
}
