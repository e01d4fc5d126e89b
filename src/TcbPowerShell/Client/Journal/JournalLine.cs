using System.Text.Json.Serialization;

namespace TcbPowerShell.Client.Journal;

/// <summary>A line of the journal: a batch about to be sent, or what became of one file.</summary>
internal sealed record JournalLine
{
    /// <summary>When, in UTC.</summary>
    public DateTime Time { get; init; }

    /// <summary>The environment.</summary>
    public string? EnvironmentId { get; init; }

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

/// <summary>The JSON of the journal, made at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(JournalLine))]
internal sealed partial class JournalJson : JsonSerializerContext;
