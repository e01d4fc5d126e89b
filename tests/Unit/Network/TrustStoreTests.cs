using System.Diagnostics;
using TcbPowerShell.Tests.Client.Batches;
using Xunit;

namespace TcbPowerShell.Tests.Network;

/// <summary>Whom a machine trusts, in a process of its own.</summary>
public sealed class TrustStoreTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Delete_AuthorityStandsInSslCertFile_IsTrustedWhereOpenSslVerifies(bool isNamed)
    {
        await using var server = new TlsServer(TestCertificates.Good);
        string path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, TestCertificates.Authority.ExportCertificatePem());
            var start = new ProcessStartInfo("dotnet", ["exec", typeof(SingleCall).Assembly.Location, server.Endpoint.AbsoluteUri]) { RedirectStandardOutput = true };
            if (isNamed) start.Environment["SSL_CERT_FILE"] = path;
            using Process process = Process.Start(start)!;

            string said = await process.StandardOutput.ReadToEndAsync().WaitAsync(EngineHarness.Guard);

            bool isTrusted = isNamed && OperatingSystem.IsLinux();
            Assert.Equal(isTrusted, said.Trim() == "answered");
            Assert.Equal(isTrusted, server.Calls.Count == 1);
            if (!isTrusted) Assert.Contains("The remote certificate is invalid", said, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
