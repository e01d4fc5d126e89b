using System.Text;
using System.Text.Json;
using CsCheck;
using TcbPowerShell.Protocol;
using TcbPowerShell.Tests.Model;
using Xunit;

namespace TcbPowerShell.Tests.Protocol;

public sealed class BatchRequestTests
{
    private static readonly Dictionary<string, string[]> Requests = new()
    {
        ["request"] = [Golden.A, Golden.B, Golden.C],
        ["request-one"] = [Golden.A],
        ["request-odd-characters"] =
        [
            "cloud://test2-4a89da.b/中文 é e\u0301 😀𠮷",
            "cloud://test2-4a89da.b/+&'<>`=/~",
            "cloud://test2-4a89da.b/\"\\\\\"u0041\\u0041",
            "cloud://test2-4a89da.b/\u00a0\u2028\u2029\u200b\uffff",
            "cloud://test2-4a89da.b/  %41 #?|  ",
        ],
    };

    public static TheoryData<string> Names => [.. Golden.Names("request")];

    [Theory]
    [MemberData(nameof(Names))]
    public void Body_Bytes_AreThoseOfTheFile(string name)
    {
        string expected = Encoding.UTF8.GetString(Golden.Read(name)).TrimEnd('\n');

        Assert.Equal(expected, Encoding.UTF8.GetString(BatchRequest.ForDelete("test2-4a89da", Requests[name])));
    }

    [Fact]
    public void Body_AnyIds_ReadBackTheSame_WithNoUnicodeEscape() => FileIdGen.Accepted.Array[1, 50].Sample(
        ids =>
        {
            byte[] body = BatchRequest.ForDelete("env", ids);

            using JsonDocument json = JsonDocument.Parse(body);
            Assert.Equal(["env", "fileid_list"], json.RootElement.EnumerateObject().Select(member => member.Name));
            Assert.Equal("env", json.RootElement.GetProperty("env").GetString());
            Assert.Equal(ids, json.RootElement.GetProperty("fileid_list").EnumerateArray().Select(id => id.GetString()));
            Assert.False(HasUnicodeEscape(body));
        },
        iter: 5_000);

    // "\\u" is an escaped backslash before a plain u.
    private static bool HasUnicodeEscape(byte[] body)
    {
        for (int i = 0; i < body.Length - 1; i++)
        {
            if (body[i] != '\\') continue;
            if (body[++i] is (byte)'u' or (byte)'U') return true;
        }
        return false;
    }
}
