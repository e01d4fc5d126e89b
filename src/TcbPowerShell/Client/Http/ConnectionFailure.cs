using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Http;

/// <summary>
/// Explains an exception of the HTTP client: its category and its text. Whether the files are in doubt depends only on
/// <see cref="RequestBody.HasBegun"/>.
/// </summary>
internal static class ConnectionFailure
{
    // SocketsHttpHandler, where CONNECT is answered with an error. The address may hold a user name and a password, decoded.
    // https://github.com/dotnet/runtime/blob/v8.0.0/src/libraries/System.Net.Http/src/Resources/Strings.resx (net_http_proxy_tunnel_returned_failure_status_code)
    private static readonly Regex Tunnel = new("proxy '(?<proxy>.*)' failed with status code '(?<status>[0-9]{3})'", RegexOptions.CultureInvariant | RegexOptions.Singleline);

    // "Connection refused (host:443)" in .NET; "… refused it 127.0.0.1:443" and "… could not be resolved: 'host'" in .NET Framework.
    private static readonly Regex Address = new(@"(?:[\s(](?<address>[^\s()]+:[0-9]+)\)?|'(?<address>[^']+)')$", RegexOptions.CultureInvariant);

    /// <summary>
    /// Loads the assemblies that an explanation needs: a process without a free file handle could not load them, and the explanation would fail.
    /// </summary>
    internal static void Prepare()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://localhost");
        Of(new HttpRequestException(string.Empty, new SocketException((int)SocketError.TooManyOpenSockets)), request, wasSent: false, text => text);
    }

    /// <summary>Translates the exception of a call.</summary>
    /// <param name="e">The exception.</param>
    /// <param name="request">The request.</param>
    /// <param name="wasSent">Whether its body had begun to leave.</param>
    /// <param name="redact">Takes the secrets of the call out of a text.</param>
    /// <returns>The failure; null for an exception that the network and the system have no part in.</returns>
    internal static TcbException? Of(Exception e, HttpRequestMessage request, bool wasSent, Func<string, string> redact)
    {
        // Opening a connection can fail in any way: it reads certificates and settings, and loads what the runtime has not loaded yet. When the
        // process has no free file handle, each of these has an exception of its own.
        if (e is OutOfMemoryException || (wasSent && e is not (HttpRequestException or IOException or WebException or ObjectDisposedException or OperationCanceledException)))
            return null;
        (UserText text, FailureCategory category) = Read(e, request, wasSent, redact);
        return new TcbException(text, category) { WasSent = wasSent };
    }

    private static (UserText Text, FailureCategory Category) Read(Exception e, HttpRequestMessage request, bool wasSent, Func<string, string> redact)
    {
        // Names and certificates are read from files.
        if (!wasSent && HasNoHandle()) return (new UserText(nameof(Messages.TooManyOpenFiles)), FailureCategory.ConnectionFailed);
#if NET
        UserText? problem = CertificateCheck.ProblemOf(e);
#else
        UserText? problem = CertificateCheck.ProblemOf(e, request);
#endif
        if (problem is not null) return (problem, FailureCategory.CertificateNotTrusted);
        if (ReadTunnel(e) is { } tunnel) return tunnel;
        // The exception inside a connect timeout is only a cancellation.
        if (e is OperationCanceledException { InnerException: TimeoutException }) return (new UserText(nameof(Messages.NotConnectedInTime)), FailureCategory.ConnectionFailed);
        if (IsHostNotFound(e)) return (new UserText(nameof(Messages.HostNotFound), HostOf(AddressOf(e, request))), FailureCategory.HostNotFound);
        if (e.Find<SocketException>() is { SocketErrorCode: SocketError.TryAgain })
            return (new UserText(nameof(Messages.HostNotResolved), HostOf(AddressOf(e, request))), FailureCategory.ConnectionFailed);
        if (e.Find<SocketException>() is { SocketErrorCode: SocketError.ConnectionRefused })
            return (new UserText(nameof(Messages.ConnectionRefused), AddressOf(e, request)), FailureCategory.ConnectionFailed);
        return (new UserText(nameof(Messages.ConnectionFailed), redact(ShownText.Cut(e.GetBaseException().Message, ReplyText.Longest).TrimEnd('.'))), FailureCategory.ConnectionFailed);
    }

    private static bool HasNoHandle()
    {
        try
        {
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            return false;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable;
        }
    }

    private static (UserText Text, FailureCategory Category)? ReadTunnel(Exception e)
    {
        if (e.All().Select(inner => Tunnel.Match(inner.Message)).FirstOrDefault(match => match.Success) is { } match)
        {
            int status = int.Parse(match.Groups["status"].Value, CultureInfo.InvariantCulture);
            string proxy = WithoutUserInfo(match.Groups["proxy"].Value);
            UserText text = status == 407 ? new UserText(nameof(Messages.ProxyLogInRefused), proxy) : new UserText(nameof(Messages.ProxyRefused), proxy, status);
            return (text, Classify(status));
        }
        // .NET Framework does not say which proxy it was.
        return e.Find<WebException>() is { Response: HttpWebResponse response } refused
            ? (new UserText(nameof(Messages.ConnectionFailed), refused.Message.TrimEnd('.')), Classify((int)response.StatusCode))
            : null;

        static FailureCategory Classify(int status) => status switch
        {
            407 => FailureCategory.ProxyLogInRefused,
            408 or 429 or >= 500 => FailureCategory.ConnectionFailed,
            _ => FailureCategory.ProxyRefused,
        };
    }

    // NoData: Windows found the name, but no address. TryAgain is a fault of the name server, and passes.
    private static bool IsHostNotFound(Exception e) =>
        e.Find<SocketException>() is { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData }
        || e.Find<WebException>() is { Status: WebExceptionStatus.NameResolutionFailure or WebExceptionStatus.ProxyNameResolutionFailure };

    // That of the proxy, if the proxy cannot be reached.
    private static string AddressOf(Exception e, HttpRequestMessage request) =>
        e.All().Select(inner => Address.Match(inner.Message)).FirstOrDefault(match => match.Success)?.Groups["address"].Value
        ?? $"{request.RequestUri!.Host}:{request.RequestUri.Port}";

    private static string HostOf(string address) => address.Contains(':') ? address.Substring(0, address.LastIndexOf(':')) : address;

    private static string WithoutUserInfo(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) ? uri.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped) : string.Empty;
}

/// <summary>Looks into an exception of the runtime, whose facts lie at different depths in different versions.</summary>
internal static class ExceptionChain
{
    /// <summary>The exception itself and those inside it, the outermost first.</summary>
    internal static IEnumerable<Exception> All(this Exception exception)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException) yield return e;
    }

    /// <summary>The outermost exception of a type; null if there is none.</summary>
    internal static T? Find<T>(this Exception exception)
        where T : Exception => exception.All().OfType<T>().FirstOrDefault();
}

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
