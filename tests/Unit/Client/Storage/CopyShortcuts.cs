using System.Text;
using TcbPowerShell.Client.Storage;
using TcbPowerShell.Model;
using TcbPowerShell.Tests.Client.Runs;
using Xunit;

namespace TcbPowerShell.Tests.Client.Storage;

/// <summary>Saves copies in fewer words: of keys in one bucket, and waiting for what is done.</summary>
internal static class CopyShortcuts
{
    internal const string Bucket = "test-env.b";

    internal static readonly DateTimeOffset Time = new(2026, 3, 4, 5, 6, 8, TimeSpan.Zero);

    internal static CloudFileId IdOf(string key)
    {
        Assert.True(CloudFileId.TryParse($"cloud://{Bucket}/{key}", null, out CloudFileId id, out _), key);
        return id;
    }

    internal static CopyPlace PlaceOf(this CopyFolder folder, string key) => folder.PlaceOf(IdOf(key));

    internal static CopyFacts FactsOf(string content, string? eTag = "tag") => new(Encoding.UTF8.GetByteCount(content), eTag, Time);

    /// <summary>Saves a copy whatever is there.</summary>
    internal static string Save(this CopyFolder folder, string key, string content = "content")
    {
        CopyPlace place = folder.PlaceOf(key);
        Wait(place.SaveAsync(content));
        return place.Path;
    }

    internal static async Task<bool> SaveAsync(this CopyPlace place, string content)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(content);
        await place.CreatePartAsync(default);
        await place.WriteAsync(bytes, bytes.Length, default);
        await place.KeepAsync(FactsOf(content), default);
        return true;
    }

    /// <summary>Waits for a task that ends soon.</summary>
    internal static void Wait(Task task) => task.WaitAsync(EngineHarness.Guard).GetAwaiter().GetResult();

    internal static T Wait<T>(Task<T> task) => task.WaitAsync(EngineHarness.Guard).GetAwaiter().GetResult();
}
