using System.Globalization;
using System.Net;
using TcbPowerShell.Client.Runs;
using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>The message of a file that failed: the facts, the reason, and the advice.</summary>
internal static class FileAdvice
{
    internal static UserText Of(string fileId, FileFailure failure, UserText facts, string environmentId, RunWords words, bool isFirst)
    {
        if (failure.ErrorId == ErrorId.CloudFileNotFound)
        {
            var missing = new UserText(nameof(Messages.FileNotFound), fileId, facts, failure.File.Attempts, environmentId);
            return MoreOnMissing(failure, words, isFirst) is { } more ? new UserText(nameof(Messages.TwoSentences), missing, more) : missing;
        }
        UserText reason = failure.ErrorId switch
        {
            ErrorId.CloudFileAccessDenied => new UserText(nameof(Messages.FileAccessDeniedReason)),
            ErrorId.FileInOtherEnvironment => new UserText(nameof(Messages.FileElsewhereReason), environmentId),
            ErrorId.CloudFileNoAnswer => new UserText(nameof(Messages.FileNoAnswerReason)),
            ErrorId.RequestRefused => new UserText(nameof(Messages.RequestRefusedReason)),
            ErrorId.BatchNotRemoved or ErrorId.BatchNotRead when failure.Facts.HttpStatus == (HttpStatusCode)413 => new UserText(nameof(Messages.RequestTooLargeReason)),
            ErrorId.BatchNotRemoved or ErrorId.BatchNotRead when RunAdvice.MayBeLogIn(failure.Facts) => new UserText(nameof(Messages.RedirectedReason)),
            ErrorId.BatchNotRemoved or ErrorId.BatchNotRead when failure.Facts.Category == FailureCategory.HttpRefused => new UserText(nameof(Messages.HttpRefusedReason)),
            ErrorId.BatchNotRemoved or ErrorId.BatchNotRead => new UserText(nameof(Messages.BatchNotRemovedReason)),
            ErrorId.CloudFileNotRead when failure.Facts.ErrorCode == 0 => new UserText(nameof(Messages.FileWithoutLinkReason)),
            _ => new UserText(nameof(Messages.FileNotRemovedReason)),
        };
        bool isUnknown = words.MayHaveDeleted && failure.OutcomeUnknown;
        return new UserText(isUnknown ? nameof(Messages.FileMaybeDeleted) : words.FileFailed, fileId, facts, failure.File.Attempts, reason);
    }

    // The special case of this file; otherwise general advice, only in the first of many errors.
    private static UserText? MoreOnMissing(FileFailure failure, RunWords words, bool isFirst)
    {
        if (failure.File.Id.LooksDamaged) return new UserText(nameof(Messages.FileDamaged), Damage(failure.File.FileId));
        if (!words.MayHaveDeleted) return null;
        if (failure.OutcomeUnknown) return new UserText(nameof(Messages.FileMaybeDeletedByUs));
        if (failure.File.MetUnavailable) return new UserText(nameof(Messages.FileNotFoundAfterUnavailable));
        return isFirst ? new UserText(nameof(Messages.FileNotFoundAdvice)) : null;
    }

    private static UserText Damage(string fileId) => fileId.IndexOf("cloud://", 1, StringComparison.Ordinal) >= 0
        ? new UserText(nameof(Messages.DamageTwoIds))
        : new UserText(nameof(Messages.DamageAtEnd), ((int)fileId[fileId.Length - 1]).ToString("X4", CultureInfo.InvariantCulture));
}
