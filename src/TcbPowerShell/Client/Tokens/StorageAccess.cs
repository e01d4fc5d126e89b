using TcbPowerShell.Protocol;

namespace TcbPowerShell.Client.Tokens;

/// <summary>
/// The storage behind the environment of a connection: its location and the temporary key. Shared by all runspaces, because the service gives
/// out ten keys in an hour.
/// </summary>
#pragma warning disable CA1001 // A semaphore holds nothing to dispose of until its wait handle is used.
internal sealed class StorageAccess
#pragma warning restore CA1001
{
    // A key that expires while a page is under way would fail that page.
    private static readonly TimeSpan KeyMargin = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _single = new(1, 1);
    private StorageLocation? _location;
    private TemporaryKey? _key;

    /// <summary>Whether the service has confirmed one of the IDs that were inferred from a listing.</summary>
    internal bool IsConfirmed { get; set; }

    /// <summary>The location of the files. The service is asked once.</summary>
    internal async Task<StorageLocation> GetLocationAsync(Func<Task<StorageLocation>> ask, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _location) is { } known) return known;
        await _single.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _location ??= await ask().ConfigureAwait(false);
        }
        finally
        {
            _single.Release();
        }
    }

    /// <summary>The temporary key, fetched if there is none, if it expires soon, or if the storage refused it.</summary>
    /// <param name="refused">The key that was refused; null for none. A newer key that another runspace has fetched is used.</param>
    /// <param name="fetch">Fetches a key.</param>
    /// <param name="now">The time by the service's clock.</param>
    /// <param name="cancellationToken">Ends the wait for another runspace's fetch.</param>
    internal async Task<TemporaryKey> GetKeyAsync(TemporaryKey? refused, Func<Task<TemporaryKey>> fetch, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await _single.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_key is null || _key == refused || _key.ExpiresOn - KeyMargin <= now) _key = await fetch().ConfigureAwait(false);
            return _key;
        }
        finally
        {
            _single.Release();
        }
    }
}
