using System.Globalization;
using TcbPowerShell.Client.Batches;
using TcbPowerShell.Model;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>Why one file failed, and what to do about it.</summary>
internal static class FileAdvice
{
    internal static UserText Of(FileFailure failure, string environmentId)
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
        return failure.OutcomeUnknown && failure.ErrorId != ErrorId.CloudFileNotFound ? new UserText(nameof(Messages.OutcomeUnknown), reason) : reason;
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
