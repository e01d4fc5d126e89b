
namespace TcbPowerShell.Model;

/// <summary>The properties that all results of a run have.</summary>
internal interface IFileResult
{
    /// <summary>The file ID exactly as it was given.</summary>
    string FileId { get; }

    /// <summary>The name of the outcome in the journal and the summary.</summary>
    string OutcomeName { get; }

    /// <summary>Whether the service does not know the file.</summary>
    bool IsMissing { get; }

    /// <summary>The file's status as the service gave it.</summary>
    int? Status { get; }

    /// <summary>The service's text for the file.</summary>
    string? Message { get; }

    /// <summary>The service's ID of the request.</summary>
    string? RequestId { get; }
}
