using System.Globalization;
using TcbPowerShell.Client.Batches;
using TcbPowerShell.Model;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>What happened to a file that failed, why, and what to do about it.</summary>
internal static class FileAdvice
{
    internal static UserText Of(string fileId, FileFailure failure, UserText facts, string environmentId)
    {
        UserText reason = failure.ErrorId switch
        {
            ErrorId.CloudFileNotFound => NotFound(failure, environmentId),
            ErrorId.CloudFileAccessDenied => new UserText(nameof(Messages.FileAccessDeniedReason)),
            ErrorId.FileInOtherEnvironment => new UserText(nameof(Messages.FileElsewhereReason), environmentId),
            ErrorId.CloudFileNoAnswer => new UserText(nameof(Messages.FileNoAnswerReason)),
            ErrorId.RequestRefused => new UserText(nameof(Messages.RequestRefusedReason)),
            ErrorId.BatchNotRemoved => new UserText(nameof(Messages.BatchNotRemovedReason)),
            _ => new UserText(nameof(Messages.FileNotRemovedReason)),
        };
        // A missing file is not there; who deleted it is what its reason says.
        bool isUnknown = failure.OutcomeUnknown && failure.ErrorId != ErrorId.CloudFileNotFound;
        string key = isUnknown ? nameof(Messages.FileMaybeDeleted) : nameof(Messages.FileNotRemoved);
        return new UserText(key, fileId, facts, failure.File.Attempts, reason);
    }

    private static UserText NotFound(FileFailure failure, string environmentId)
    {
        UserText reason = failure.File.Id.LooksDamaged
            ? new UserText(nameof(Messages.FileDamagedReason), environmentId, Damage(failure.File.FileId))
            : new UserText(nameof(Messages.FileNotFoundReason), environmentId);
        if (failure.OutcomeUnknown) return new UserText(nameof(Messages.FileMaybeDeletedByUs), reason);
        return failure.File.MetUnavailable ? new UserText(nameof(Messages.FileNotFoundAfterUnavailable), reason) : reason;
    }

    private static UserText Damage(string fileId) => fileId.IndexOf("cloud://", 1, StringComparison.Ordinal) >= 0
        ? new UserText(nameof(Messages.DamageTwoIds))
        : new UserText(nameof(Messages.DamageAtEnd), ((int)fileId[fileId.Length - 1]).ToString("X4", CultureInfo.InvariantCulture));
}
