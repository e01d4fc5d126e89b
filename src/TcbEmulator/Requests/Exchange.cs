using System.Text;

namespace TcbPowerShell.Emulation;

/// <summary>One request's course: limit, fault, work, latency, log, reply.</summary>
internal sealed class Exchange(
    HttpContext context, EmulatorOptions options, Limiter limiter, Bandwidth bandwidth, RequestLog log, EmulatorRequest request)
{
    private Limit? _limit;
    private Fault? _fault;
    private Answer? _answer;
    private TimeSpan _worked;

    public async Task RunAsync(Func<Fault?, Answer> work)
    {
        CancellationToken aborted = context.RequestAborted;
        log.Begin(request);
        _limit = request.TakesFiles ? limiter.Enter() : null;
        Reply? reply = null;
        try
        {
            _fault = _limit?.Answer ?? FaultOf();
            if (_fault is { IsAfterWork: false })
                await WaitAsync(_fault, aborted);

            if (_fault is not { ReplacesReply: true, IsAfterWork: false })
            {
                long start = options.Clock.GetTimestamp();
                _answer = work(_fault);
                _worked = options.Clock.GetElapsedTime(start);
            }

            if (_fault is { IsAfterWork: true })
                await WaitAsync(_fault, aborted);

            await WaitForLatencyAsync(aborted);
            if (_fault?.Delivery == Delivery.Never)
                await Task.Delay(Timeout.Infinite, aborted);

            if (_fault?.Refusal is { } refusal)
                _answer = Answer.Of(refusal) with { Deleted = _answer?.Deleted ?? 0 };

            reply = _fault?.Instead ?? MakeReply();
        }
        catch (OperationCanceledException) when (aborted.IsCancellationRequested)
        {
        }
        catch (Exception e)
        {
            // Most likely a mistake in a test's fault: its client and the log shall show it.
            _fault = Fault.Http(500, e.ToString(), contentType: "text/plain");
            reply = _fault.Instead;
        }

        if (request.TakesFiles && _limit is null)
            limiter.Leave();

        using Download? file = _answer?.File;
        // After this the client may have its reply and look into the log.
        log.Complete(request, MakeOutcome(reply));
        if (reply is null || _fault?.Delivery == Delivery.Drop)
            context.Abort();
        else
            await new ReplySender(context, _fault, bandwidth, options.Clock).SendAsync(reply);
    }

    private Fault? FaultOf()
    {
        Fault? fault = PlanOf(request)?.Invoke(request);
        return fault?.Method is { } method && method != request.Method ? null : fault;
    }

    private Func<EmulatorRequest, Fault?>? PlanOf(EmulatorRequest request) => request.Kind switch
    {
        RequestKind.Delete or RequestKind.Lookup => options.Fault,
        // The page that a fault redirects to is no file.
        RequestKind.Download => request.FileIds.Count == 0 ? null : options.DownloadFault,
        RequestKind.Upload or RequestKind.Key or RequestKind.List => options.ListFault,
        _ => options.TokenFault,
    };

    private async Task WaitAsync(Fault fault, CancellationToken aborted)
    {
        if (fault.Pause > TimeSpan.Zero)
            await Task.Delay(fault.Pause, options.Clock, aborted);

        if (fault.Gate is not null)
            await fault.Gate.PassAsync(aborted);
    }

    // The work is a part of the latency: making a page of a listing takes milliseconds, which are not the client's.
    // Between work and reply, so that a client that gives up meanwhile has had its files deleted: the hard case.
    private Task WaitForLatencyAsync(CancellationToken aborted)
    {
        TimeSpan latency = options.Latency;
        if (options.Jitter > TimeSpan.Zero)
            latency += options.Jitter * Dice.Roll(options.Seed, request.Ordinal, salt: -1);

        latency -= _worked;
        return latency > TimeSpan.Zero ? Task.Delay(latency, options.Clock, aborted) : Task.CompletedTask;
    }

    private Reply MakeReply()
    {
        if (_fault?.List is { } rewriteList && _answer?.Entries is { } entries)
            _answer = Answer.Of(request.Kind, [.. rewriteList(entries)], _answer.Deleted);

        ReadOnlyMemory<byte> body = _answer?.Body ?? default;
        if (_fault?.Text is { } rewriteText)
            body = Encoding.UTF8.GetBytes(rewriteText(Encoding.UTF8.GetString(body.Span)));

        return new Reply(body) { Status = _answer?.Status ?? 200, ContentType = _answer?.ContentType ?? options.ReplyContentType, File = _answer?.File };
    }

    private RequestOutcome MakeOutcome(Reply? reply)
    {
        bool isAnswered = reply is not null && _fault?.Delivery != Delivery.Drop;
        Answer? told = isAnswered && _fault?.Instead is null ? _answer : null;
        return new RequestOutcome(
            HttpStatus: isAnswered ? reply!.Status : null,
            told?.ErrorCode,
            told?.RequestId,
            Fault: _limit is null ? _fault?.Name : null,
            _limit?.Name,
            Deleted: _answer?.Deleted ?? 0,
            ClientLeft: reply is null,
            EndTimestamp: options.Clock.GetTimestamp());
    }
}
