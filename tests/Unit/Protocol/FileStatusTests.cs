using TcbPowerShell.Protocol;
using Xunit;

namespace TcbPowerShell.Tests.Protocol;

[Trait("rule", "2")]
public sealed class FileStatusTests
{
    [Theory]
    [InlineData(0, "ok", "Ok")]
    [InlineData(0, null, "Ok")]
    [InlineData(0, "", "Ok")]
    [InlineData(-503003, "storage file not exists", "Missing")]
    [InlineData(-503003, null, "Missing")]
    [InlineData(1, "STORAGE_FILE_NONEXIST", "Missing")]
    [InlineData(1, " storage_file_nonexists hint: [x] rid: y", "Missing")]
    [InlineData(1, "x STORAGE_FILE_NONEXIST rid: y", "Failed")]
    [InlineData(1, "STORAGE_FILE_NONEXIST.png", "Failed")]
    [InlineData(-1234, "cannot delete cloud://e.b/STORAGE_FILE_NONEXIST.png", "Failed")]
    [InlineData(-1234, "STORAGE_FILE_NONEXIST rid: y, or no permission", "Failed")]
    [InlineData(-501001, "STORAGE_FILE_NONEXIST", "Transient")]
    [InlineData(-503002, "OBJECT_NOT_EXIST", "AccessDenied")]
    [InlineData(-501005, "storage file not exist", "OtherEnvironment")]
    [InlineData(0, "STORAGE_FILE_NONEXIST", "Ok")]
    [InlineData(-1, "storage file not exist", "Missing")]
    [InlineData(7, "OBJECT_NOT_EXIST", "Missing")]
    [InlineData(-503001, "STORAGE_FILE_NONEXIST", "Transient")]
    [InlineData(1, "other", "Failed")]
    [InlineData(1, null, "Failed")]
    [InlineData(-503002, "STORAGE_EXCEED_AUTHORITY", "AccessDenied")]
    [InlineData(-501005, "INVALIID_ENV", "OtherEnvironment")]
    [InlineData(-503001, "STORAGE_REQUEST_FAIL", "Transient")]
    [InlineData(-501001, "SYS_ERR", "Transient")]
    [InlineData(-501002, "SERVER_TIMEOUT", "Transient")]
    [InlineData(-1, "system error", "Failed")]
    [InlineData(-501004, null, "Failed")]
    [InlineData(int.MaxValue, "ok", "Failed")]
    public void Classify_EachStatus_HasItsMeaning(int status, string? message, string expected)
    {
        Assert.Equal(expected, FileAnswer.Classify(status, message).ToString());
        Assert.Equal(expected, new FileAnswer(status, message).Status.ToString());
    }

    [Fact]
    public void Default_Answer_IsNone() => Assert.False(default(FileAnswer).IsGiven);
}
