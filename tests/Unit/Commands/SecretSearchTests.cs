using System.Management.Automation;
using System.Net;
using System.Text;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;
using TcbPowerShell.Tests.Network;
using Xunit;
using Xunit.Abstractions;

namespace TcbPowerShell.Tests.Commands;

/// <summary>Plants a marker as each secret, provokes every error that can be provoked, and searches everything that the module makes.</summary>
// With the other class that sets the process's environment variables: never at the same time.
[Collection("Environment variables")]
public sealed class SecretSearchTests(ITestOutputHelper log) : IDisposable
{
    private const string Marker = "MARKER";

    // As the secrets really are: letters, and what must be escaped in a URL.
    private const string AccessToken = "access-MARKER+/=0123456789";
    private const string AppSecret = "secret-MARKER0123456789abcdef";
    private const string ComponentToken = "component-MARKER+/=0123456789";
    private const string RefreshToken = "refresh-MARKER+/=0123456789";
    private const string CloudBaseToken = "cloudbase-MARKER+/=0123456789";
    private const string ProxyPassword = "proxy-MARKER-0123456789";

    private static readonly (string Name, string Parameters, string[] Secrets)[] Ways =
    [
        ("AccessToken", "-AccessToken $access", [AccessToken]),
        ("AppCredential", "-Credential $credential", [AppSecret]),
        ("Authorizer", "-ComponentAppId wx0000000000000002 -ComponentAccessToken $component -AuthorizerAppId wx0000000000000003 -AuthorizerRefreshToken $refresh", [ComponentToken, RefreshToken]),
        ("Component", "-ComponentAccessToken $component", [ComponentToken]),
        ("CloudBaseToken", "-CloudBaseAccessToken $cloudbase", [CloudBaseToken]),
        ("CloudBaseTokenPath", "-CloudBaseAccessTokenPath $path", [CloudBaseToken]),
        ("TokenProvider", "-TokenProvider { $access }", [AccessToken]),
        ("EnvironmentVariable", "-EnvironmentVariable", [AppSecret]),
    ];

    // What a service, or whatever stands in its place, may answer: above all its own request, secrets included.
    private static readonly (string Name, Func<string, Fault?> Make)[] Answers =
    [
        ("ok", _ => null),
        ("40001", echo => Fault.ErrorCode(40001, "invalid credential " + echo)),
        ("42001", echo => Fault.ErrorCode(42001, "expired " + echo)),
        ("45009", echo => Fault.ErrorCode(45009, "quota " + echo)),
        ("-501004", echo => Fault.ErrorCode(-501004, "slower " + echo)),
        ("-501000", echo => Fault.ErrorCode(-501000, "environment " + echo)),
        ("40097", echo => Fault.ErrorCode(40097, "invalid args " + echo)),
        ("47001", echo => Fault.ErrorCode(47001, "data format " + echo)),
        ("-1", echo => Fault.ErrorCode(-1, "busy " + echo)),
        ("unknown code", echo => Fault.ErrorCode(99999, "what " + echo)),
        ("file refused", echo => Fault.Body($$"""{"errcode":0,"errmsg":"ok","delete_list":[{"fileid":"{{FileIds.Of(1)}}","status":-1,"errmsg":"{{echo}}"}]}""")),
        ("file removed", echo => Fault.Body($$"""{"errcode":0,"errmsg":"{{echo}}","delete_list":[{"fileid":"{{FileIds.Of(1)}}","status":0,"errmsg":"{{echo}}"}]}""")),
        ("request id", echo => Fault.ErrorCode(99999, "what rid: " + echo)),
        ("dropped", _ => Fault.Drop),
        ("truncated", _ => Fault.Truncate),
        ("http 500", echo => Fault.Http(500, echo)),
        ("http 403", echo => Fault.Http(403, $"<html>{echo}</html>")),
        ("http 429", echo => Fault.Http(429, echo, retryAfter: "86400")),
        ("redirect", _ => Fault.Redirect(new Uri("http://127.0.0.1:1/?access_token=" + Uri.EscapeDataString(AccessToken)))),
        ("garbage", echo => Fault.Body("{\"errcode\":" + echo)),
        ("html", echo => Fault.Body($"<html>{echo}</html>")),
        ("list of strings", echo => Fault.Body($$"""{"errcode":0,"delete_list":["{{echo}}"]}""")),
    ];

    private static readonly int[] TokenCodes = [40001, 40013, 40125, 40164, 61023, 45009, 99999];

    private static readonly string[] HostilePasswords = [ProxyPassword, "a b'c\"d<e@f/g?h#" + ProxyPassword];

    private readonly string _folder = Directory.CreateTempSubdirectory("tcb-secrets-").FullName;
    private readonly PowerShellSession _session = new();
    private int _paths;

    public void Dispose()
    {
        foreach (string name in (string[])["TCB_ENVIRONMENT_ID", "TCB_APP_ID", "TCB_APP_SECRET"]) Environment.SetEnvironmentVariable(name, null);
        Directory.Delete(_folder, recursive: true);
        _session.Dispose();
    }

    [Fact]
    public void Everything_OnEveryPath_HoldsNoSecret()
    {
        foreach ((string way, string parameters, string[] secrets) in Ways)
        {
            string echo = Echo(secrets);
            foreach ((string name, Func<string, Fault?> make) in Answers)
            {
                // Throttling for ever would take a quarter of an hour.
                using TcbEmulator emulator = Start(fault: make(echo), tokenFault: null, once: name == "-501004");
                Search($"{way}, delete call answered: {name}", emulator.Endpoint, parameters);
            }
            if (way is "AppCredential" or "Authorizer" or "EnvironmentVariable")
            {
                foreach (int code in TokenCodes)
                {
                    using TcbEmulator emulator = Start(fault: null, tokenFault: Fault.ErrorCode(code, "refused " + echo));
                    Search($"{way}, token call answered: {code}", emulator.Endpoint, parameters);
                }
            }
            // The emulator is no proxy, which is what the answer says.
            using TcbEmulator proxy = Start(fault: null, tokenFault: null);
            Search($"{way}, proxy", proxy.Endpoint, $"{parameters} -Proxy $endpoint -ProxyCredential $proxyCredential");
        }
        SearchRefusals();
        log.WriteLine($"{_paths} paths searched");
        Assert.Equal((Ways.Length * (Answers.Length + 1)) + (3 * TokenCodes.Length) + 11, _paths);
    }

    private void SearchRefusals()
    {
        using TcbEmulator emulator = Start(fault: null, tokenFault: null);
        string host = emulator.Endpoint.Authority;
        (string Name, string Parameters)[] refusals =
        [
            ("user info in the endpoint", $"-AccessToken $access -Endpoint $userInfo"),
            ("query in the endpoint", "-AccessToken $access -Endpoint $query"),
            ("plain http", "-AccessToken $access -Endpoint 'http://example.invalid'"),
            ("user info in the proxy", "-AccessToken $access -Proxy $userInfo"),
            ("proxy credential without a proxy", "-AccessToken $access -NoProxy -ProxyCredential $proxyCredential"),
            ("token with a line end", "-AccessToken \"$access`n\""),
            ("secret with a space", "-Credential ([pscredential]::new('wx', [Net.NetworkCredential]::new('', \"$secret x\").SecurePassword))"),
            ("provider that throws its token", "-TokenProvider { throw 'no' }"),
            ("provider that gives two", "-TokenProvider { $access; $access }"),
            ("provider that gives an object", "-TokenProvider { @{ token = $access } }"),
            ("missing file", "-CloudBaseAccessTokenPath none"),
        ];
        foreach ((string name, string parameters) in refusals)
            Search(name, new Uri($"http://{host}"), parameters.Contains("-Endpoint", StringComparison.Ordinal) ? parameters : parameters + " -Endpoint $endpoint", addEndpoint: false);
    }

    // As https_proxy=http://user:password@host makes it: the runtime repeats the address, decoded, in its exception.
    [Fact]
    public async Task Everything_PasswordInTheProxysAddress_HoldsNoSecret()
    {
        IWebProxy before = HttpClient.DefaultProxy;
        foreach (string password in HostilePasswords)
        {
            await using var proxy = new HttpProxy(new NetworkCredential("user", "another"));
            HttpClient.DefaultProxy = new ProxyFor(TestCertificates.Host, new UriBuilder(proxy.Address) { UserName = "user", Password = Uri.EscapeDataString(password) }.Uri);
            try
            {
                foreach (string way in (string[])["-AccessToken $access", "-Credential $credential"])
                    Search($"password in the proxy's address, {way}", new Uri($"https://{TestCertificates.Host}"), way);
            }
            finally
            {
                HttpClient.DefaultProxy = before;
            }
            Assert.Equal(2, proxy.LogIns);
        }
    }

    private static string Echo(string[] secrets) => $"{string.Join(' ', secrets)} {string.Join(' ', secrets.Select(Uri.EscapeDataString))}";

    private static TcbEmulator Start(Fault? fault, Fault? tokenFault, bool once = false) => TcbEmulator.Start(new EmulatorOptions
    {
        AccessToken = AccessToken,
        ComponentAccessToken = ComponentToken,
        CloudBaseAccessToken = CloudBaseToken,
        AuthorizerRefreshToken = RefreshToken,
        AppSecret = AppSecret,
        FileIds = FileIds.Range(2),
        Fault = fault is null ? null : request => once && request.Ordinal > 1 ? null : fault,
        TokenFault = tokenFault is null ? null : _ => tokenFault,
    });

    private void Search(string path, Uri endpoint, string parameters, bool addEndpoint = true)
    {
        _paths++;
        var options = new EmulatorOptions();
        string tokenFile = Path.Combine(_folder, "token");
        File.WriteAllText(tokenFile, CloudBaseToken);
        string journal = Path.Combine(_folder, $"{_paths}.jsonl");
        Environment.SetEnvironmentVariable("TCB_ENVIRONMENT_ID", FileIds.Environment);
        Environment.SetEnvironmentVariable("TCB_APP_ID", options.AppId);
        Environment.SetEnvironmentVariable("TCB_APP_SECRET", AppSecret);

        ScriptOutcome outcome = _session.Run(
            $$"""
            $DebugPreference = $VerbosePreference = $InformationPreference = 'Continue'
            $connection = Connect-TcbEnvironment test-env {{(addEndpoint ? "-Endpoint $endpoint" : string.Empty)}} {{parameters}}
            $connection
            $ids | Remove-TcbCloudFile -JournalPath $journal -MaximumRetryCount 0 -ThrottleLimit 1 -BatchSize 1
            """,
            ("access", AccessToken), ("secret", AppSecret), ("component", ComponentToken), ("refresh", RefreshToken), ("cloudbase", CloudBaseToken),
            ("path", tokenFile), ("endpoint", endpoint), ("journal", journal), ("ids", FileIds.Range(2)),
            ("userInfo", new Uri($"http://user:{ProxyPassword}@127.0.0.1:1/")), ("query", new Uri($"https://127.0.0.1/?access_token={AccessToken}")),
            ("credential", new PSCredential(options.AppId, new NetworkCredential(string.Empty, AppSecret).SecurePassword)),
            ("proxyCredential", new PSCredential("user", new NetworkCredential(string.Empty, ProxyPassword).SecurePassword)));

        var everything = new StringBuilder(outcome.AllText()).Append(_session.Host.Shown);
        foreach (ErrorRecord error in outcome.Errors.Append(outcome.Terminating!).Where(error => error is not null))
        {
            for (Exception? e = error.Exception; e is not null; e = e.InnerException)
                everything.AppendLine(e.ToString()).AppendJoin('\n', e.Data.Values.Cast<object>()).AppendLine(string.Join('\n', PSObject.AsPSObject(e).Properties.Select(Show)));
        }
        foreach (PSObject item in outcome.Output) everything.AppendJoin('\n', item.Properties.Select(Show)).Append(PSSerializer.Serialize(item, depth: 10));
        if (File.Exists(journal)) everything.Append(File.ReadAllText(journal));
        string text = everything.ToString();
        int at = text.IndexOf(Marker, StringComparison.Ordinal);
        Assert.True(at < 0, $"{path}: …{text[Math.Max(0, at - 200)..Math.Max(0, Math.Min(text.Length, at + 60))]}…");
    }

    private static string Show(PSPropertyInfo property)
    {
        try
        {
            return $"{property.Name}={property.Value}";
        }
        catch (GetValueException e)
        {
            return e.Message;
        }
    }

    // Other tests of this process have the system's proxy too.
    private sealed class ProxyFor(string host, Uri address) : IWebProxy
    {
        public ICredentials? Credentials { get; set; } = new NetworkCredential("user", "wrong-" + ProxyPassword);

        public Uri GetProxy(Uri destination) => address;

        public bool IsBypassed(Uri destination) => destination.Host != host;
    }
}
