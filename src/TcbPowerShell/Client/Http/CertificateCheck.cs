using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Http;

/// <summary>
/// Accepts the certificates that the system accepts, and notes what is wrong with any other: an AuthenticationException alone may also mean
/// that the handshake was cut off.
/// </summary>
internal static class CertificateCheck
{
#if NET
    /// <summary>The check of a handler.</summary>
    /// <exception cref="CertificateException">The certificate is not accepted. It arrives inside the exception of the call.</exception>
    internal static bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        // Through a proxy with an https address there are two handshakes, with two hosts.
        FindProblem(((SslStream)sender).TargetHostName, (X509Certificate2?)certificate, chain, errors) is { } problem ? throw new CertificateException(problem) : true;

    /// <summary>The problem of the certificate, if that is why a call failed; otherwise null.</summary>
    internal static UserText? ProblemOf(Exception failure) => failure.Find<CertificateException>()?.Problem;

    private sealed class CertificateException(UserText problem) : Exception(problem.ToString())
    {
        internal UserText Problem => problem;
    }
#else
    private const string Key = "TcbPowerShell.CertificateProblem";

    /// <summary>The check of a handler. .NET Framework hides an exception of it, so the request carries the finding.</summary>
    internal static bool Validate(HttpRequestMessage request, X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        UserText? problem = FindProblem(request.RequestUri!.Host, certificate, chain, errors);
        if (problem is not null) request.Properties[Key] = problem;
        return problem is null;
    }

    /// <summary>The problem of the certificate, if that is why a call failed; otherwise null.</summary>
    internal static UserText? ProblemOf(Exception failure, HttpRequestMessage request)
    {
        if (request.Properties.TryGetValue(Key, out object? problem)) return (UserText)problem!;
        return failure.Find<System.Net.WebException>() is { Status: System.Net.WebExceptionStatus.TrustFailure }
            ? new UserText(nameof(Messages.CertificateRejected), request.RequestUri!.Host)
            : null;
    }
#endif

    private static UserText? FindProblem(string host, X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None) return null;
        if (certificate is null) return new UserText(nameof(Messages.CertificateRejected), host);
        if ((errors & SslPolicyErrors.RemoteCertificateChainErrors) == 0)
            return new UserText(nameof(Messages.CertificateForOtherHost), host, certificate.GetNameInfo(X509NameType.DnsName, forIssuer: false));
        X509ChainStatusFlags flags = chain?.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status) ?? X509ChainStatusFlags.NoError;
        return flags == X509ChainStatusFlags.NotTimeValid
            ? new UserText(nameof(Messages.CertificateExpired), host, Day(certificate.NotBefore), Day(certificate.NotAfter))
            : new UserText(nameof(Messages.CertificateUntrusted), host, certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: true), flags.ToString());
    }

    private static string Day(DateTime time) => time.ToUniversalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
