using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Storage;

/// <summary>A page of a listing, or a part of one.</summary>
/// <param name="Files">Its files, in the service's order.</param>
/// <param name="Number">Which page of the listing it is, from 1.</param>
/// <param name="Size">How many files the whole page has.</param>
/// <param name="Duration">How long the request took.</param>
internal sealed record FoundPage(IReadOnlyList<FoundFile> Files, int Number, int Size, TimeSpan Duration)
{
    /// <summary>A part of the page.</summary>
    internal FoundPage Slice(int start, int count) => this with { Files = [.. Files.Skip(start).Take(count)] };
}

/// <summary>A file of a listing.</summary>
/// <param name="Info">The object for the pipeline.</param>
/// <param name="IsFolder">Whether it is a folder that was made in the console.</param>
/// <param name="Problem">Why its key cannot be a part of a file ID, as a sentence about "it"; null if it can.</param>
internal sealed record FoundFile(CloudFileInfo Info, bool IsFolder, UserText? Problem)
{
    internal static FoundFile Of(ListedFile listed, StorageLocation location, string environmentId)
    {
        string fileId = location.IdRoot + listed.Key;
        CloudFileId.TryParse(fileId, environmentId, out _, out UserText? problem);
        return new FoundFile(new CloudFileInfo(fileId, environmentId, listed.Key, listed.Length, listed.LastModified, listed.ETag), listed.IsFolder, problem);
    }
}
