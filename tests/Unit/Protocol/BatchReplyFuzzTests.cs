using System.Globalization;
using System.Text;
using TcbPowerShell.Protocol;
using Xunit;
using Xunit.Abstractions;

namespace TcbPowerShell.Tests.Protocol;

/// <summary>Random and mutated bytes. TCB_FUZZ_CASES sets their number, TCB_FUZZ_SEED the first seed: each case has its own.</summary>
[Trait("rule", "2")]
public sealed class BatchReplyFuzzTests(ITestOutputHelper output)
{
    private static readonly byte[][] Seeds = [.. Golden.Names("reply", "error", "unreadable", "page").Select(Golden.Read)];

    private static readonly string[] Ids = [Golden.A, Golden.B, Golden.C];

    // Pieces that are likely to change the meaning of a reply.
    private static readonly byte[][] Tokens =
    [
        .. new[]
        {
            "\"", "\\", "{", "}", "[", "]", ",", ":", "0", "-", "1", ".0", "e1", "null", "true", "\"status\":0", "\"status\":-503002", "\"errcode\":0,",
            "\"errcode\":-1,", "\"fileid\":", "\"delete_list\":[", "\\u0041", "\\ud83d", "\\ude00", "\\x", "\\u00", "\ufeff", "\t", "\n", "\0", "\u007f", " ", "\"ok\"", "\"0\"", "/**/",
            "\"" + Golden.A + "\"", "A.png", "a.png", "文", "+2&3",
        }.Select(Encoding.UTF8.GetBytes),
        [0xff], [0xc3], [0xe6, 0x96], [0xed, 0xa0, 0x80],
    ];

    [Fact]
    public void Read_AnyBytes_GivesAReplyOrATcbException_AndNeverAWrongAnswer()
    {
        // On each of the two builds: a million in one run of all tests.
        int cases = Setting("TCB_FUZZ_CASES", 500_000);
        int first = Setting("TCB_FUZZ_SEED", Environment.TickCount & 0xffffff);
        int[] outcomes = new int[3];

        // No more threads than processors: the tests beside it need some of the pool's, too.
        ParallelOptions options = new() { MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(0, cases, options, () => new int[3], (number, _, counts) =>
        {
            int seed = unchecked(first + number);
            byte[] bytes = Make(new Random(seed));
            try
            {
                counts[Check(bytes)]++;
            }
            catch (Exception e)
            {
                throw new InvalidOperationException(
                    $"TCB_FUZZ_SEED={seed} TCB_FUZZ_CASES=1: {e.Message}\n{Convert.ToBase64String(bytes)}\n{Encoding.UTF8.GetString(bytes)}", e);
            }
            return counts;
        }, counts =>
        {
            for (int i = 0; i < counts.Length; i++) Interlocked.Add(ref outcomes[i], counts[i]);
        });

        output.WriteLine($"first seed {first}: {outcomes[0]} refused, {outcomes[1]} replies without a removal, {outcomes[2]} with one");
        Assert.Equal(cases, outcomes.Sum());
        // A fuzzer whose bytes are all refused tests nothing.
        if (cases > 1000) Assert.All(outcomes, count => Assert.True(count > cases / 100));
    }

    private static int Check(byte[] bytes)
    {
        BatchReply reply;
        try
        {
            reply = Golden.ReadReply([.. bytes]);
        }
        catch (TcbException)
        {
            return 0;
        }
        int result = 1;
        for (int i = 0; i < Ids.Length; i++)
        {
            FileAnswer answer = reply.Answers[i];
            if (!answer.IsGiven || answer.Status != FileStatus.Ok) continue;
            result = 2;
            if (!ReplyOracle.SaysRemoved(bytes, Ids[i])) throw new InvalidOperationException($"the reply does not say that {Ids[i]} is deleted");
        }
        return result;
    }

    private static byte[] Make(Random random)
    {
        if (random.Next(50) == 0)
        {
            byte[] noise = new byte[random.Next(200)];
            random.NextBytes(noise);
            return noise;
        }
        var bytes = new List<byte>(Seeds[random.Next(Seeds.Length)]);
        for (int changes = random.Next(1, 3); changes > 0; changes--) Mutate(bytes, random);
        return [.. bytes];
    }

    private static void Mutate(List<byte> bytes, Random random)
    {
        int at = random.Next(bytes.Count + 1);
        int length = Math.Min(random.Next(1, 40), bytes.Count - at);
        switch (random.Next(7))
        {
            case 0 when at < bytes.Count:
                bytes[at] = (byte)random.Next(256);
                break;
            case 1 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 2:
                bytes.RemoveRange(at, random.Next(2) == 0 ? Math.Min(1, length) : length);
                break;
            case 3:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            case 4:
                bytes.InsertRange(random.Next(bytes.Count + 1), bytes.GetRange(at, length));
                break;
            case 5:
                Overwrite(bytes, at, Tokens[random.Next(Tokens.Length)]);
                break;
            default:
                bytes.InsertRange(at, Tokens[random.Next(Tokens.Length)]);
                break;
        }
    }

    private static void Overwrite(List<byte> bytes, int at, byte[] token)
    {
        bytes.RemoveRange(at, Math.Min(token.Length, bytes.Count - at));
        bytes.InsertRange(at, token);
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out int value) ? value : otherwise;
}
