using TcbPowerShell.Client.Journal;
using TcbPowerShell.Tests.Client.Runs;
using Xunit;

namespace TcbPowerShell.Tests.Client.Journal;

[Trait("rule", "12")]
public sealed class JournalReaderTests
{
    [Fact]
    public async Task ReadToEnd_DriveThatDoesNotAnswer_EndsWhenItIsCancelled()
    {
        using var stream = new SilentStream();
        using var cancellation = new CancellationTokenSource();
        Task<bool> reading = EngineHarness.OnThread(() => Read(stream, cancellation.Token));
        await stream.Asked.WaitAsync(EngineHarness.Guard);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Fact]
    public void ReadToEnd_CancelledInTheMiddle_ReadsNoFurther()
    {
        using var cancellation = new CancellationTokenSource();
        using var stream = new EndlessStream(cancelAfter: 3, cancellation);

        Assert.ThrowsAny<OperationCanceledException>(() => Read(stream, cancellation.Token));

        Assert.Equal(3, stream.Reads);
    }

    private static bool Read(Stream stream, CancellationToken cancellationToken)
    {
        using var done = new FileIdSet();
        using var unanswered = new FileIdSet();
        return new JournalReader(done, unanswered, service: null).ReadToEnd(stream, cancellationToken);
    }

    /// <summary>A drive that is asked and says nothing, until it is unplugged.</summary>
    private sealed class SilentStream : MemoryStream
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<int> _unplugged = new();

        internal Task Asked => _asked.Task;

        public override int Read(byte[] buffer, int offset, int count)
        {
            _asked.TrySetResult();
            return _unplugged.Task.GetAwaiter().GetResult();
        }

        protected override void Dispose(bool disposing)
        {
            _unplugged.TrySetResult(0);
            base.Dispose(disposing);
        }
    }

    /// <summary>A journal without an end, in the middle of which somebody presses Ctrl+C.</summary>
    private sealed class EndlessStream(int cancelAfter, CancellationTokenSource cancellation) : MemoryStream
    {
        internal int Reads { get; private set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (++Reads == cancelAfter) cancellation.Cancel();
            Assert.InRange(Reads, 1, cancelAfter + 1);
            "{\"time\":0\n"u8.CopyTo(buffer.AsSpan(offset));
            return 10;
        }
    }
}
