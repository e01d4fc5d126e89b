using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Runs;
using TcbPowerShell.Client.Storage;
using TcbPowerShell.Client.Tokens;
using TcbPowerShell.Model;
using TcbPowerShell.Tests.Client.Http;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Client.Runs;

/// <summary>
/// The engine of a run that saves files, with a service and a storage in memory and a real folder. Each file has the content that its ID says; a test
/// changes what the service says of it, and how the storage replies.
/// </summary>
internal sealed class SaveHarness : IDisposable
{
    internal const string Signature = "sign-MARKER-0123456789abcdef";

    internal static readonly DateTimeOffset Written = new(2025, 3, 4, 5, 6, 7, TimeSpan.Zero);

    private readonly string _root = Directory.CreateTempSubdirectory("tcb-save-").FullName;
    private readonly HttpClient _service;
    private readonly HttpClient _storage;
    private readonly ConcurrentDictionary<string, int> _asked = new();
    private int _lookUps;
    private int _active;
    private int _mostActive;

    internal SaveHarness(Clock? clock = null, Uri? endpoint = null, AccessTokenSource? tokens = null)
    {
        Clock = clock ?? new ManualClock();
        endpoint ??= new Uri("https://host.example");
        _service = new HttpClient(new FakeHandler(LookUpAsync)) { Timeout = Timeout.InfiniteTimeSpan };
        _storage = new HttpClient(new FakeHandler(ServeAsync)) { Timeout = Timeout.InfiniteTimeSpan };
        Environment = new TcbEnvironment(
            FileIds.Environment, endpoint, tokens ?? new FixedAccessToken(TcbAuthentication.AccessToken, EngineHarness.Token),
            new TcbClient(_service, endpoint, TimeSpan.FromSeconds(30), Clock))
        {
            Downloads = new DownloadClient(_ => _storage),
        };
    }

    internal Clock Clock { get; }

    internal TcbEnvironment Environment { get; }

    internal string Folder => Path.Combine(_root, "copies");

    /// <summary>The storage's reply to a request; null for the whole file.</summary>
    internal Func<StorageRequest, Task<HttpResponseMessage?>> Storage { get; set; } = _ => Task.FromResult<HttpResponseMessage?>(null);

    /// <summary>The service's reply to a look-up, instead of its usual one.</summary>
    internal Func<string[], HttpResponseMessage?> Service { get; set; } = _ => null;

    /// <summary>The link to a file; the number is that of the look-up. Null if the file is missing.</summary>
    internal Func<string, int, string?> Link { get; set; } = (id, lookUp) => $"https://bucket.example/{PathOf(id)}?sign={Signature}-{lookUp}&t=1";

    internal int LookUps => Volatile.Read(ref _lookUps);

    /// <summary>How many requests the storage got.</summary>
    internal int Requests => _asked.Values.Sum();

    /// <summary>How many requests at most were open at the storage at the same time, until their headers came.</summary>
    internal int MostActive => Volatile.Read(ref _mostActive);

    internal static byte[] ContentOf(string id) => Encoding.UTF8.GetBytes($"This is {id}.");

    internal static string PathOf(string id) => id[(id.IndexOf('/', "cloud://".Length) + 1)..];

#pragma warning disable CA5351 // The storage's ETag is one.
    internal static string Md5Of(byte[] content) => Convert.ToHexStringLower(MD5.HashData(content));
#pragma warning restore CA5351

    /// <summary>A file as a listing describes it.</summary>
    internal static CloudFileInfo Listed(string id, long? length = null, string? eTag = null) =>
        new(id, FileIds.Environment, PathOf(id), length ?? ContentOf(id).Length, Written, eTag ?? Md5Of(ContentOf(id)));

    /// <summary>A reply with a whole file.</summary>
    internal static HttpResponseMessage Whole(byte[] content, string? eTag = null) => Reply(new ByteArrayContent(content), eTag ?? $"\"{Md5Of(content)}\"");

    internal static HttpResponseMessage Reply(HttpContent content, string? eTag)
    {
        var reply = new HttpResponseMessage(HttpStatusCode.OK) { Content = content };
        content.Headers.LastModified = Written;
        if (!string.IsNullOrEmpty(eTag)) reply.Headers.TryAddWithoutValidation("ETag", eTag);
        return reply;
    }

    internal static Func<StorageRequest, Task<HttpResponseMessage?>> Replies(Func<StorageRequest, HttpResponseMessage?> reply) => request => Task.FromResult(reply(request));

    internal static RunOptions Options(int batchSize = 50, int throttleLimit = 5, int retries = 5) => EngineHarness.Options(batchSize, throttleLimit, retries);

    internal CopyFolder Open(bool overwrites = false, ICopyDisk? disk = null) => CopyFolder.Open(Folder, overwrites, disk);

    internal FileRun Start(CopyFolder copies, RunOptions? options = null) =>
        new(Environment, new SaveOperation(), (options ?? Options()) with { Copies = copies });

    /// <summary>A whole run, as the cmdlet does it.</summary>
    internal Task<EngineResult> RunAsync(IEnumerable<string> ids, RunOptions? options = null, bool overwrites = false, ICopyDisk? disk = null) =>
        RunAsync(ids.Select(id => (id, (CloudFileInfo?)null)), options, overwrites, disk);

    /// <summary>The same with what a listing says of the files.</summary>
    internal Task<EngineResult> RunAsync(IEnumerable<(string Id, CloudFileInfo? Expected)> files, RunOptions? options = null, bool overwrites = false, ICopyDisk? disk = null) =>
        EngineHarness.OnThread(() =>
        {
            using CopyFolder copies = Open(overwrites, disk);
            using FileRun run = Start(copies, options);
            var result = new EngineResult();
            foreach ((string id, CloudFileInfo? expected) in files)
            {
                run.Expect(id, expected);
                if (!result.Drain(run)) return result;
            }
            run.Complete();
            result.Drain(run);
            return result;
        });

    /// <summary>The files in the folder: those under final names, and parts.</summary>
    internal string[] Files() => Directory.Exists(Folder)
        ? [.. Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Folder, path)).Where(path => !path.StartsWith(CopyName.Index, StringComparison.Ordinal)).Order()]
        : [];

    public void Dispose()
    {
        _service.Dispose();
        _storage.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    private async Task<HttpResponseMessage> LookUpAsync(HttpRequestMessage request, CancellationToken cancelled)
    {
        int lookUp = Interlocked.Increment(ref _lookUps);
        using JsonDocument body = JsonDocument.Parse(await request.Content!.ReadAsStringAsync(cancelled));
        string[] ids = [.. body.RootElement.GetProperty("file_list").EnumerateArray().Select(file => file.GetProperty("fileid").GetString()!)];
        if (Service(ids) is { } other) return other;
        var list = ids.Select(id => Link(id, lookUp) is { } link
            ? new { fileid = id, download_url = link, status = 0, errmsg = "ok" }
            : new { fileid = id, download_url = string.Empty, status = -503003, errmsg = "storage file not exists" });
        return FakeHandler.Reply(JsonSerializer.Serialize(new { errcode = 0, errmsg = "ok", file_list = list }));
    }

    private async Task<HttpResponseMessage> ServeAsync(HttpRequestMessage request, CancellationToken cancelled)
    {
        string address = request.RequestUri!.OriginalString;
        string id = $"cloud://{FileIds.Environment}.7465-{FileIds.Environment}/{Uri.UnescapeDataString(request.RequestUri.PathAndQuery.Split('?')[0][1..])}";
        int attempt = _asked.AddOrUpdate(id, 1, (_, count) => count + 1);
        int active = Interlocked.Increment(ref _active);
        for (int most; active > (most = Volatile.Read(ref _mostActive));) Interlocked.CompareExchange(ref _mostActive, active, most);
        try
        {
            return await Storage(new StorageRequest(id, attempt, address, cancelled)).WaitAsync(cancelled) ?? Whole(ContentOf(id));
        }
        finally
        {
            Interlocked.Decrement(ref _active);
        }
    }
}

/// <summary>A request to the storage.</summary>
/// <param name="Id">The file.</param>
/// <param name="Attempt">How often it was asked for.</param>
/// <param name="Address">The address.</param>
/// <param name="Cancelled">Cancelled when the client gives up.</param>
internal sealed record StorageRequest(string Id, int Attempt, string Address, CancellationToken Cancelled);

/// <summary>A body of an announced length whose bytes come as a test says.</summary>
/// <param name="read">Gets how many bytes have come, and gives the next ones; null or empty at the end.</param>
internal sealed class ScriptedBody(Func<int, CancellationToken, Task<byte[]?>> read) : Stream
{
    private int _sent;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The content.</summary>
    /// <param name="length">The announced length; null for none.</param>
    internal HttpContent Announced(long? length)
    {
        var content = new StreamContent(this);
        content.Headers.ContentLength = length;
        return content;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        byte[] next = await read(_sent, cancellationToken) ?? [];
        next.CopyTo(buffer);
        _sent += next.Length;
        return next.Length;
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

/// <summary>The results of a run that saves files in fewer words.</summary>
internal static class SaveShortcuts
{
    extension(EngineResult result)
    {
        internal IEnumerable<SavedCloudFile> Copies => result.Outcomes.Select(outcome => outcome.Result).OfType<SavedCloudFile>();

        /// <summary>The files that were not saved: ID, error and the key of the reason.</summary>
        internal IEnumerable<(string Id, string Error, string Reason)> NotSaved =>
            result.Outcomes.Where(outcome => outcome.Failure is not null).Select(outcome => (outcome.FileId, outcome.Failure!.ErrorId.ToString(), outcome.Failure.Facts.Text.Key));
    }

    internal static void Expect(this FileRun run, string fileId, CloudFileInfo? expected)
    {
        Assert.True(CloudFileId.TryParse(fileId, null, out CloudFileId id, out _), fileId);
        run.Add(id, expected);
    }

    /// <summary>The copy is whole: the file's bytes, the service's time.</summary>
    internal static void AssertWhole(this SavedCloudFile copy)
    {
        Assert.Equal(SaveHarness.ContentOf(copy.FileId), File.ReadAllBytes(copy.Path));
        Assert.Equal(SaveHarness.Written.UtcDateTime, File.GetLastWriteTimeUtc(copy.Path));
        Assert.Equal(SaveHarness.ContentOf(copy.FileId).Length, copy.Length);
    }
}
