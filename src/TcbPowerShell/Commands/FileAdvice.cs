using System.Globalization;
using System.Net;
using TcbPowerShell.Client.Batches;
using TcbPowerShell.Model;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>What happened to a file that failed, why, and what to do about it.</summary>
internal static class FileAdvice
{
    internal static UserText Of(string fileId, FileFailure failure, UserText facts, string environmentId, RunWords words)
    {
        UserText reason = failure.ErrorId switch
        {
            ErrorId.CloudFileNotFound => NotFound(failure, environmentId, words),
            ErrorId.CloudFileAccessDenied => new UserText(nameof(Messages.FileAccessDeniedReason)),
            ErrorId.FileInOtherEnvironment => new UserText(nameof(Messages.FileElsewhereReason), environmentId),
            ErrorId.CloudFileNoAnswer => new UserText(nameof(Messages.FileNoAnswerReason)),
            ErrorId.RequestRefused => new UserText(nameof(Messages.RequestRefusedReason)),
            ErrorId.BatchNotRemoved or ErrorId.BatchNotRead when failure.Facts.HttpStatus == (HttpStatusCode)413 => new UserText(nameof(Messages.RequestTooLargeReason)),
            ErrorId.BatchNotRemoved or ErrorId.BatchNotRead => new UserText(nameof(Messages.BatchNotRemovedReason)),
            ErrorId.CloudFileNotRead when failure.Facts.ErrorCode == 0 => new UserText(nameof(Messages.FileWithoutLinkReason)),
            _ => new UserText(nameof(Messages.FileNotRemovedReason)),
        };
        // A missing file is not there; who deleted it is what its reason says.
        bool isMissing = failure.ErrorId == ErrorId.CloudFileNotFound;
        bool isUnknown = words.MayHaveDeleted && failure.OutcomeUnknown && !isMissing;
        return new UserText(
            isUnknown ? nameof(Messages.FileMaybeDeleted) : isMissing ? words.FileMissing : words.FileFailed, fileId, facts, failure.File.Attempts, reason);
    }

    private static UserText NotFound(FileFailure failure, string environmentId, RunWords words)
    {
        UserText reason = failure.File.Id.LooksDamaged
            ? new UserText(nameof(Messages.FileDamagedReason), environmentId, Damage(failure.File.FileId))
            : new UserText(words.MissingReason, environmentId);
        if (!words.MayHaveDeleted) return reason;
        if (failure.OutcomeUnknown) return new UserText(nameof(Messages.FileMaybeDeletedByUs), reason);
        return failure.File.MetUnavailable ? new UserText(nameof(Messages.FileNotFoundAfterUnavailable), reason) : reason;
    }

    private static UserText Damage(string fileId) => fileId.IndexOf("cloud://", 1, StringComparison.Ordinal) >= 0
        ? new UserText(nameof(Messages.DamageTwoIds))
        : new UserText(nameof(Messages.DamageAtEnd), ((int)fileId[fileId.Length - 1]).ToString("X4", CultureInfo.InvariantCulture));
}
