
namespace TcbPowerShell.Model;

/// <summary>What each object that comes out of a run tells of its file.</summary>
internal interface IFileResult
{
    /// <summary>The file ID exactly as it was given.</summary>
    string FileId { get; }

    /// <summary>What happened, as the journal and the summary name it.</summary>
    string OutcomeName { get; }

    /// <summary>The file's status as the service gave it.</summary>
    int? Status { get; }

    /// <summary>The service's text for the file.</summary>
    string? Message { get; }

    /// <summary>The service's ID of the request.</summary>
    string? RequestId { get; }
}
