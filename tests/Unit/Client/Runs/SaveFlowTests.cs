using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Journal;
using TcbPowerShell.Client.Runs;
using TcbPowerShell.Client.Storage;
using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;
using TcbPowerShell.Tests.Client.Http;
using TcbPowerShell.Tests.Client.Tokens;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;
using static TcbPowerShell.Tests.Client.Runs.SaveHarness;

namespace TcbPowerShell.Tests.Client.Runs;

/// <summary>Downloads are bounded, prompt, patient, and end with the run.</summary>
[Trait("rule", "3")]
[Trait("rule", "7")]
[Trait("rule", "10")]
[Trait("rule", "15")]
public sealed class SaveFlowTests
{
    private static readonly string Id = FileIds.Of(1);

    [Fact]
    public async Task Next_DownloadsAreFull_UpstreamWaits()
    {
        string[] ids = FileIds.Range(1000);
        TaskCompletionSource<HttpResponseMessage?> held = NewHold();
        using var harness = new SaveHarness { Storage = _ => held.Task };
        using CopyFolder copies = harness.Open();
        using FileRun run = harness.Start(copies, Options(batchSize: 10, throttleLimit: 4) with { Heartbeat = TimeSpan.FromMilliseconds(5) });
        int added = 0;
        int beats = 0;
        var result = new EngineResult();
        Task feeding = EngineHarness.OnThread(() =>
        {
            foreach (string id in ids)
            {
                run.Expect(id, null);
                Interlocked.Increment(ref added);
                Interlocked.Exchange(ref beats, 0);
                while (result.TakeOne(run) is { } e)
                {
                    if (e is RunEvent.Heartbeat) Interlocked.Increment(ref beats);
                }
            }
            run.Complete();
            return result.Drain(run);
        });

        // Waiting, and not only for a look-up.
        Assert.True(SpinWait.SpinUntil(() => harness.MostActive == 4 && harness.LookUps >= 2 && Volatile.Read(ref added) >= 30 && Volatile.Read(ref beats) > 20, EngineHarness.Guard));
        // Four under way and six waiting; ten that were looked up because fewer than that waited; and a batch that is full.
        Assert.Equal((30, 2), (Volatile.Read(ref added), harness.LookUps));
        Assert.False(feeding.IsCompleted);
        Assert.Empty(result.Outcomes);
        held.SetResult(null);
        await feeding;

        Assert.Equal(1000, result.Copies.Count());
        Assert.InRange(harness.MostActive, 4, 4);
        Assert.Equal(100, harness.LookUps);
        Assert.True(run.BytesReceived >= 1000);
        Assert.Equal(result.Copies.Sum(copy => copy.Length), run.BytesReceived);
    }

    [Fact]
    public async Task Run_ExceptionOfTheModuleAfterFilesWereFound_EachIdHasOneOutcome()
    {
        string[] ids = FileIds.Range(3);
        int tokens = 0;
        TaskCompletionSource<HttpResponseMessage?> held = NewHold();
        using var harness = new SaveHarness(tokens: new ScriptedTokens((_, _) =>
            Interlocked.Increment(ref tokens) == 1 ? Task.FromResult<string?>(EngineHarness.Token) : throw new InvalidOperationException()))
        {
            // The reply does not mention the last file, so that it is asked for again.
            Service = _ => FakeHandler.Reply(JsonSerializer.Serialize(new
            {
                errcode = 0,
                file_list = ids[..2].Select(id => new { fileid = id, download_url = $"https://bucket.example/{PathOf(id)}?sign=x", status = 0, errmsg = "ok" }),
            })),
            Storage = _ => held.Task,
        };
        using CopyFolder copies = harness.Open();
        using FileRun run = harness.Start(copies);
        var result = new EngineResult();

        await EngineHarness.OnThread(() =>
        {
            foreach (string id in ids) run.Expect(id, null);
            run.Complete();
            while (result.Outcomes.Count == 0) result.TakeOne(run);
            held.SetResult(null);
            return result.Drain(run);
        });

        Assert.Equal([ids[2]], result.Failed("BatchNotRead"));
        Assert.Equal(ids[..2], result.Copies.Select(copy => copy.FileId).Order(StringComparer.Ordinal));
        Assert.Equal(3, result.Outcomes.Count);
    }

    [Fact]
    public async Task Next_ACopyIsWhole_ComesWithoutTheOthers()
    {
        string[] ids = FileIds.Range(3);
        var held = ids.ToDictionary(id => id, _ => NewHold());
        using var harness = new SaveHarness { Storage = request => held[request.Id].Task };
        using CopyFolder copies = harness.Open();
        using FileRun run = harness.Start(copies);
        var order = new List<string>();

        await EngineHarness.OnThread(() =>
        {
            foreach (string id in ids) run.Expect(id, null);
            run.Complete();
            foreach (string id in (string[])[ids[2], ids[0], ids[1]])
            {
                held[id].SetResult(null);
                var result = new EngineResult();
                while (!result.Copies.Any()) result.TakeOne(run);
                order.AddRange(result.Copies.Select(copy => copy.FileId));
            }
            return new EngineResult().Drain(run);
        });

        Assert.Equal([ids[2], ids[0], ids[1]], order);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 8)]
    [InlineData(50, 64)]
    [InlineData(3, 2)]
    public async Task Run_AnySizes_EachFileHasOneOutcome(int batchSize, int throttleLimit)
    {
        string[] ids = FileIds.Range(200);
        using var harness = new SaveHarness
        {
            Link = (id, _) => id.EndsWith("7.png", StringComparison.Ordinal) ? null : $"https://bucket.example/{PathOf(id)}?sign=1",
            Storage = Replies(request => request.Id.EndsWith("3.png", StringComparison.Ordinal) && request.Attempt == 1 ? Whole([1], $"\"{Md5Of([2])}\"") : null),
        };

        EngineResult result = await harness.RunAsync(ids, Options(batchSize, throttleLimit));

        result.AssertOneOutcomeFor(ids);
        Assert.Equal((20, 180), (result.Failed("CloudFileNotFound").Count(), result.Copies.Count()));
        Assert.InRange(harness.MostActive, 1, throttleLimit);
    }

    [Fact]
    public async Task Run_Duplicates_ShareOneDownload()
    {
        using var harness = new SaveHarness();

        EngineResult result = await harness.RunAsync([Id, Id, FileIds.Of(2), Id]);

        Assert.Equal((4, 2), (result.Copies.Count(), harness.Requests));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Run_DuplicateListedOtherwise_IsNotSaved_HoweverLateItComes(bool isUnderWay, bool differs)
    {
        TaskCompletionSource<HttpResponseMessage?> held = NewHold();
        using var harness = new SaveHarness { Storage = _ => held.Task };
        using CopyFolder copies = harness.Open();
        using FileRun run = harness.Start(copies, Options(batchSize: isUnderWay ? 1 : 50));
        var result = new EngineResult();

        await EngineHarness.OnThread(() =>
        {
            run.Expect(Id, Listed(Id));
            // With the body on its way, the worker has compared the headers already.
            if (isUnderWay) Assert.True(SpinWait.SpinUntil(() => result.Drain(run) && harness.MostActive > 0, EngineHarness.Guard));
            if (isUnderWay)
            {
                held.SetResult(SaveHarness.Reply(
                    new ScriptedBody((sent, _) =>
                    {
                        if (sent > 0) return Task.FromResult<byte[]?>(null);
                        run.Expect(Id, Listed(Id, eTag: Md5Of([1])));
                        return Task.FromResult<byte[]?>(ContentOf(Id));
                    }).Announced(ContentOf(Id).Length), null));
            }
            else
            {
                run.Expect(Id, differs ? Listed(Id, eTag: Md5Of([1])) : Listed(Id));
                held.SetResult(null);
            }
            run.Complete();
            return result.Drain(run);
        });

        Assert.Equal(differs ? 0 : 2, result.Copies.Count());
        Assert.Equal(differs ? [(Id, "CloudFileNotSaved", nameof(Messages.DownloadOfOtherContent)), (Id, "CloudFileNotSaved", nameof(Messages.DownloadOfOtherContent))] : [], result.NotSaved);
    }

    [Theory]
    [InlineData(0, 1, false)]
    [InlineData(0, 5, true)]
    [InlineData(9, 11, false)]
    public async Task Run_LinkExpired_IsLookedUpAgainOnce(int retries, int refusals, bool isFinal)
    {
        // Refused once before each other failure, or again with the fresh link.
        using var harness = new SaveHarness
        {
            Storage = Replies(request => isFinal || (request.Attempt <= refusals && request.Attempt % 2 == 1)
                ? new HttpResponseMessage(HttpStatusCode.Forbidden)
                : request.Attempt < refusals ? Whole([1], $"\"{Md5Of([2])}\"") : null),
        };

        EngineResult result = await harness.RunAsync([Id], Options(retries: retries));

        Assert.Equal(isFinal ? [(Id, "CloudFileNotSaved", nameof(Messages.HttpStatus))] : [], result.NotSaved);
        Assert.Equal(isFinal ? 2 : refusals + 1, harness.Requests);
        Assert.Equal(1 + (isFinal ? 1 : (refusals + 1) / 2), harness.LookUps);
        Assert.All(result.Copies, copy => Assert.Equal(refusals + 1, copy.Attempts));
    }

    [Fact]
    public async Task Run_LinkExpiredAndTheFileIsGone_IsNotFound()
    {
        using var harness = new SaveHarness
        {
            Link = (id, lookUp) => lookUp > 1 ? null : $"https://bucket.example/{PathOf(id)}?sign=1",
            Storage = Replies(_ => new HttpResponseMessage(HttpStatusCode.Forbidden)),
        };

        EngineResult result = await harness.RunAsync([Id]);

        Assert.Equal([Id], result.Failed("CloudFileNotFound"));
        Assert.Null(result.End);
    }

    [Fact]
    public async Task Run_LinkExpiresWhileItWaits_IsLookedUpAgainFirst()
    {
        var clock = new ManualClock();
        TaskCompletionSource<HttpResponseMessage?> held = NewHold();
        string[] ids = FileIds.Range(2);
        using var harness = new SaveHarness(clock) { Storage = request => request.Id == ids[0] ? held.Task : Task.FromResult<HttpResponseMessage?>(null) };
        using CopyFolder copies = harness.Open();
        using FileRun run = harness.Start(copies, Options(throttleLimit: 1));

        EngineResult result = await EngineHarness.OnThread(() =>
        {
            var result = new EngineResult();
            foreach (string id in ids) run.Expect(id, null);
            run.Complete();
            Assert.True(SpinWait.SpinUntil(() => harness.MostActive > 0, EngineHarness.Guard));
            clock.Advance(TimeSpan.FromHours(3));
            held.SetResult(null);
            result.Drain(run);
            return result;
        });

        Assert.Equal((2, 2, 2), (result.Copies.Count(), harness.LookUps, harness.Requests));
    }

    [Theory]
    [InlineData(HttpStatusCode.BadGateway, nameof(FailureCategory.ServerError))]
    [InlineData(HttpStatusCode.RequestTimeout, nameof(FailureCategory.ServerError))]
    [InlineData(HttpStatusCode.InternalServerError, nameof(FailureCategory.ServerError))]
    public async Task Run_StorageFailsForOneFile_GivenUpAfterItsRetries(HttpStatusCode status, string category)
    {
        string[] ids = FileIds.Range(60);
        using var harness = new SaveHarness { Storage = Replies(request => request.Id == Id ? new HttpResponseMessage(status) : null) };

        // One at a time, so that others are answered between its attempts.
        EngineResult result = await harness.RunAsync(ids, Options(batchSize: 5, throttleLimit: 2, retries: 0));

        Assert.Null(result.End);
        Assert.Equal(category, Assert.Single(result.Outcomes, outcome => outcome.Failure is not null).Failure!.Facts.Category.ToString());
        Assert.Equal(59, result.Copies.Count());
    }

    [Theory]
    [InlineData(HttpStatusCode.TooManyRequests, null)]
    [InlineData(HttpStatusCode.ServiceUnavailable, 2)]
    [InlineData(HttpStatusCode.ServiceUnavailable, null)]
    public async Task Run_StorageThrottles_NoRetryIsUsedUp(HttpStatusCode status, int? retryAfter)
    {
        string[] ids = FileIds.Range(40);
        using var harness = new SaveHarness
        {
            Storage = Replies(request =>
            {
                // The first files get through: a 503 of a storage that serves nobody is a failure.
                if (Array.IndexOf(ids, request.Id) is < 10 or > 14 || request.Attempt > 1) return null;
                var reply = new HttpResponseMessage(status);
                if (retryAfter is { } seconds) reply.Headers.RetryAfter = new(TimeSpan.FromSeconds(seconds));
                return reply;
            }),
        };

        EngineResult result = await harness.RunAsync(ids, Options(throttleLimit: 3, retries: 0));

        Assert.Equal(40, result.Copies.Count());
        Assert.NotEmpty(result.Events.OfType<RunEvent.Throttled>());
        Assert.Empty(result.Events.OfType<RunEvent.RetryWaits>());
    }

    [Fact]
    public async Task Run_OutageOfTheStorage_CostsNoFile_AndOneAsks()
    {
        string[] ids = FileIds.Range(40);
        var clock = new ManualClock();
        TimeSpan? began = null;
        int asked = 0;
        using var harness = new SaveHarness(clock)
        {
            Storage = request =>
            {
                if (Array.IndexOf(ids, request.Id) < 10) return Task.FromResult<HttpResponseMessage?>(null);
                began ??= clock.Elapsed;
                if (clock.Elapsed - began > TimeSpan.FromMinutes(2)) return Task.FromResult<HttpResponseMessage?>(null);
                Interlocked.Increment(ref asked);
                throw new HttpRequestException("no connection");
            },
        };

        EngineResult result = await harness.RunAsync(ids, Options(retries: 3));

        Assert.Equal((null, 40), (result.End, result.Copies.Count()));
        Assert.NotEmpty(result.Events.OfType<RunEvent.OutageBegan>());
        Assert.NotEmpty(result.Events.OfType<RunEvent.OutageEnded>());
        // 1, 2, 4 … 30 seconds apart, after the failures that showed it: five workers with their backoffs would ask more often.
        Assert.InRange(asked, 5, 30);
    }

    [Fact]
    public async Task Run_OutageOfTheStorageForEver_EndsTheRun_WithTheFilesThatAreOpen()
    {
        string[] ids = FileIds.Range(40);
        int answered = 0;
        TaskCompletionSource<HttpResponseMessage?> allAnswered = NewHold();
        using var harness = new SaveHarness
        {
            Storage = async request =>
            {
                if (Array.IndexOf(ids, request.Id) < 10)
                {
                    if (Interlocked.Increment(ref answered) == 10) allAnswered.SetResult(null);
                    return null;
                }
                // Otherwise the outage could be over before a thread has asked for the last of the ten.
                await allAnswered.Task;
                throw new HttpRequestException("no connection");
            },
        };

        EngineResult result = await harness.RunAsync(ids, Options(retries: 3));

        Assert.Equal(ErrorId.ServiceUnreachable, result.End!.ErrorId);
        Assert.Equal(ids[10..], result.Open);
        Assert.Equal(10, result.Copies.Count());
    }

    [Fact]
    public async Task Run_BytesComeIn_IsNoOutage()
    {
        string[] ids = FileIds.Range(2);
        var clock = new ManualClock();
        bool isDone = false;
        // The other file is asked for once between two bytes, as long as the run goes on.
        using var mayAsk = new SemaphoreSlim(0);
        using var asked = new SemaphoreSlim(0);
        bool goesOn = true;
        using var harness = new SaveHarness(clock)
        {
            Storage = async request =>
            {
                if (request.Id == ids[1])
                {
                    await mayAsk.WaitAsync(request.Cancelled);
                    asked.Release();
                    return Volatile.Read(ref isDone) ? null : throw new HttpRequestException("no connection");
                }
                // A byte every ten seconds, for ten minutes in which the other file fails.
                return SaveHarness.Reply(
                    new ScriptedBody(async (sent, token) =>
                    {
                        Volatile.Write(ref isDone, sent == 60);
                        mayAsk.Release();
                        if (sent == 60) return null;
                        goesOn = goesOn && await asked.WaitAsync(TimeSpan.FromSeconds(10), token);
                        clock.Advance(TimeSpan.FromSeconds(10));
                        return new byte[1];
                    }).Announced(60), null);
            },
        };

        EngineResult result = await harness.RunAsync(ids, Options(retries: 2));

        Assert.Null(result.End);
        Assert.Equal(2, result.Copies.Count());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_DownloadStandsStill_IsTriedAgain_AndNeverHoldsTheRun(bool drips)
    {
        string[] ids = FileIds.Range(3);
        var clock = new TimedClock();
        using var harness = new SaveHarness(clock)
        {
            Storage = Replies(request => request.Id != Id ? null : SaveHarness.Reply(
                new ScriptedBody(async (sent, cancelled) =>
                {
                    if (sent == 0) return new byte[5000];
                    // Less than 1 KiB in 30 seconds, or nothing.
                    clock.Advance(TimeSpan.FromSeconds(drips ? 10 : 31));
                    cancelled.ThrowIfCancellationRequested();
                    return drips ? new byte[300] : await Forever(cancelled);
                }).Announced(100_000), null)),
        };

        // One at a time: the time that passes for this file would be up for the others, too.
        EngineResult result = await harness.RunAsync(ids, Options(throttleLimit: 1, retries: 2));

        Assert.Equal([(Id, "CloudFileNotSaved", nameof(Messages.DownloadStalled))], result.NotSaved);
        Assert.Equal((2, 5), (result.Copies.Count(), harness.Requests));
        Assert.Equal(2, harness.Files().Length);
    }

    [Fact]
    public async Task Run_SlowDownload_IsNotCutOff()
    {
        var clock = new TimedClock();
        byte[] content = new byte[100_000];
        using var harness = new SaveHarness(clock)
        {
            Storage = Replies(_ => SaveHarness.Reply(
                new ScriptedBody((sent, cancelled) =>
                {
                    if (sent < content.Length) clock.Advance(TimeSpan.FromSeconds(29));
                    cancelled.ThrowIfCancellationRequested();
                    return Task.FromResult<byte[]?>(content[sent..Math.Min(sent + 1024, content.Length)]);
                }).Announced(content.Length), $"\"{Md5Of(content)}\"")),
        };

        Assert.Equal(1, Assert.Single((await harness.RunAsync([Id])).Copies).Attempts);
    }

    [Fact]
    public async Task Run_NoReplyToOneFile_IsGivenUpWhileOthersAreAnswered()
    {
        string[] ids = FileIds.Range(200);
        int answered = 0;
        var clock = new TimedClock();
        using var harness = new SaveHarness(clock)
        {
            Storage = async request =>
            {
                if (request.Id != Id)
                {
                    Interlocked.Increment(ref answered);
                    return null;
                }
                while (Volatile.Read(ref answered) < 20 * request.Attempt) await Task.Yield();
                clock.Advance(TimeSpan.FromSeconds(31));
                await Forever(request.Cancelled);
                return null;
            },
        };

        // The time passes for the other download, too, so that one may be tried again.
        EngineResult result = await harness.RunAsync(ids, Options(batchSize: 5, throttleLimit: 2, retries: 1));

        Assert.Equal([(Id, "CloudFileNotSaved", nameof(Messages.NoReplyInTime))], result.NotSaved);
        Assert.Equal(199, result.Copies.Count());
    }

    [Fact]
    public async Task Run_LookUpEndsIt_CopiesUnderWayAreFinished()
    {
        string[] ids = FileIds.Range(30);
        TaskCompletionSource<HttpResponseMessage?> held = NewHold();
        using var harness = new SaveHarness { Storage = _ => held.Task };
        harness.Service = files =>
        {
            if (files[0] == ids[0]) return null;
            Assert.True(SpinWait.SpinUntil(() => harness.MostActive == 4, EngineHarness.Guard));
            held.TrySetResult(null);
            return FakeHandler.Reply("""{"errcode":45009,"errmsg":"quota"}""");
        };

        EngineResult result = await harness.RunAsync(ids, Options(batchSize: 5, throttleLimit: 4));

        Assert.Equal(ErrorId.QuotaExhausted, result.End!.ErrorId);
        Assert.InRange(result.Copies.Count(), 4, 5);
        Assert.All(result.Copies, copy => copy.AssertWhole());
        Assert.Equal(result.Copies.Count(), harness.Files().Length);
        Assert.Equal(ids.Take(result.Copies.Count() + result.Open.Count).Order(), result.Copies.Select(copy => copy.FileId).Concat(result.Open).Order());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_DiskIsFull_EndsIt_AfterTheCopiesUnderWay(bool atFlush)
    {
        string[] ids = FileIds.Range(20);
        var disk = new FullDisk(path => path.Contains("3.png", StringComparison.Ordinal), atFlush);
        using var harness = new SaveHarness();

        EngineResult result = await harness.RunAsync(ids, Options(throttleLimit: 3), disk: disk);

        Assert.Equal(ErrorId.DestinationUnavailable, result.End!.ErrorId);
        Assert.Contains(ids[2], result.Open);
        result.AssertOneOutcomeFor(ids);
        Assert.All(result.Copies, copy => copy.AssertWhole());
        Assert.Equal(result.Copies.Count(), harness.Files().Length);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Dispose_DownloadsUnderWay_AreCutOff_AndLeaveNothing(bool inBody)
    {
        string[] ids = FileIds.Range(10);
        int underWay = 0;
        var cancelled = new ConcurrentBag<bool>();
        using var harness = new SaveHarness(new ManualClock { HoldsDelays = true })
        {
            Storage = async request => inBody
                ? SaveHarness.Reply(new ScriptedBody(async (sent, token) => sent == 0 ? ContentOf(request.Id)[..5] : await Held(token)).Announced(100), null)
                : await Held(request.Cancelled) is null ? null : throw new InvalidOperationException(),
        };
        using CopyFolder copies = harness.Open();
        FileRun run = harness.Start(copies, Options(throttleLimit: 3));

        await EngineHarness.OnThread(() =>
        {
            foreach (string id in ids) run.Expect(id, null);
            run.Complete();
            var result = new EngineResult();
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref underWay) == 3, EngineHarness.Guard));
            run.Stop();
            Assert.Throws<OperationCanceledException>(() => result.Drain(run));
            run.Dispose();
            return 0;
        });

        Assert.Equal(3, harness.Requests);
        Assert.Empty(harness.Files());
        // The client does not wait for the server to notice.
        Assert.True(SpinWait.SpinUntil(() => cancelled.Count == 3, EngineHarness.Guard));
        Assert.DoesNotContain(false, cancelled);

        async Task<byte[]?> Held(CancellationToken token)
        {
            Interlocked.Increment(ref underWay);
            try
            {
                return await Forever(token);
            }
            finally
            {
                cancelled.Add(token.IsCancellationRequested);
            }
        }
    }

    private static TaskCompletionSource<HttpResponseMessage?> NewHold() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static async Task<byte[]?> Forever(CancellationToken cancelled)
    {
        await Task.Delay(Timeout.Infinite, cancelled);
        return null;
    }

    /// <summary>Delays are over at once and take no time; a timeout comes when its time is over.</summary>
    private sealed class TimedClock : Clock
    {
        private readonly Dictionary<CancellationTokenSource, TimeSpan> _due = [];
        private TimeSpan _elapsed = TimeSpan.FromDays(1);

        internal override TimeSpan Elapsed
        {
            get
            {
                lock (_due) return _elapsed;
            }
        }

        internal override DateTimeOffset UtcNow => DateTimeOffset.UnixEpoch + Elapsed;

        internal override Task DelayAsync(TimeSpan delay, CancellationToken cancellationToken)
        {
            lock (_due) _elapsed += delay;
            return cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : Task.CompletedTask;
        }

        internal override void CancelAfter(CancellationTokenSource source, TimeSpan timeout)
        {
            lock (_due)
            {
                if (timeout < TimeSpan.Zero) _due.Remove(source);
                else _due[source] = _elapsed + timeout;
            }
        }

        /// <summary>Lets time pass.</summary>
        internal void Advance(TimeSpan time)
        {
            CancellationTokenSource[] over;
            lock (_due)
            {
                _elapsed += time;
                over = [.. _due.Where(due => due.Value <= _elapsed).Select(due => due.Key)];
                foreach (CancellationTokenSource source in over) _due.Remove(source);
            }
            foreach (CancellationTokenSource source in over)
            {
                try
                {
                    source.Cancel();
                }
                catch (ObjectDisposedException)
                {
                    // That call is over.
                }
            }
        }
    }

    /// <summary>The machine's disk, which is full for some files: when they are written, or when they are flushed.</summary>
    private sealed class FullDisk(Func<string, bool> isFullFor, bool atFlush) : ICopyDisk
    {
        private readonly CopyDisk _disk = new();
        private readonly ConcurrentDictionary<Stream, string> _paths = new();

        public JournalFile OpenIndex(string path) => _disk.OpenIndex(path);

        public DiskEntry Look(string path) => _disk.Look(path);

        public void CreateFolder(string path) => _disk.CreateFolder(path);

        public Stream CreateFile(string path)
        {
            Stream file = _disk.CreateFile(path);
            if (isFullFor(path) && !atFlush)
            {
                file.Dispose();
                // Its writes fail.
                return new FullStream();
            }
            _paths[file] = path;
            return file;
        }

        public void Flush(Stream file)
        {
            if (isFullFor(_paths[file])) throw Full();
            _disk.Flush(file);
        }

        public Stream OpenRead(string path) => _disk.OpenRead(path);

        public void SetTime(string path, DateTimeOffset time) => _disk.SetTime(path, time);

        public bool Rename(string path, string newPath, bool overwrites) => _disk.Rename(path, newPath, overwrites);

        public void FlushName(string path, bool withContent) => _disk.FlushName(path, withContent);

        public void Delete(string path) => _disk.Delete(path);

        // ENOSPC.
        private static IOException Full() => new("No space left on device", 28);

        private sealed class FullStream : MemoryStream
        {
            public override void Write(byte[] buffer, int offset, int count) => throw Full();
        }
    }
}
