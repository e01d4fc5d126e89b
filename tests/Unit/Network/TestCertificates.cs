using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TcbPowerShell.Tests.Network;

/// <summary>Certificates of a certification authority that lives as long as the test process.</summary>
internal static class TestCertificates
{
    /// <summary>A name of the service beside <c>localhost</c>, which no name server knows.</summary>
    internal const string Host = "service.example";

    private static readonly string[] Hosts = ["localhost", Host];

    private static readonly X509Certificate2 OtherAuthority = MakeAuthority("Another test authority");

    /// <summary>The authority that a client of these tests trusts.</summary>
    internal static X509Certificate2 Authority { get; } = MakeAuthority("Test authority");

    internal static X509Certificate2 Good { get; } = Issue(Authority, Hosts);

    internal static X509Certificate2 Untrusted { get; } = Issue(OtherAuthority, Hosts);

    internal static X509Certificate2 SelfSigned { get; } = Issue(null, Hosts);

    internal static X509Certificate2 Expired { get; } = Issue(Authority, Hosts, fromDays: -20, toDays: -10);

    internal static X509Certificate2 NotYetValid { get; } = Issue(Authority, Hosts, fromDays: 10, toDays: 20);

    internal static X509Certificate2 OfAnotherHost { get; } = Issue(Authority, ["other.example"]);

    private static X509Certificate2 MakeAuthority(string name)
    {
        using var key = RSA.Create(2048);
        CertificateRequest request = Request(name, key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        // It is older than each certificate that it issues, and outlives them.
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-100), DateTimeOffset.UtcNow.AddDays(100));
    }

    private static X509Certificate2 Issue(X509Certificate2? authority, string[] hosts, int fromDays = -1, int toDays = 30)
    {
        using var key = RSA.Create(2048);
        CertificateRequest request = Request(hosts[0], key);
        var names = new SubjectAlternativeNameBuilder();
        foreach (string host in hosts) names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false)); // server authentication
        DateTimeOffset from = DateTimeOffset.UtcNow.AddDays(fromDays);
        DateTimeOffset to = DateTimeOffset.UtcNow.AddDays(toDays);
        using X509Certificate2 withKey = authority is null ? request.CreateSelfSigned(from, to) : Sign();
        // SChannel uses a key from a store only, not one that lives in memory: https://github.com/dotnet/runtime/issues/23749
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);

        X509Certificate2 Sign()
        {
            using X509Certificate2 issued = request.Create(authority, from, to, RandomNumberGenerator.GetBytes(8));
            return issued.CopyWithPrivateKey(key);
        }
    }

    private static CertificateRequest Request(string name, RSA key) => new($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
}
