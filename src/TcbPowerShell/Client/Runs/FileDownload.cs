using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Storage;
using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Runs;

/// <summary>The download of one file that was looked up, from its first request until the file has an outcome or the run ends.</summary>
internal sealed class FileDownload(
    PendingFile file, TcbEnvironment environment, CopyFolder copies, CopyMaker maker, RequestTurns turns, RunContext run, Func<PendingFile, Task> lookUp)
{
    private readonly RepeatedCall _call = new();
    private readonly PendingCopy _copy = file.Copy!;

    /// <summary>Downloads the file.</summary>
    /// <returns>Whether it has an outcome that is not recorded yet. Another look-up may have recorded it, or the run ends and leaves the file open.</returns>
    internal async Task<bool> RunAsync()
    {
        try
        {
            return await SaveAsync(copies.PlaceOf(file.Id)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (run.IsEnding)
        {
            return false;
        }
        catch (CopyRefused e)
        {
            return NotSaved(new TcbException(e.Text));
        }
        catch (TcbException e)
        {
            // The folder cannot be used: no file can be saved any more.
            run.EndWith(e);
            return false;
        }
        // An exception that escaped would end the process (rule 5). Without its message, which may contain a secret.
        catch (Exception e)
        {
            return NotSaved(new TcbException(new UserText(nameof(Messages.ErrorInside), e.GetType().Name, e.TargetSite?.Name)));
        }
    }

    private async Task<bool> SaveAsync(CopyPlace place)
    {
        while (true)
        {
            if (_copy.Link!.ExpiresOn <= environment.Clock.UtcNow && !await LookUpAsync().ConfigureAwait(false)) return false;
            Attempt attempt = await AttemptAsync(place).ConfigureAwait(false);
            if (attempt.Failure is not { } failure) return Saved(place);
            switch (attempt.Next.Step)
            {
                case NextStep.SendAgain or NextStep.Throttled:
                    break;
                case NextStep.OtherToken:
                    if (!await LookUpAsync().ConfigureAwait(false)) return false;
                    break;
                case NextStep.EndRun:
                    return false;
                default:
                    return NotSaved(failure);
            }
        }
    }

    // Waits for a turn, sends one request, and tells how it ended.
    private async Task<Attempt> AttemptAsync(CopyPlace place)
    {
        DownloadLink link = DownloadLink.Read(_copy.Link!.DownloadUrl, file.Id, out UserText? problem) ?? throw new CopyRefused(problem!);
        await turns.EnterAsync(_call).ConfigureAwait(false);
        Attempt attempt = default;
        bool isAnswered = false;
        try
        {
            using var download = new Download(link, environment, run);
            file.MarkDownload();
            await download.AskAsync().ConfigureAwait(false);
            isAnswered = true;
            turns.Accepted(_call);
            turns.Leave(_call, isAccepted: true, failure: null, default, files: 1);
            _copy.Made = await maker.MakeAsync(download, place, _copy.Expected).ConfigureAwait(false);
        }
        catch (TcbException e)
        {
            attempt = new Attempt(e, turns.Failed(_call, e, files: 1));
        }
        catch
        {
            turns.Abandoned(_call);
            throw;
        }
        finally
        {
            if (!isAnswered) turns.Leave(_call, isAccepted: false, attempt.Failure, attempt.Next, files: 1);
        }
        // Other copies that are under way are finished.
        if (attempt.Next.EndsAs is { } errorId) run.EndWith(attempt.Failure!.EndingAs(errorId));
        return attempt;
    }

    // Gets another link. False if the service now says something else about the file, or if the run ends.
    private async Task<bool> LookUpAsync()
    {
        await lookUp(file).ConfigureAwait(false);
        return !file.IsDone && !run.IsEnding;
    }

    private bool Saved(CopyPlace place)
    {
        file.Succeed(new SavedCloudFile(file.FileId, environment.EnvironmentId, place.Path, _copy.Made!.Facts.Length, _copy.Made.Outcome) { Attempts = _copy.Attempts });
        return true;
    }

    private bool NotSaved(TcbException failure)
    {
        file.Fail(Judgement.Failure(file, ErrorId.CloudFileNotSaved, failure));
        return true;
    }

    /// <summary>The failure of a request, and the decision on it.</summary>
    private readonly record struct Attempt(TcbException? Failure, Decision Next);
}
