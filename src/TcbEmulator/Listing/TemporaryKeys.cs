using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace TcbPowerShell.Emulation;

/// <summary>The temporary keys for COS that the emulator has issued.</summary>
public sealed class TemporaryKeys
{
    private readonly TimeProvider _clock;
    private readonly int _perHour;
    private readonly TimeSpan _longestLife;
    private readonly ConcurrentDictionary<string, TemporaryKey> _keys = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private DateTimeOffset _hourEnds;
    private int _inHour;

    internal TemporaryKeys(EmulatorOptions options)
    {
        _clock = options.Clock;
        _perHour = options.TemporaryKeysPerHour;
        _longestLife = options.TemporaryKeyLifetime;
    }

    /// <summary>How many keys were issued.</summary>
    public int Count => _keys.Count;

    /// <summary>From now on COS refuses every key that was issued so far.</summary>
    public void EndAll()
    {
        foreach (string id in _keys.Keys)
            _keys[id] = _keys[id] with { ExpiresOn = DateTimeOffset.MinValue };
    }

    /// <summary>A new key; null where the hour's keys are used up. Containers have no such limit.</summary>
    internal TemporaryKey? Issue(TimeSpan life, bool isLimited)
    {
        DateTimeOffset now = _clock.GetUtcNow();
        lock (_lock)
        {
            if (now >= _hourEnds)
                (_hourEnds, _inHour) = (now.AddHours(1), 0);

            if (isLimited && ++_inHour > _perHour)
                return null;
        }

        var key = new TemporaryKey(
            "AKIDemulator" + RandomHex(12), RandomHex(20), "emulator-cos-token-" + RandomHex(40), now + (life < _longestLife ? life : _longestLife));
        return _keys[key.Id] = key;
    }

    internal TemporaryKey? Find(string id) => _keys.GetValueOrDefault(id);

    private static string RandomHex(int bytes) => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(bytes));
}

/// <summary>A temporary key for COS.</summary>
internal sealed record TemporaryKey(string Id, string Secret, string Token, DateTimeOffset ExpiresOn);
