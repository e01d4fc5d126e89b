using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Storage;

/// <summary>The beginning of the keys that a user wants listed, as a key or as a whole ID. An unset variable in it must never mean "everything".</summary>
internal static class KeyPrefix
{
    private const string Scheme = "cloud://";

    /// <summary>Finds a mistake in a prefix before anything is sent; null if there is none.</summary>
    internal static UserText? FindProblem(string? prefix, string environmentId)
    {
        if (string.IsNullOrWhiteSpace(prefix)) return new UserText(nameof(Messages.PrefixEmpty));
        if (prefix!.Any(char.IsControl)) return new UserText(nameof(Messages.PrefixWithControlCharacter));
        if (prefix![prefix.Length - 1] == '*') return new UserText(nameof(Messages.PrefixWithAsterisk));
        if (prefix[0] == '/')
            return new UserText(string.IsNullOrWhiteSpace(prefix.Trim('/')) ? nameof(Messages.PrefixOnlySlash) : nameof(Messages.PrefixWithSlash));
        if (prefix.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || prefix.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
            return new UserText(nameof(Messages.PrefixIsLink));
        if (!prefix.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return null;
        int slash = prefix.IndexOf('/', Scheme.Length);
        string host = slash < 0 ? prefix.Substring(Scheme.Length) : prefix.Substring(Scheme.Length, slash - Scheme.Length);
        int dot = host.IndexOf('.');
        string environment = dot < 0 ? host : host.Substring(0, dot);
        if (environment != environmentId) return new UserText(nameof(Messages.PrefixOfOtherEnvironment), environment, environmentId);
        // Without its bucket, an ID cannot be compared with those of the environment; without a key, it would select everything.
        if (dot < 0) return new UserText(nameof(Messages.PrefixWithoutBucket));
        return slash < 0 || string.IsNullOrWhiteSpace(prefix.Substring(slash + 1)) ? new UserText(nameof(Messages.PrefixWithoutKey)) : null;
    }

    /// <summary>The beginnings of keys, those left out that begin with another one: each file is listed once.</summary>
    /// <exception cref="TcbException">One of them is an ID that begins otherwise than the service's.</exception>
    internal static IReadOnlyList<string> Distinct(IReadOnlyList<string> prefixes, StorageLocation location)
    {
        string[] keys = [.. prefixes.Select(prefix => ToKey(prefix, location)).Distinct(StringComparer.Ordinal)];
        return [.. keys.Where(key => !Array.Exists(keys, other => other.Length < key.Length && key.StartsWith(other, StringComparison.Ordinal)))];
    }

    private static string ToKey(string prefix, StorageLocation location)
    {
        if (!prefix.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return prefix;
        return prefix.StartsWith(location.IdRoot, StringComparison.Ordinal) && prefix.Length > location.IdRoot.Length
            ? prefix.Substring(location.IdRoot.Length)
            : throw new TcbException(new UserText(nameof(Messages.PrefixOfOtherBucket), prefix, location.IdRoot), FailureCategory.ListingRefused) { ErrorId = ErrorId.InvalidPrefix };
    }
}
