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
            string said = await SingleCall.RunAsync([server.Endpoint.AbsoluteUri], isNamed ? [("SSL_CERT_FILE", path)] : []);

            bool isTrusted = isNamed && OperatingSystem.IsLinux();
            Assert.Equal(isTrusted, said == "answered");
            Assert.Equal(isTrusted, server.Calls.Count == 1);
            if (!isTrusted) Assert.Contains("the certificate of localhost is not trusted", said, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
