using System.Text.Encodings.Web;
using System.Text.Json;
using CsCheck;
using TcbPowerShell.Protocol;
using TcbPowerShell.Tests.Model;
using Xunit;

namespace TcbPowerShell.Tests.Protocol;

[Trait("rule", "2")]
public sealed class BatchReplyPropertyTests
{
    private static readonly JsonSerializerOptions Unescaped = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Gen<(int Code, string Text)> Status = Gen.OneOf(
        (0, "ok"), (0, "ok"), (-503003, "storage file not exists"), (1, "STORAGE_FILE_NONEXIST"), (-503002, "STORAGE_EXCEED_AUTHORITY"),
        (-501005, "INVALIID_ENV"), (-503001, "STORAGE_REQUEST_FAIL"), (4711, ""));

    // Entries name files of the request or foreign ones, in any order, any number of times, with any status.
    private static readonly Gen<(string[] Files, Entry[] Entries, bool Escaped)> Replies =
        from files in FileIdGen.Distinct(1, 8)
        from foreign in FileIdGen.Accepted
        from entries in Gen.Select(Gen.OneOf([.. files, foreign]), Status, (file, status) => new Entry(file, status.Code, status.Text)).Array[0, 12]
        from escaped in Gen.Bool
        select (files, entries, escaped);

    [Fact]
    public void Read_AnyList_AnswersAFileOnlyByTheEntriesThatNameIt() => Replies.Sample(
        reply =>
        {
            BatchReply read = Golden.ReadReply(Write(reply.Entries, reply.Escaped), reply.Files);

            for (int i = 0; i < reply.Files.Length; i++)
            {
                Entry[] named = Array.FindAll(reply.Entries, entry => entry.fileid == reply.Files[i]);
                FileStatus[] said = [.. named.Select(entry => FileAnswer.Classify(entry.status, entry.errmsg)).Distinct()];
                FileAnswer answer = read.Answers[i];
                Assert.Equal(said.Length == 1, answer.IsGiven);
                if (!answer.IsGiven) continue;
                Assert.Equal(said[0], answer.Status);
                Assert.Equal((named[0].status, named[0].errmsg), (answer.Code, answer.Message));
            }
        },
        iter: 20_000, print: reply => JsonSerializer.Serialize(new { reply.Files, reply.Entries, reply.Escaped }, Unescaped));

    [Fact]
    public void And_Order_DoesNotMatter() => Status.Array[1, 5].Sample(
        statuses =>
        {
            FileAnswer forth = Fold(statuses);
            FileAnswer back = Fold(statuses.Reverse());

            Assert.Equal(forth.IsGiven, back.IsGiven);
            if (forth.IsGiven) Assert.Equal(forth.Status, back.Status);
        },
        iter: 20_000);

    private static FileAnswer Fold(IEnumerable<(int Code, string Text)> statuses) =>
        statuses.Aggregate(default(FileAnswer), (answer, status) => answer.And(new FileAnswer(status.Code, status.Text)));

    private static byte[] Write(Entry[] entries, bool escaped) =>
        JsonSerializer.SerializeToUtf8Bytes(new { errcode = 0, errmsg = "ok", delete_list = entries }, escaped ? null : Unescaped);

    private sealed record Entry(string fileid, int status, string errmsg);
}
