using System.Net;
using System.Security.Cryptography;
using TcbPowerShell.Client.Runs;
using TcbPowerShell.Resources;
using TcbPowerShell.Tests.Client.Http;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;
using static TcbPowerShell.Tests.Client.Runs.SaveHarness;

namespace TcbPowerShell.Tests.Client.Runs;

/// <summary>A copy is whole, or the file is not called saved.</summary>
[Trait("rule", "1")]
[Trait("rule", "15")]
public sealed class SaveOutcomeTests
{
    private static readonly string Id = FileIds.Of(1);

    private static readonly byte[] Content = ContentOf(Id);

    private static readonly byte[] OtherContent = [.. Content.Reverse()];

    // The storage's reply to every request for the file, the reason in the error, and the number of requests with two retries.
    private static readonly Dictionary<string, (Func<HttpResponseMessage> Reply, string Reason, int Requests)> Faults = new()
    {
        ["202"] = (() => With(HttpStatusCode.Accepted), nameof(Messages.DownloadRefused), 1),
        ["203"] = (() => With(HttpStatusCode.NonAuthoritativeInformation), nameof(Messages.DownloadRefused), 1),
        ["204"] = (() => With(HttpStatusCode.NoContent), nameof(Messages.DownloadRefused), 1),
        ["206"] = (() => With(HttpStatusCode.PartialContent), nameof(Messages.DownloadRefused), 1),
        ["301"] = (() => With(HttpStatusCode.MovedPermanently), nameof(Messages.DownloadRedirected), 1),
        ["302"] = (() => With(HttpStatusCode.Found), nameof(Messages.DownloadRedirected), 1),
        ["304"] = (() => With(HttpStatusCode.NotModified), nameof(Messages.DownloadRefused), 1),
        ["307"] = (() => With(HttpStatusCode.TemporaryRedirect), nameof(Messages.DownloadRedirected), 1),
        ["400"] = (() => With(HttpStatusCode.BadRequest), nameof(Messages.DownloadRefused), 1),
        ["401"] = (() => With(HttpStatusCode.Unauthorized), nameof(Messages.HttpStatus), 2),
        ["403"] = (() => With(HttpStatusCode.Forbidden), nameof(Messages.HttpStatus), 2),
        ["404"] = (() => With(HttpStatusCode.NotFound), nameof(Messages.DownloadMissing), 1),
        ["410"] = (() => With(HttpStatusCode.Gone), nameof(Messages.DownloadMissing), 1),
        ["451"] = (() => With(HttpStatusCode.UnavailableForLegalReasons), nameof(Messages.DownloadRefused), 1),
        ["no length"] = (() => Reply(new ScriptedBody((sent, _) => Task.FromResult(sent == 0 ? Content : null)).Announced(null), ETag(Content)), nameof(Messages.DownloadWithoutLength), 1),
        ["two lengths"] = (TwoLengths, nameof(Messages.DownloadWithoutLength), 1),
        ["chunked"] = (() => Chunked(Content), nameof(Messages.DownloadWithoutLength), 1),
        ["compressed by the transfer"] = (() => Header(Whole(Content, string.Empty), "Transfer-Encoding", "gzip"), nameof(Messages.DownloadWithoutLength), 1),
        ["an unknown transfer encoding"] = (() => Header(Whole(Content, string.Empty), "Transfer-Encoding", "a b"), nameof(Messages.DownloadWithoutLength), 1),
        ["a part that is called whole"] = (() => Header(Whole(Content[..5], string.Empty), "Content-Range", "bytes 0-4/10"), nameof(Messages.DownloadWithoutLength), 1),
        ["a part of an unknown whole"] = (() => Header(Whole(Content[..5], string.Empty), "Content-Range", "bytes 0-4/*"), nameof(Messages.DownloadWithoutLength), 1),
        ["a range that cannot be read"] = (() => Header(Whole(Content, string.Empty), "Content-Range", "all"), nameof(Messages.DownloadWithoutLength), 1),
        ["ends early"] = (() => Reply(new ScriptedBody((sent, _) => Task.FromResult(sent == 0 ? Content[..5] : null)).Announced(Content.Length), ETag(Content)), nameof(Messages.DownloadEndedEarly), 3),
        ["breaks"] = (() => Reply(new ScriptedBody((sent, _) => sent == 0 ? Task.FromResult<byte[]?>(Content[..5]) : throw new IOException("reset")).Announced(Content.Length), ETag(Content)), nameof(Messages.DownloadLost), 3),
        ["empty"] = (() => Reply(new ScriptedBody((_, _) => Task.FromResult<byte[]?>(null)).Announced(Content.Length), ETag(Content)), nameof(Messages.DownloadEndedEarly), 3),
        ["too long"] = (() => Reply(new ScriptedBody((sent, _) => Task.FromResult(sent == 0 ? Content : null)).Announced(Content.Length - 1), null), nameof(Messages.DownloadEndedEarly), 3),
        ["damaged"] = (() => Whole(OtherContent, ETag(Content)), nameof(Messages.DownloadDamaged), 3),
        ["damaged, upper-case MD5"] = (() => Whole(OtherContent, ETag(Content).ToUpperInvariant()), nameof(Messages.DownloadDamaged), 3),
        ["damaged, weak ETag"] = (() => Whole(OtherContent, "W/" + ETag(Content)), nameof(Messages.DownloadDamaged), 3),
        ["damaged, bare ETag"] = (() => Whole(OtherContent, ETag(Content).Trim('"')), nameof(Messages.DownloadDamaged), 3),
        ["compressed, no MD5"] = (() => Encoded(Whole(Content, "\"abc\"")), nameof(Messages.DownloadEncoded), 1),
        ["an unknown encoding, no MD5"] = (() => Header(Whole(Content, string.Empty), "Content-Encoding", "gzip;q=1"), nameof(Messages.DownloadEncoded), 1),
        ["compressed on the way"] = (() => Encoded(Whole(OtherContent, ETag(Content))), nameof(Messages.DownloadDamaged), 3),
    };

    // The file as it was listed, the reply of the storage, and why it is not that file.
    private static readonly Dictionary<string, (CloudFileInfo Expected, Func<HttpResponseMessage> Reply, string? Reason)> Listings = new()
    {
        ["as listed"] = (Listed(Id), () => Whole(Content), null),
        ["as listed, no ETag in the reply"] = (Listed(Id), () => Whole(Content, string.Empty), null),
        ["as listed, another kind of ETag in the reply"] = (Listed(Id), () => Whole(Content, "\"5f3c-1a2b\""), null),
        ["as listed, MD5 in upper case"] = (Listed(Id, eTag: Md5Of(Content).ToUpperInvariant()), () => Whole(Content, string.Empty), null),
        ["as listed, uploaded in parts"] = (Listed(Id, eTag: "abc-2"), () => Whole(Content, "\"abc-2\""), null),
        ["as listed, uploaded in parts, weak"] = (Listed(Id, eTag: "abc-2"), () => Whole(Content, "W/\"abc-2\""), null),
        ["listed without an ETag"] = (Listed(Id, eTag: string.Empty), () => Whole(Content), null),
        ["other length"] = (Listed(Id, length: Content.Length + 1), () => Whole(Content), nameof(Messages.DownloadOfOtherLength)),
        ["other length, no ETag"] = (Listed(Id, length: 0, eTag: string.Empty), () => Whole(Content), nameof(Messages.DownloadOfOtherLength)),
        ["stale: same length, own MD5"] = (Listed(Id), () => Whole(OtherContent), nameof(Messages.DownloadOfOtherContent)),
        ["stale: same length, no ETag"] = (Listed(Id), () => Whole(OtherContent, string.Empty), nameof(Messages.DownloadOfOtherContent)),
        ["stale: same length, another kind of ETag"] = (Listed(Id), () => Whole(OtherContent, "\"abc-1\""), nameof(Messages.DownloadOfOtherContent)),
        ["a reply that lies about its MD5"] = (Listed(Id), () => Whole(Content, ETag(OtherContent)), nameof(Messages.DownloadOfOtherContent)),
        ["uploaded in parts, other ETag"] = (Listed(Id, eTag: "abc-2"), () => Whole(Content, "\"abd-2\""), nameof(Messages.DownloadOfOtherContent)),
        ["uploaded in parts, other case"] = (Listed(Id, eTag: "abc-2"), () => Whole(Content, "\"ABC-2\""), nameof(Messages.DownloadOfOtherContent)),
        ["uploaded in parts, no ETag in the reply"] = (Listed(Id, eTag: "abc-2"), () => Whole(Content, string.Empty), nameof(Messages.DownloadOfOtherContent)),
        ["uploaded in parts, MD5 in the reply"] = (Listed(Id, eTag: "abc-2"), () => Whole(Content), nameof(Messages.DownloadOfOtherContent)),
    };

    public static TheoryData<string> FaultNames => [.. Faults.Keys];

    public static TheoryData<string> ListingNames => [.. Listings.Keys];

    [Fact]
    public async Task Run_ManyFiles_EachHasAWholeCopy()
    {
        string[] ids = FileIds.Range(120);
        using var harness = new SaveHarness();

        EngineResult result = await harness.RunAsync(ids);

        Assert.Null(result.End);
        Assert.Equal(ids.Order(), result.Copies.Select(copy => copy.FileId).Order());
        Assert.All(result.Copies, copy =>
        {
            copy.AssertWhole();
            Assert.Equal((SavedCloudFileOutcome.Saved, 1, FileIds.Environment), (copy.Outcome, copy.Attempts, copy.EnvironmentId));
        });
        Assert.Equal((3, 120), (harness.LookUps, harness.Requests));
    }

    [Theory]
    [MemberData(nameof(FaultNames))]
    public async Task Run_StorageFailsForAFile_NotSaved_AndTheOthersAre(string name)
    {
        (Func<HttpResponseMessage> reply, string reason, int requests) = Faults[name];
        string[] ids = FileIds.Range(8);
        using var harness = new SaveHarness { Storage = Replies(request => request.Id == Id ? reply() : null) };

        EngineResult result = await harness.RunAsync(ids, Options(retries: 2));

        Assert.Null(result.End);
        Assert.Equal([(Id, "CloudFileNotSaved", reason)], result.NotSaved);
        Assert.Equal(ids[1..].Order(), result.Copies.Select(copy => copy.FileId).Order());
        Assert.Equal((requests + 7, 7), (harness.Requests, harness.Files().Length));
    }

    [Theory]
    [MemberData(nameof(FaultNames))]
    public async Task Run_StorageFailsOnce_SavedIfARetryCanHelp(string name)
    {
        (Func<HttpResponseMessage> reply, _, int requests) = Faults[name];
        using var harness = new SaveHarness { Storage = Replies(request => request.Attempt == 1 ? reply() : null) };

        EngineResult result = await harness.RunAsync([Id]);

        Assert.Equal(requests > 1, result.Copies.Any());
        Assert.All(result.Copies, copy =>
        {
            copy.AssertWhole();
            Assert.Equal(2, copy.Attempts);
        });
        Assert.Equal(requests > 1 ? 1 : 0, harness.Files().Length);
    }

    [Theory]
    [MemberData(nameof(ListingNames))]
    public async Task Run_FileOfAListing_IsThatFile(string name)
    {
        (CloudFileInfo expected, Func<HttpResponseMessage> reply, string? reason) = Listings[name];
        using var harness = new SaveHarness { Storage = Replies(_ => reply()) };

        EngineResult result = await harness.RunAsync([(Id, expected)]);

        Assert.Equal(reason is null ? [] : [(Id, "CloudFileNotSaved", reason)], result.NotSaved);
        Assert.All(result.Copies, copy => copy.AssertWhole());
        Assert.Equal((reason is null ? 1 : 0, 1), (harness.Files().Length, harness.Requests));
    }

    [Theory]
    [MemberData(nameof(ListingNames))]
    public async Task Run_FileOfAListingIsThere_AlreadySavedOnlyIfItIsThatFile(string name)
    {
        (CloudFileInfo expected, Func<HttpResponseMessage> reply, string? reason) = Listings[name];
        using var harness = new SaveHarness { Storage = Replies(_ => name.Contains("lies", StringComparison.Ordinal) ? null : reply()) };
        await harness.RunAsync([Id]);
        harness.Storage = Replies(_ => NeverRead(reply()));

        EngineResult result = await harness.RunAsync([(Id, expected)]);

        Assert.Equal(reason is null ? [SavedCloudFileOutcome.AlreadySaved] : [], result.Copies.Select(copy => copy.Outcome));
        // Only the bytes of the reply could tell what is stale, and the local file is no copy in any case.
        string[] reasons = reason is null ? [] : [reason, nameof(Messages.CopyInTheWay)];
        Assert.All(result.NotSaved, file => Assert.True(file.Error == "CloudFileNotSaved" && reasons.Contains(file.Reason), file.Reason));
        Assert.Single(harness.Files());
    }

    [Fact]
    public async Task Run_Again_ReadsNoBody()
    {
        string[] ids = FileIds.Range(5);
        using var harness = new SaveHarness();
        await harness.RunAsync(ids);
        harness.Storage = Replies(request => NeverRead(Whole(ContentOf(request.Id))));

        EngineResult result = await harness.RunAsync(ids);

        Assert.Equal(5, result.Copies.Count(copy => copy.Outcome == SavedCloudFileOutcome.AlreadySaved));
        Assert.Equal(10, harness.Requests);
    }

    [Theory]
    [InlineData("\"abc-2\"", true, SavedCloudFileOutcome.AlreadySaved)]
    // Too little to tell by: the bytes are compared.
    [InlineData("", true, SavedCloudFileOutcome.Saved)]
    [InlineData("\"abc-2\"", false, SavedCloudFileOutcome.Saved)]
    public async Task Run_AgainWithoutAnMd5_IsSavedByTheIndexOrTheBytes(string eTag, bool hasTime, SavedCloudFileOutcome expected)
    {
        using var harness = new SaveHarness { Storage = Replies(_ => Reply()) };
        await harness.RunAsync([Id]);

        EngineResult result = await harness.RunAsync([Id]);

        Assert.Equal([expected], result.Copies.Select(copy => copy.Outcome));
        Assert.Equal(Content, File.ReadAllBytes(Assert.Single(result.Copies).Path));

        HttpResponseMessage Reply()
        {
            HttpResponseMessage reply = Whole(Content, eTag);
            if (!hasTime) reply.Content.Headers.LastModified = null;
            return reply;
        }
    }

    [Theory]
    [InlineData("\"abc-2\"")]
    [InlineData(null)]
    public async Task Run_FileOfTheUserIsInTheWay_IsKept_UnlessForced(string? eTag)
    {
        using var harness = new SaveHarness { Storage = Replies(_ => Whole(Content, eTag)) };
        string path = Assert.Single((await harness.RunAsync([Id])).Copies).Path;
        // Same length, same time.
        File.WriteAllBytes(path, OtherContent);
        File.SetLastWriteTimeUtc(path, eTag is null ? Written.UtcDateTime : Written.UtcDateTime.AddSeconds(1));

        EngineResult result = await harness.RunAsync([Id]);
        byte[] kept = File.ReadAllBytes(path);
        EngineResult forced = await harness.RunAsync([Id], overwrites: true);

        Assert.Equal([(Id, "CloudFileNotSaved", nameof(Messages.CopyInTheWay))], result.NotSaved);
        Assert.Equal(OtherContent, kept);
        Assert.Equal(SavedCloudFileOutcome.Saved, Assert.Single(forced.Copies).Outcome);
        Assert.Equal(Content, File.ReadAllBytes(path));
    }

    [Fact]
    public async Task Run_NewerVersionInTheCloud_IsInTheWay_WithoutADownload()
    {
        using var harness = new SaveHarness();
        await harness.RunAsync([Id]);
        harness.Storage = Replies(_ => NeverRead(Whole([1, 2, 3])));

        EngineResult result = await harness.RunAsync([Id]);

        Assert.Equal([(Id, "CloudFileNotSaved", nameof(Messages.CopyInTheWay))], result.NotSaved);
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(3, nameof(Messages.FolderWithContent))]
    public async Task Run_Folder_IsMade_IfItHasNoContent(int length, string? reason)
    {
        string id = FileIds.Of(1).Replace("1.png", "sub/", StringComparison.Ordinal);
        using var harness = new SaveHarness { Storage = Replies(_ => Whole(new byte[length])) };

        EngineResult first = await harness.RunAsync([(id, Listed(id, length, Md5Of(new byte[length])))]);
        EngineResult second = await harness.RunAsync([id]);

        Assert.Equal(reason is null ? [] : [(id, "CloudFileNotSaved", reason)], first.NotSaved);
        Assert.All(first.Copies.Concat(second.Copies), copy => Assert.True(copy.Length == 0 && Directory.Exists(copy.Path)));
        Assert.Equal(reason is null ? [SavedCloudFileOutcome.Saved, SavedCloudFileOutcome.AlreadySaved] : [], first.Copies.Concat(second.Copies).Select(copy => copy.Outcome));
        Assert.Equal(2, harness.Requests);
    }

    [Fact]
    public async Task Run_EmptyFile_IsSaved()
    {
        using var harness = new SaveHarness { Storage = Replies(_ => Whole([])) };

        SavedCloudFile copy = Assert.Single((await harness.RunAsync([Id])).Copies);

        Assert.Equal((0, 0), (copy.Length, new FileInfo(copy.Path).Length));
    }

    [Theory]
    [InlineData("ftp://bucket.example/a/1.png", nameof(Messages.LinkNotHttp))]
    [InlineData("http://bucket.example/a/1.png?sign=a", nameof(Messages.LinkNotEncrypted))]
    [InlineData("http://127.0.0.1/a/1.png?sign=a", nameof(Messages.LinkNotEncrypted))]
    [InlineData("https://bucket.example/other#1.png", nameof(Messages.LinkAmbiguous))]
    [InlineData("https://bucket.example/b/../a/1.png", nameof(Messages.CopyDotSegment))]
    public async Task Run_LinkThatMayLeadElsewhere_IsNotFollowed(string link, string reason)
    {
        using var harness = new SaveHarness { Link = (_, _) => link };

        EngineResult result = await harness.RunAsync([Id]);

        Assert.Equal([(Id, "CloudFileNotSaved", reason)], result.NotSaved);
        Assert.Equal(0, harness.Requests);
    }

    [Fact]
    public async Task Run_HttpLinkOfAnHttpEndpoint_IsFollowed()
    {
        using var harness = new SaveHarness(endpoint: new Uri("http://host.example")) { Link = (id, _) => $"http://bucket.example/{PathOf(id)}" };

        Assert.Single((await harness.RunAsync([Id])).Copies).AssertWhole();
    }

    [Theory]
    [InlineData("a#b.png")]
    [InlineData("x?y.png")]
    [InlineData("100%25 %41 中.png")]
    public async Task Run_LinkThatIsNotEncoded_LeadsToTheFileOfTheId(string path)
    {
        string id = $"cloud://{FileIds.Environment}.7465-{FileIds.Environment}/{path}";
        var addresses = new List<string>();
        using var harness = new SaveHarness
        {
            Storage = Replies(request =>
            {
                addresses.Add(request.Address);
                return null;
            }),
        };

        Assert.Single((await harness.RunAsync([id])).Copies).AssertWhole();
        Assert.Equal([$"https://bucket.example/{Uri.EscapeDataString(path)}?sign={Signature}-1&t=1"], addresses);
    }

    [Fact]
    public async Task Run_LookUpFails_ErrorsAreThoseOfALookUp()
    {
        string[] ids = FileIds.Range(3);
        using var harness = new SaveHarness { Link = (id, _) => id == ids[0] ? null : id == ids[1] ? string.Empty : $"https://bucket.example/{PathOf(id)}" };

        EngineResult result = await harness.RunAsync(ids);

        Assert.Equal([ids[0]], result.Failed("CloudFileNotFound"));
        Assert.Equal([ids[1]], result.Failed("CloudFileNotRead"));
        Assert.Equal([ids[2]], result.Copies.Select(copy => copy.FileId));
    }

    [Fact]
    public async Task Run_Md5IsForbidden_ChecksTheLength_AndWarnsOnce()
    {
        string[] ids = FileIds.Range(4);
        using var harness = new SaveHarness { Storage = Replies(request => request.Id == Id ? Whole(OtherContent, ETag(Content)) : null) };

        EngineResult result = await harness.RunAsync(ids, Options() with { NewMd5 = static () => (IncrementalHash?)null });
        EngineResult again = await harness.RunAsync(ids, Options() with { NewMd5 = static () => (IncrementalHash?)null });

        Assert.Equal(4, result.Copies.Count());
        Assert.Equal(nameof(Messages.WarningNoMd5), Assert.Single(result.Events.OfType<RunEvent.Said>()).Text.Key);
        Assert.Equal(4, again.Copies.Count(copy => copy.Outcome == SavedCloudFileOutcome.AlreadySaved));
    }

    [Fact]
    public void CreateMd5_ThisSystem_HasIt()
    {
        using IncrementalHash? md5 = new RunOptions().NewMd5();

        Assert.NotNull(md5);
    }

    [Fact]
    public async Task Run_StoredCompressed_IsSavedAsStored()
    {
        using var harness = new SaveHarness { Storage = Replies(_ => Encoded(Whole(Content))) };

        Assert.Single((await harness.RunAsync([Id])).Copies).AssertWhole();
    }

    [Fact]
    public async Task Traffic_AndTexts_HaveNoSignature()
    {
        string[] ids = FileIds.Range(6);
        var clock = new ManualClock();
        using var harness = new SaveHarness(clock)
        {
            Storage = request => request.Attempt > 2 || request.Id == ids[5] ? Task.FromResult<HttpResponseMessage?>(null) : request.Id switch
            {
                _ when request.Id == ids[0] => Task.FromResult<HttpResponseMessage?>(With(HttpStatusCode.Forbidden)),
                _ when request.Id == ids[1] => throw new HttpRequestException($"no way to {request.Address}"),
                _ when request.Id == ids[2] => throw new InvalidOperationException(request.Address),
                _ when request.Id == ids[3] => Task.FromResult<HttpResponseMessage?>(Reply(new ScriptedBody((_, _) => throw new IOException(request.Address)).Announced(9), $"\"{Signature}\"")),
                _ => Task.FromResult<HttpResponseMessage?>(With(HttpStatusCode.BadGateway)),
            },
        };

        EngineResult result = await harness.RunAsync(ids, Options(retries: 1));

        string[] traffic = [.. result.Events.OfType<RunEvent.Traffic>().Select(e => e.Text)];
        Assert.Contains("GET https://bucket.example/a/6.png?***", traffic);
        Assert.Contains(result.Events, e => e is RunEvent.RetryWaits);
        Assert.DoesNotContain("MARKER", string.Join('\n', traffic.Concat(result.Events.Select(Describe))), StringComparison.Ordinal);

        static string Describe(RunEvent e) => e switch
        {
            RunEvent.FilesDone done => string.Join('\n', done.Files.Select(file => file.Failure?.Facts.ToString() + file.Failure?.Facts.Text)),
            RunEvent.RetryWaits wait => wait.Reason.ToString() + wait.Reason.Text,
            RunEvent.RunEnded end => end.Reason.ToString(),
            _ => string.Empty,
        };
    }

    private static string ETag(byte[] content) => $"\"{Md5Of(content)}\"";

    private static HttpResponseMessage With(HttpStatusCode status)
    {
        HttpResponseMessage reply = Whole(Content);
        reply.StatusCode = status;
        reply.Headers.Location = (int)status is >= 300 and < 400 ? new Uri("https://bucket.example/a/2.png") : null;
        return reply;
    }

    private static HttpResponseMessage Encoded(HttpResponseMessage reply)
    {
        reply.Content.Headers.ContentEncoding.Add("gzip");
        return reply;
    }

    private static HttpResponseMessage Header(HttpResponseMessage reply, string name, string value)
    {
        if (!reply.Headers.TryAddWithoutValidation(name, value)) reply.Content.Headers.TryAddWithoutValidation(name, value);
        return reply;
    }

    private static HttpResponseMessage TwoLengths()
    {
        HttpContent body = new ScriptedBody((sent, _) => Task.FromResult(sent == 0 ? Content : null)).Announced(null);
        string[] lengths = [$"{Content.Length}", $"{Content.Length + 5}"];
        body.Headers.TryAddWithoutValidation("Content-Length", lengths);
        return Reply(body, null);
    }

    private static HttpResponseMessage Chunked(byte[] content)
    {
        HttpResponseMessage reply = Whole(content);
        reply.Headers.TransferEncodingChunked = true;
        return reply;
    }

    // The headers of a reply, and a body that must not be read.
    private static HttpResponseMessage NeverRead(HttpResponseMessage reply)
    {
        HttpContent body = new ScriptedBody((_, _) => throw new InvalidOperationException()).Announced(reply.Content.Headers.ContentLength);
        body.Headers.LastModified = reply.Content.Headers.LastModified;
        reply.Content = body;
        return reply;
    }
}
