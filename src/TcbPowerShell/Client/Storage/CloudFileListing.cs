using TcbPowerShell.Client.Tokens;
using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Storage;

/// <summary>
/// Lists the files of an environment, page by page. A listing that is not complete ends with an exception (rule 14).
/// </summary>
/// <param name="environment">The connection.</param>
/// <param name="calls">Repeats calls that fail.</param>
internal sealed class CloudFileListing(TcbEnvironment environment, PatientCaller calls)
{
    /// <summary>The beginning of the path that <c>uploadfile</c> is asked about. Nothing is uploaded there, and a random suffix keeps it from naming a user's file.</summary>
    internal const string ProbeName = "tcbpowershell-listing-";

    private const int KeysPerPage = 1000;
    // By the service's clock. Long enough for a request that waits in a proxy.
    private static readonly TimeSpan SignatureLife = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan SignatureStart = TimeSpan.FromMinutes(-1);

    // Permissions of the app, the platform or the container: https://developers.weixin.qq.com/doc/oplatform/developers/errCode/errCode.html
    private static readonly int?[] Refusals = [48001, 61007, 61014, 85107];

    private readonly List<FoundPage> _held = [];
    private int _pages;

    private StorageAccess Storage => environment.Storage;

    /// <summary>Lists all files whose keys begin with one of the prefixes.</summary>
    /// <param name="prefixes">Beginnings of keys, or of whole IDs; an empty one is the whole bucket.</param>
    /// <param name="emit">Takes the next files. The page after them is asked for when most of a page has been taken.</param>
    /// <exception cref="TcbException">The listing cannot be completed.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    internal async Task ListAsync(IReadOnlyList<string> prefixes, Func<FoundPage, Task> emit)
    {
        try
        {
            StorageLocation location = await Storage.GetLocationAsync(AskLocationAsync, calls.Cancelled).ConfigureAwait(false);
            foreach (string prefix in KeyPrefix.Distinct(prefixes, location)) await ListAsync(location, prefix, emit).ConfigureAwait(false);
            await ReleaseAsync(emit).ConfigureAwait(false);
        }
        catch (TcbException e) when (Array.IndexOf(Refusals, e.ErrorCode) >= 0)
        {
            throw e.EndingAs(ErrorId.ListingRefused);
        }
    }

    private async Task ListAsync(StorageLocation location, string prefix, Func<FoundPage, Task> emit)
    {
        Task<FetchedPage> fetch = FetchAsync(location, prefix, marker: string.Empty);
        try
        {
            while (true)
            {
                FetchedPage fetched = await fetch.ConfigureAwait(false);
                if (!Storage.IsConfirmed) fetched = await ConfirmAsync(location, prefix, fetched).ConfigureAwait(false);
                var page = new FoundPage([.. fetched.Page.Files.Select(file => FoundFile.Of(file, location, environment.EnvironmentId))], ++_pages, fetched.Page.Files.Count, fetched.Duration);
                if (!Storage.IsConfirmed)
                {
                    // The page has only folders. Hold them until a file shows that the IDs are right.
                    _held.Add(page);
                    if (fetched.Page.NextMarker is not { } next) return;
                    fetch = FetchAsync(location, prefix, next);
                    continue;
                }
                await ReleaseAsync(emit).ConfigureAwait(false);
                int most = page.Files.Count * 3 / 4;
                await emit(page.Slice(0, most)).ConfigureAwait(false);
                if (fetched.Page.NextMarker is { } marker) fetch = FetchAsync(location, prefix, marker);
                await emit(page.Slice(most, page.Files.Count - most)).ConfigureAwait(false);
                if (fetched.Page.NextMarker is null) return;
            }
        }
        finally
        {
            // A page that is not needed any more is cancelled by the context; wait for its end.
            await Task.WhenAny(fetch).ConfigureAwait(false);
        }
    }

    private async Task<FetchedPage> FetchAsync(StorageLocation location, string prefix, string marker)
    {
        TimeSpan start = environment.Clock.Elapsed;
        ListingPage page = environment.Authentication == TcbAuthentication.Component
            ? await GetPlatformPageAsync(prefix, marker).ConfigureAwait(false)
            : await GetCosPageAsync(location, prefix, marker).ConfigureAwait(false);
        return new FetchedPage(page, marker, environment.Clock.Elapsed - start);
    }

    // IDs are inferred: the service must know one of them before any is passed on.
    private async Task<FetchedPage> ConfirmAsync(StorageLocation location, string prefix, FetchedPage fetched)
    {
        for (int tries = 0; ; tries++)
        {
            string[] fileIds = [.. fetched.Page.Files.Where(file => !file.IsFolder).Select(file => location.IdRoot + file.Key)
                .Where(fileId => CloudFileId.TryParse(fileId, null, out _, out _)).Take(BatchRequest.MaxFiles)];
            if (fileIds.Length == 0) return fetched;
            if (await KnowsOneOfAsync(fileIds).ConfigureAwait(false))
            {
                Storage.IsConfirmed = true;
                return fetched;
            }
            if (tries > 0)
                throw new TcbException(new UserText(nameof(Messages.ListingUnknownIds), fileIds.Length, fileIds[0]), FailureCategory.ListingRefused) { ErrorId = ErrorId.ListingMismatch };
            // The files may just have been deleted.
            fetched = await FetchAsync(location, prefix, fetched.Marker).ConfigureAwait(false);
        }
    }

    private async Task ReleaseAsync(Func<FoundPage, Task> emit)
    {
        foreach (FoundPage page in _held) await emit(page).ConfigureAwait(false);
        _held.Clear();
    }

    private Task<bool> KnowsOneOfAsync(string[] fileIds) => calls.CallAsync(async credential =>
    {
        BatchReply reply = await environment.PostAsync(
            "batchdownloadfile", BatchRequest.ForLookUp(environment.EnvironmentId, fileIds, maxAge: 1),
            (bytes, redact) => BatchReply.Read(bytes, "file_list", fileIds, redact), credential, calls.Context).ConfigureAwait(false);
        FileAnswer[] answers = [.. reply.Answers.Where(answer => answer.IsGiven)];
        return answers.Length > 0
            ? Array.Exists(answers, answer => answer.Status is FileStatus.Ok or FileStatus.AccessDenied)
            : throw new TcbException(new UserText(nameof(Messages.NoFileMentioned)), FailureCategory.NoAnswer);
    });

    private async Task<StorageLocation> AskLocationAsync()
    {
        string path = ProbeName + Guid.NewGuid().ToString("N");
        byte[] body = BatchRequest.ForTexts(("env", environment.EnvironmentId), ("path", path));
        UploadReply reply = await calls.CallAsync(
            credential => environment.PostAsync("uploadfile", body, UploadReply.Read, credential, calls.Context, showBodies: false)).ConfigureAwait(false);
        return StorageLocation.Of(reply, path, environment.EnvironmentId, environment.Endpoint);
    }

    private Task<ListingPage> GetPlatformPageAsync(string prefix, string marker)
    {
        byte[] body = BatchRequest.ForTexts(("env", environment.EnvironmentId), ("prefix", prefix), ("marker", marker));
        return calls.CallAsync(credential => environment.PostAsync(
            "getbucket", body, (bytes, redact) => StorageReply.ReadPage(bytes, redact, prefix, marker), credential, calls.Context));
    }

    private async Task<ListingPage> GetCosPageAsync(StorageLocation location, string prefix, string marker)
    {
        TemporaryKey key = await GetKeyAsync(refused: null).ConfigureAwait(false);
        try
        {
            return await calls.CallAsync(_ => GetCosPageOnceAsync(location, key, prefix, marker)).ConfigureAwait(false);
        }
        // The key has ended, or was withdrawn. A second refusal is about the permission and not about the key.
        catch (TcbException e) when (e.HttpStatus == System.Net.HttpStatusCode.Forbidden)
        {
            key = await GetKeyAsync(refused: key).ConfigureAwait(false);
            return await calls.CallAsync(_ => GetCosPageOnceAsync(location, key, prefix, marker)).ConfigureAwait(false);
        }
    }

    private Task<TemporaryKey> GetKeyAsync(TemporaryKey? refused) =>
        Storage.GetKeyAsync(refused, FetchKeyAsync, environment.ServiceNow, calls.Cancelled);

    private async Task<TemporaryKey> FetchKeyAsync()
    {
        try
        {
            TemporaryKey key = await calls.CallAsync(credential => environment.Authentication == TcbAuthentication.OpenInterfaceService
                ? environment.GetSecretAsync("/_/cos/getauth", StorageReply.ReadKey, credential, calls.Context)
                : environment.PostAsync("getqcloudtoken", "{\"lifespan\":7200}"u8.ToArray(), StorageReply.ReadKey, credential, calls.Context, showBodies: false)).ConfigureAwait(false);
            environment.Hide(key);
            return key;
        }
        // Ten in an hour: https://developers.weixin.qq.com/doc/oplatform/openApi/OpenApiDoc/cloudbase-common/file-management/getQcloudToken.html
        catch (TcbException e) when (e.ErrorCode == 45009)
        {
            throw e.ToldAs(new UserText(nameof(Messages.TemporaryKeysSpent), e.Text));
        }
    }

    private async Task<ListingPage> GetCosPageOnceAsync(StorageLocation location, TemporaryKey key, string prefix, string marker)
    {
        KeyValuePair<string, string>[] parameters =
        [
            new("encoding-type", "url"), new("marker", marker), new("max-keys", KeysPerPage.ToString(System.Globalization.CultureInfo.InvariantCulture)), new("prefix", prefix),
        ];
        DateTimeOffset now = environment.ServiceNow;
        string signature = CosSignature.Of(key, location.Address.AbsolutePath, parameters, location.Address.Authority, now + SignatureStart, now + SignatureLife);
        byte[] reply = await environment.GetFromStorageAsync(new Uri(location.Address, "?" + CosSignature.Query(parameters)), signature, key, calls.Context).ConfigureAwait(false);
        return ListingPage.ReadXml(reply, location.Bucket, prefix, marker);
    }

    /// <summary>A page as it came, and the marker that was asked for.</summary>
    private sealed record FetchedPage(ListingPage Page, string Marker, TimeSpan Duration);
}

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
