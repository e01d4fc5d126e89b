using System.Text.Json.Serialization;

namespace TcbPowerShell.Client.Journal;

/// <summary>A line of the journal: a run that begins or ends, a batch about to be sent, or what became of one file.</summary>
internal sealed record JournalLine
{
    /// <summary>When, in UTC.</summary>
    public DateTime Time { get; init; }

    /// <summary>The environment.</summary>
    public string? EnvironmentId { get; init; }

    /// <summary>The run that begins or ends with this line.</summary>
    public JournalRun? Run { get; init; }

    /// <summary>The files of a batch that is about to be sent.</summary>
    public string[]? Sent { get; init; }

    /// <summary>The file that has an outcome.</summary>
    public string? FileId { get; init; }

    /// <summary>Its outcome, or the ID of its error.</summary>
    public string? Outcome { get; init; }

    /// <summary>The file's status or the request's errcode.</summary>
    public int? Status { get; init; }

    /// <summary>The service's text, or what went wrong on the way.</summary>
    public string? Message { get; init; }

    /// <summary>The service's id for the request.</summary>
    public string? RequestId { get; init; }

    /// <summary>Whether the file may be gone though no answer says so.</summary>
    public bool OutcomeUnknown { get; init; }

    /// <summary>Whether an outcome says that the file is gone.</summary>
    internal static bool IsGone(string? outcome) => outcome is nameof(CloudFileRemovalOutcome.Removed) or nameof(CloudFileRemovalOutcome.AlreadyGone);
}

/// <summary>The run that writes to a journal: all of it in its first line, the ID and how it ended in its last.</summary>
internal sealed record JournalRun
{
    /// <summary>How a run ended that came to its end.</summary>
    internal const string Completed = "Completed";

    /// <summary>How a run ended that was stopped from outside.</summary>
    internal const string Stopped = "Stopped";

    private const string WeChat = "api.weixin.qq.com";

    /// <summary>The run's ID.</summary>
    public string? Id { get; init; }

    /// <summary>The version of the module.</summary>
    public string? ModuleVersion { get; init; }

    /// <summary>The service, as <see cref="ServiceOf"/> names it.</summary>
    public string? Service { get; init; }

    /// <summary>The user whose process it is.</summary>
    public string? User { get; init; }

    /// <summary>The computer.</summary>
    public string? Computer { get; init; }

    /// <summary><see cref="Completed"/>, <see cref="Stopped"/> or the ID of the error that ended it.</summary>
    public string? Ended { get; init; }

    /// <summary>A run of this process.</summary>
    /// <param name="id">Its ID.</param>
    /// <param name="endpoint">The address of the service.</param>
    internal static JournalRun Of(string id, Uri endpoint) => new()
    {
        Id = id,
        ModuleVersion = typeof(JournalRun).Assembly.GetName().Version!.ToString(3),
        Service = ServiceOf(endpoint),
        User = Environment.UserName,
        Computer = Environment.MachineName,
    };

    /// <summary>
    /// The same text for each address that leads to the same files: the hosts that WeChat names are one service; any other is its host, port and path.
    /// </summary>
    internal static string ServiceOf(Uri endpoint)
    {
        // A trailing dot only says that the name is complete.
        string host = endpoint.IdnHost.TrimEnd('.').ToLowerInvariant();
        string path = endpoint.GetComponents(UriComponents.Path, UriFormat.SafeUnescaped).TrimEnd('/');
        if (host is WeChat or "api2.weixin.qq.com" or "sh.api.weixin.qq.com" or "sz.api.weixin.qq.com" or "hk.api.weixin.qq.com"
            && endpoint.IsDefaultPort && path.Length == 0)
            return WeChat;
        if (endpoint.HostNameType == UriHostNameType.IPv6) host = $"[{host}]";
        return FormattableString.Invariant($"{host}:{endpoint.Port}{(path.Length == 0 ? string.Empty : "/")}{path}");
    }
}

/// <summary>The JSON of the journal, made at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(JournalLine))]
internal sealed partial class JournalJson : JsonSerializerContext;
