using System.Globalization;
using System.Security.Cryptography;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Storage;

/// <summary>
/// A copy that is whole (rule 15): as long as announced, with the MD5 that the storage tells, and the file that a listing described. A link leads to a
/// cache that can be stale, and the original may be deleted afterwards.
/// </summary>
/// <param name="Outcome">Whether it was made now.</param>
/// <param name="Facts">The facts of the reply.</param>
/// <param name="Md5">The MD5 of its bytes, 32 lower-case hexadecimal digits; null if it was not computed.</param>
internal sealed record WholeCopy(SavedCloudFileOutcome Outcome, CopyFacts Facts, string? Md5)
{
    /// <summary>The difference between the copy and the file that a listing described.</summary>
    /// <returns>The difference, as a clause; null if there is none.</returns>
    internal UserText? FindDifference(CloudFileInfo expected) => FindDifference(expected, Facts, Md5);

    /// <summary>The difference between a listing and a reply. Before the bytes have come, the reply's own ETag stands for their MD5.</summary>
    internal static UserText? FindDifference(CloudFileInfo expected, in CopyFacts facts, string? md5)
    {
        if (facts.Length != expected.Length) return new UserText(nameof(Messages.DownloadOfOtherLength), expected.Length, facts.Length);
        bool isSame = AsMd5(expected.ETag) is { } listed
            ? (md5 ?? AsMd5(facts.ETag) ?? listed) == listed
            : expected.ETag.Length == 0 || string.Equals(facts.ETag, expected.ETag, StringComparison.Ordinal);
        return isSame ? null : new UserText(nameof(Messages.DownloadOfOtherContent));
    }

    /// <summary>The MD5 that an ETag is: that of a file that was uploaded in one part. https://cloud.tencent.com/document/product/436/7729</summary>
    /// <returns>Null for any other ETag.</returns>
    internal static string? AsMd5(string? eTag) =>
        eTag?.Length == 32 && eTag.All(c => c is (>= '0' and <= '9') or (>= 'a' and <= 'f') or (>= 'A' and <= 'F')) ? eTag.ToLowerInvariant() : null;

    /// <summary>Computes an MD5. Systems in FIPS mode forbid that, each with another exception.</summary>
    /// <returns>Null if the system forbids it.</returns>
    internal static IncrementalHash? CreateMd5()
    {
        try
        {
            return IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        }
#pragma warning disable CA1031
        catch (Exception e) when (e is not OutOfMemoryException)
#pragma warning restore CA1031
        {
            return null;
        }
    }
}

/// <summary>Makes whole copies of the files that are downloaded, or finds that there are some.</summary>
/// <param name="clock">Time.</param>
/// <param name="overwrites">Whether a local file that differs is overwritten.</param>
/// <param name="newMd5">Computes an MD5; null if the system forbids that.</param>
/// <param name="received">Is told of each piece that comes.</param>
/// <param name="cancelled">Cancelled when the run is stopped.</param>
internal sealed class CopyMaker(Clock clock, bool overwrites, Func<IncrementalHash?> newMd5, Action<int> received, CancellationToken cancelled)
{
    // A stop waits no longer for a disk that hangs.
    private static readonly TimeSpan DiskGrace = TimeSpan.FromSeconds(1);

    /// <summary>Makes a copy.</summary>
    /// <param name="download">The request for the content, which was answered.</param>
    /// <param name="place">The place of the copy.</param>
    /// <param name="expected">The file as listings described it.</param>
    /// <exception cref="CopyRefused">There can be no copy of this file.</exception>
    /// <exception cref="TcbException">The download did not arrive whole, or the folder cannot be used.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    internal async Task<WholeCopy> MakeAsync(Download download, CopyPlace place, IReadOnlyList<CloudFileInfo> expected)
    {
        CopyFacts facts = download.ReadFacts();
        Check(expected, facts, md5: null);
        using IncrementalHash? md5 = newMd5();
        string? told = md5 is null ? null : expected.Select(info => WholeCopy.AsMd5(info.ETag)).FirstOrDefault(tag => tag is not null) ?? WholeCopy.AsMd5(facts.ETag);
        // Bytes that were compressed on the way are not the file's. A file can also be stored compressed: then the MD5 is that of these bytes.
        if (download.IsEncoded && told is null) throw new CopyRefused(new UserText(nameof(Messages.DownloadEncoded)));
        if (place.IsFolder) return await MakeFolderAsync(place, facts).ConfigureAwait(false);
        bool isSameLength = place.Existing?.Length == facts.Length;
        bool isRecorded = isSameLength && told is null && place.IsRecorded(facts);
        bool isProven = told is null
            ? isRecorded && facts is { ETag: not null, LastModified: not null }
            : isSameLength && await place.ComputeMd5Async(cancelled).ConfigureAwait(false) == told;
        if (isProven)
        {
            Check(expected, facts, told);
            await place.AcceptAsync(facts, cancelled).ConfigureAwait(false);
            return new WholeCopy(SavedCloudFileOutcome.AlreadySaved, facts, told);
        }
        // If a crash came after the copy got its name and before its facts were recorded, or if the storage tells too little, only the bytes can show that the
        // local file is the copy.
        bool mayBeCopy = isRecorded || (isSameLength && told is null && place.IsUnfinished);
        if (place.Existing is not null && !overwrites && !mayBeCopy) throw place.InTheWay;
        return await ReceiveAsync(download, place, facts, expected, md5).ConfigureAwait(false);
    }

    private async Task<WholeCopy> MakeFolderAsync(CopyPlace place, CopyFacts facts)
    {
        if (facts.Length > 0) throw new CopyRefused(new UserText(nameof(Messages.FolderWithContent), facts.Length));
        bool wasMissing = await place.MakeFolderAsync(cancelled).ConfigureAwait(false);
        return new WholeCopy(wasMissing ? SavedCloudFileOutcome.Saved : SavedCloudFileOutcome.AlreadySaved, facts, null);
    }

    private async Task<WholeCopy> ReceiveAsync(Download download, CopyPlace place, CopyFacts facts, IReadOnlyList<CloudFileInfo> expected, IncrementalHash? md5)
    {
        bool isKept = false;
        try
        {
            await place.CreatePartAsync(cancelled).ConfigureAwait(false);
            await download.ReceiveAsync(facts.Length, place, md5, received).ConfigureAwait(false);
            string? actual = md5 is null ? null : string.Concat(md5.GetHashAndReset().Select(b => b.ToString("x2", CultureInfo.InvariantCulture)));
            if (actual is not null && WholeCopy.AsMd5(facts.ETag) is { } told && told != actual) throw Download.Broken(new UserText(nameof(Messages.DownloadDamaged)));
            Check(expected, facts, actual);
            // Leaves a local file with the same bytes as it is, and any other unless it may be overwritten.
            await place.KeepAsync(facts, cancelled).ConfigureAwait(false);
            isKept = true;
            return new WholeCopy(SavedCloudFileOutcome.Saved, facts, actual);
        }
        finally
        {
            if (!isKept) await DropAsync(place.DropPartAsync()).ConfigureAwait(false);
        }
    }

    private async Task DropAsync(Task dropped)
    {
        await clock.WaitAsync(dropped, null, cancelled).ConfigureAwait(false);
        if (!dropped.IsCompleted) await clock.WaitAsync(dropped, DiskGrace, CancellationToken.None).ConfigureAwait(false);
    }

    private static void Check(IReadOnlyList<CloudFileInfo> expected, CopyFacts facts, string? md5)
    {
        if (expected.Select(info => WholeCopy.FindDifference(info, facts, md5)).FirstOrDefault(difference => difference is not null) is { } found) throw new CopyRefused(found);
    }
}
