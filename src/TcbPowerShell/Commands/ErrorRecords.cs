using System.Globalization;
using System.Management.Automation;
using TcbPowerShell.Client.Runs;
using TcbPowerShell.Model;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>Every error that a user sees, in the language of the session.</summary>
internal static class ErrorRecords
{
    /// <summary>No connection that can be used.</summary>
    /// <param name="cmdlet">The cmdlet that needs one.</param>
    /// <param name="dryRun">A connection that was made with -WhatIf, if there is one.</param>
    internal static ErrorRecord NotConnected(PSCmdlet cmdlet, TcbEnvironment? dryRun = null)
    {
        if (dryRun is not null) return Make(ErrorId.NotConnected, null, new UserText(nameof(Messages.ConnectedForDryRun), dryRun.EnvironmentId));
        return Make(ErrorId.NotConnected, null,
            new UserText(DefaultConnection.IsElsewhere(cmdlet.Host) ? nameof(Messages.NotConnectedInParallel) : nameof(Messages.NotConnected)));
    }

    internal static ErrorRecord InvalidFileId(string fileId, UserText problem) =>
        Make(ErrorId.InvalidFileId, fileId, new UserText(nameof(Messages.InvalidFileId), Shorten(fileId), problem));

    internal static ErrorRecord NoFileIdProperty(string typeName, string properties) =>
        Make(ErrorId.InvalidFileId, typeName, new UserText(nameof(Messages.NoFileIdProperty), typeName,
            properties.Length == 0 ? new UserText(nameof(Messages.NoProperties)) : ShortenList(properties)));

    internal static ErrorRecord FileInOtherEnvironment(CloudFileId id, string environmentId) =>
        Make(ErrorId.FileInOtherEnvironment, id.Value, new UserText(nameof(Messages.FileInOtherEnvironment), id.Value, id.EnvironmentId, environmentId));

    internal static ErrorRecord JournalNotOpened(string path, TcbException failure) =>
        Make(ErrorId.JournalUnavailable, path, new UserText(nameof(Messages.JournalNotOpened), failure.Text), failure);

    internal static ErrorRecord DestinationNotOpened(string path, TcbException failure) =>
        Make(ErrorId.DestinationUnavailable, path, new UserText(nameof(Messages.DestinationNotOpened), failure.Text), failure);

    internal static ErrorRecord InvalidArgument(string errorId, UserText text) =>
        new(new ArgumentException(text.Format(CultureInfo.CurrentUICulture)), errorId, ErrorCategory.InvalidArgument, null);

    /// <summary>A secret that cannot be one. Neither the secret nor a part of it is repeated.</summary>
    internal static ErrorRecord InvalidSecret(object name, UserText problem) =>
        InvalidArgument("InvalidSecret", new UserText(nameof(Messages.InvalidSecret), name, problem));

    /// <summary>An AppID that cannot be one. It is not repeated: it may be the secret.</summary>
    internal static ErrorRecord InvalidAppId(object name, UserText problem) =>
        InvalidArgument("InvalidAppId", new UserText(nameof(Messages.InvalidSecret), name, problem));

    /// <summary>One file that was not processed.</summary>
    /// <param name="file">The file.</param>
    /// <param name="environmentId">The environment.</param>
    /// <param name="words">How the run is spoken of.</param>
    /// <param name="isFirst">Whether it is the first one with its error ID in this run: advice that is the same for each is given once.</param>
    internal static ErrorRecord FileFailed(PendingFile file, string environmentId, RunWords words, bool isFirst)
    {
        FileFailure failure = file.Failure!;
        return Make(failure.ErrorId, file.FileId, Advice.OfFile(file, failure, Tell(failure.Facts), environmentId, words, isFirst), failure.Facts);
    }

    /// <summary>The end of a run that could not go on.</summary>
    /// <param name="end">How it ended.</param>
    /// <param name="open">The IDs that have no outcome.</param>
    /// <param name="environment">The connection.</param>
    /// <param name="counts">The counts of the run.</param>
    /// <param name="words">How the run is spoken of.</param>
    internal static ErrorRecord RunEnded(RunEvent.RunEnded end, string[] open, TcbEnvironment environment, CloudFileSummary counts, RunWords words)
    {
        int gone = counts.Of(nameof(CloudFileRemovalOutcome.AlreadyGone));
        UserText advice = Advice.Of(end.ErrorId, end.Reason, Tell(end.Reason), environment);
        bool someAreGone = words.MayHaveDeleted && counts.Succeeded > counts.Earlier;
        bool someInDoubt = words.MayHaveDeleted && end.SomeInDoubt;
        UserText said = words.MayHaveDeleted && !someAreGone && !someInDoubt && counts.Failed == 0
            ? new UserText(nameof(Messages.RunCountsNothing), counts.Earlier, open.Length)
            : new UserText(words.Counts, counts.Succeeded - counts.Earlier - gone, gone, counts.Earlier, counts.Failed, open.Length);
        UserText next = Advice.HowToContinue(end.ErrorId, hasJournal: counts.JournalPath is not null, someInDoubt, someAreGone, otherwise: words.Continue);
        return Make(end.ErrorId, open, new UserText(nameof(Messages.RunEnded), advice, said, next), end.Reason);
    }

    /// <summary>A connection that was not made.</summary>
    internal static ErrorRecord NotAuthenticated(TcbEnvironment environment, TcbException failure)
    {
        UserText advice = Advice.Of(failure.ErrorId, failure, Tell(failure), environment);
        return Make(failure.ErrorId, environment.EnvironmentId, new UserText(nameof(Messages.NotAuthenticated), environment.EnvironmentId, advice), failure);
    }

    /// <summary>A listing that could not be completed.</summary>
    /// <param name="failure">Why.</param>
    /// <param name="environment">The connection.</param>
    /// <param name="prefixes">The prefixes of the listing.</param>
    /// <param name="found">How many files were emitted before.</param>
    internal static ErrorRecord ListingEnded(TcbException failure, TcbEnvironment environment, string[] prefixes, long found)
    {
        UserText advice = Advice.Of(failure.ErrorId, failure, Tell(failure), environment);
        return Make(failure.ErrorId, prefixes, new UserText(nameof(Messages.ListingEnded), advice, new UserText(nameof(Messages.ListingCounts), found)), failure);
    }

    /// <summary>A beginning of keys that could mean everything, or something else than the user thinks.</summary>
    internal static ErrorRecord InvalidPrefix(string? prefix, UserText problem) =>
        Make(ErrorId.InvalidPrefix, prefix, new UserText(nameof(Messages.InvalidPrefix), prefix ?? "$null", problem));

    /// <summary>A file in the bucket that no file ID can name.</summary>
    internal static ErrorRecord KeyIsNoFileId(string key, UserText problem) =>
        Make(ErrorId.InvalidFileId, key, new UserText(nameof(Messages.KeyIsNoFileId), Shorten(key), problem));

    /// <summary>A list of names that is short enough for a message: whole names only, because a file object has dozens of properties.</summary>
    internal static string ShortenList(string names) => names.Length <= 600 ? names : $"{names.Substring(0, names.LastIndexOf(", ", 600, StringComparison.Ordinal) + 1)} …";

    // The start and the end of a text that is too long for a message; the error's target is the whole.
    private static string Shorten(string text) => text.Length <= 300 ? text : $"{text.Substring(0, 150)}…{text.Substring(text.Length - 50)}";

    private static ErrorRecord Make(ErrorId errorId, object? target, UserText text, TcbException? facts = null)
    {
        var exception = new TcbException(text, text.Format(CultureInfo.CurrentUICulture), facts);
        var record = new ErrorRecord(exception, errorId.ToString(), Advice.CategoryOf(errorId, facts?.Category), target);
        // PowerShell shows it in some views of an error: by default as the target is.
        if (target is string shown) record.CategoryInfo.TargetName = ShownText.MakeSafe(shown);
        return record;
    }

    private static UserText Tell(TcbException facts) => facts.RequestId is null || facts.Message.Contains(facts.RequestId)
        ? facts.Text
        : new UserText(nameof(Messages.WithRequestId), facts.Text, facts.RequestId);
}
