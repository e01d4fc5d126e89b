using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using TcbPowerShell.Client.Storage;
using TcbPowerShell.Model;
using TcbPowerShell.Tests.Client.Runs;
using Xunit;
using Xunit.Abstractions;

namespace TcbPowerShell.Tests.Client.Storage;

/// <summary>
/// The power fails between any two steps of a run. Afterwards no path holds another ID's bytes, no final name holds a part of a file, a copy that was
/// reported is there, and the next run ends what this one began. TCB_PROPERTY_RUNS sets the number of runs at random.
/// </summary>
[Trait("rule", "15")]
public sealed class CopyCrashTests(ITestOutputHelper log)
{
    private const string Bucket = "cloud://test-env.b/";

    private static readonly int Runs =
        int.TryParse(Environment.GetEnvironmentVariable("TCB_PROPERTY_RUNS"), NumberStyles.Integer, CultureInfo.InvariantCulture, out int runs) ? runs : 250;

    private static readonly string Folder = Path.Combine(CrashDisk.Root, "backup");

    // Names that meet in one path.
    private static readonly string[] Keys = ["a/x.png", "A/X.png", "a", "a/x.png/deep", "e\u0301", "é", "con", "a/x.png%part", "f/", "f", new('中', 300)];

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Crash_AtEachStepOfOneSaveAfterAnother_LeavesWholeCopiesOnly(bool overwrites, bool hasMd5)
    {
        Trial trial;
        int crashAt = 0;
        do trial = await CheckAsync(new Random(crashAt), new Trial(overwrites, hasMd5, Parallel: 1), crashAt++);
        while (trial.HasCrashed);
        log.WriteLine($"{crashAt - 1} steps");
        Assert.InRange(crashAt, 100, 1_000);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Crash_AtAnyStepOfSavesAtOnce_LeavesWholeCopiesOnly(int parallel)
    {
        for (int seed = 0; seed < Runs; seed++)
        {
            var random = new Random((seed * 10) + parallel);
            await CheckAsync(random, new Trial(random.Next(2) == 0, random.Next(2) == 0, parallel), random.Next(150));
        }
    }

    private static async Task<Trial> CheckAsync(Random random, Trial trial, int crashAt)
    {
        // The user's own file, which is in the way of one ID; and older versions of some files, which an earlier run saved.
        var disk = new CrashDisk();
        string userFile = Path.Combine(Folder, "test-env.b", "%63on");
        disk.Put(userFile, "the user's"u8.ToArray());
        await SaveAsync(disk, trial with { Overwrites = false }, Keys[..3], version: 1, []);
        disk = disk.Reboot(random, crashAt, new Random(random.Next()));
        string[] keys = [.. Keys];
        random.Shuffle(keys);
        ConcurrentDictionary<string, string> saved = [];

        await SaveAsync(disk, trial, keys, version: 2, saved);

        string what = $"{trial}, crash at {crashAt}: ";
        trial = trial with { HasCrashed = disk.HasCrashed };
        disk = disk.Reboot(random);
        CheckFiles(disk, userFile, what);
        foreach ((string key, string path) in saved) Assert.True(key.EndsWith('/') || (disk.Files.TryGetValue(path, out byte[]? bytes) && bytes.SequenceEqual(Content(key, 2))), $"{what}{key} was reported, and is not there");

        // The next run, in another order.
        random.Shuffle(keys);
        ConcurrentDictionary<string, string> savedNow = [];
        await SaveAsync(disk, trial, keys, version: 2, savedNow);
        CheckFiles(disk, userFile, what + "next run: ");
        Assert.All(saved, pair => Assert.Equal(pair.Value, savedNow[pair.Key]));
        IEnumerable<string> inTheWay = trial.Overwrites ? [] : ["con", .. Keys[..3]];
        Assert.Equal(keys.Except(inTheWay).Order(StringComparer.Ordinal), savedNow.Keys.Order(StringComparer.Ordinal));
        // The ID of a part that a crash left may have got another path.
        Assert.DoesNotContain(savedNow, pair => !pair.Key.EndsWith('/') && disk.Files.ContainsKey(pair.Value + CopyName.Part));
        return trial;
    }

    // Each file is the user's, a part, or a whole version of the ID that the index gives its path to.
    private static void CheckFiles(CrashDisk disk, string userFile, string what)
    {
        Dictionary<string, string> owners = Owners(disk);
        foreach ((string path, byte[] bytes) in disk.Files)
        {
            if (path.EndsWith(CopyName.Part, StringComparison.Ordinal) || (path == userFile && bytes.SequenceEqual("the user's"u8.ToArray()))) continue;
            Assert.True(owners.TryGetValue(path, out string? key), $"{what}the index does not know {path}");
            Assert.True(bytes.SequenceEqual(Content(key, 1)) || bytes.SequenceEqual(Content(key, 2)), $"{what}{path} does not hold {key}");
        }
    }

    private static Dictionary<string, string> Owners(CrashDisk disk)
    {
        var owners = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in Encoding.UTF8.GetString(disk.ReadIndex(Folder)).Split('\n'))
        {
            try
            {
                JsonElement entry = JsonDocument.Parse(line).RootElement;
                if (!entry.TryGetProperty("path", out JsonElement path)) continue;
                string key = entry.GetProperty("fileId").GetString()![Bucket.Length..], full = Path.Combine(Folder, path.GetString()!.Replace('/', Path.DirectorySeparatorChar));
                Assert.True(owners.TryAdd(full, key) || owners[full] == key, $"{full} has two owners");
            }
            catch (JsonException)
            {
                // Torn.
            }
        }
        return owners;
    }

    private static async Task SaveAsync(CrashDisk disk, Trial trial, IEnumerable<string> keys, int version, ConcurrentDictionary<string, string> saved)
    {
        try
        {
            using CopyFolder folder = CopyFolder.Open(Folder, trial.Overwrites, disk);
            var queue = new ConcurrentQueue<string>(keys);
            await Task.WhenAll(Enumerable.Range(0, trial.Parallel).Select(_ => Task.Run(async () =>
            {
                while (queue.TryDequeue(out string? key)) await SaveOneAsync(folder, key, version, trial.HasMd5, saved);
            }))).WaitAsync(EngineHarness.Guard);
        }
        catch (TcbException e)
        {
            Assert.Equal(ErrorId.DestinationUnavailable, e.ErrorId);
            Assert.True(disk.HasCrashed, e.Message);
        }
    }

    // As a download does it.
    private static async Task SaveOneAsync(CopyFolder folder, string key, int version, bool hasMd5, ConcurrentDictionary<string, string> saved)
    {
        CopyPlace? place = null;
        try
        {
            Assert.True(CloudFileId.TryParse(Bucket + key, null, out CloudFileId id, out _));
            place = folder.PlaceOf(id);
            byte[] content = Content(key, version);
            var facts = new CopyFacts(content.Length, $"etag-{version}", DateTimeOffset.UnixEpoch.AddDays(version));
            if (place.IsFolder) await place.MakeFolderAsync(default);
            else if (place.Existing is { } existing && existing.Length == content.Length
                && (hasMd5 ? await place.ComputeMd5Async(default) == Md5Of(content) : place.IsRecorded(facts)))
                await place.AcceptAsync(facts, default);
            else
            {
                await place.CreatePartAsync(default);
                await place.WriteAsync(content, content.Length / 2, default);
                await place.WriteAsync(content[(content.Length / 2)..], content.Length - (content.Length / 2), default);
                await place.KeepAsync(facts, default);
            }
            saved[key] = place.Path;
        }
        catch (CopyRefused)
        {
            await place!.DropPartAsync();
        }
    }

#pragma warning disable CA5351 // The storage's ETag is one.
    private static string Md5Of(byte[] content) => Convert.ToHexStringLower(MD5.HashData(content));
#pragma warning restore CA5351

    // Some versions of some IDs have the same length.
    private static byte[] Content(string key, int version) => key.EndsWith('/') ? [] : Encoding.UTF8.GetBytes($"{key.Length % 3}{version}{key}");

    private sealed record Trial(bool Overwrites, bool HasMd5, int Parallel, bool HasCrashed = false);
}
