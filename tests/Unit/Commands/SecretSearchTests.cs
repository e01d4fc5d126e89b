using System.Management.Automation;
using System.Net;
using System.Text;
using TcbPowerShell.Emulation;
using TcbPowerShell.Tests.Infrastructure;
using TcbPowerShell.Tests.Network;
using Xunit;
using Xunit.Abstractions;

namespace TcbPowerShell.Tests.Commands;

/// <summary>
/// Plants a marker in each secret that a connection can hold, has it repeated in every spelling by every kind of answer, and searches every place to which
/// the module writes. Another secret is one more row of <see cref="Ways"/>, another spelling one of <see cref="SecretSpelling"/>.
/// </summary>
// With the other class that sets the process's environment variables: never at the same time.
[Collection("Environment variables")]
[Trait("rule", "11")]
public sealed partial class SecretSearchTests(ITestOutputHelper log) : IDisposable
{
    private const string Marker = "MARKER";

    // As the secrets really are: letters, and what must be escaped in a URL.
    private const string AccessToken = "access-MARKER+/=0123456789";
    private const string AppSecret = "secret-MARKER0123456789abcdef";
    private const string ComponentToken = "component-MARKER+/=0123456789";
    private const string RefreshToken = "refresh-MARKER+/=0123456789";
    private const string CloudBaseToken = "cloudbase-MARKER+/=0123456789";
    private const string ProxyPassword = "proxy-MARKER-0123456789";

    // The log-in that a proxy gets: user:proxy-MARKER-0123456789.
    private static readonly string ProxyLogIn = Convert.ToBase64String(Encoding.UTF8.GetBytes("user:" + ProxyPassword));

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
        // The emulator answers as the service whose proxy it is, so it can repeat what a proxy knows.
        ("Proxy", "-AccessToken $access -Proxy $endpoint -ProxyCredential $proxyCredential", [ProxyPassword, ProxyLogIn]),
        ("Links", "-AccessToken $access", ["https://bucket.example/a.png?sign=MARKER-0123456789&t=1"]),
    ];

    // The places where a text of the service can come out, or why it cannot.
    private static readonly (string Name, Func<SearchedRun, string> Read, string? NeverBecause)[] Places =
    [
        ("results", run => run.Results, null),
        ("results as CLIXML", run => run.ResultsAsXml, null),
        ("error messages", run => string.Join('\n', run.Errors.Select(error => error + "\n" + error.Exception.Message)), null),
        ("exceptions", run => string.Join('\n', run.Errors.Select(error => Describe(error.Exception))), null),
        ("English messages", run => string.Join('\n', run.Errors.SelectMany(error => error.Exception.Data.Values.Cast<object>())), null),
        ("errors as CLIXML", run => string.Join('\n', run.Errors.Select(error => PSSerializer.Serialize(error, depth: 1))), null),
        ("error categories", run => string.Join('\n', run.Errors.Select(error => $"{error.CategoryInfo} {error.FullyQualifiedErrorId}")), "their target is the file ID"),
        ("verbose stream", run => string.Join('\n', run.Outcome.Verbose), null),
        ("debug stream", run => string.Join('\n', run.Outcome.Debug), null),
        ("warning stream", run => string.Join('\n', run.Outcome.Warnings), null),
        ("information stream", run => string.Join('\n', run.Outcome.Information) + string.Join('\n', run.Outcome.SummaryData.Select(data => PSSerializer.Serialize(data))), null),
        ("progress bar", run => string.Join('\n', run.Outcome.Progress.Select(record => record.Activity + record.StatusDescription + record.CurrentOperation)), "it repeats a text only while a run waits: Waiting_TextOfTheService_HoldsNoSecret"),
        ("what the host shows", run => run.Shown, null),
        ("journal", run => run.Journal, null),
    ];

    // These answers carry every spelling of every secret to all of these places. For the others one spelling of each is enough.
    private static readonly string[] Carriers = ["40097", "-501004", "unknown code", "file refused", "file removed"];

    // Answers of a service, or of a server in its place: above all its own request, secrets included.
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
    private readonly HashSet<(string Control, string Place)> _reached = [];
    private int _paths;
    private int _shown;

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
            string[] echoes = [.. Echoes(secrets)];
            string echo = echoes[0];
            foreach ((string name, Func<string, Fault?> make) in Answers)
            {
                foreach (string text in Carriers.Contains(name) ? echoes : echoes[..1])
                {
                    // Throttling for ever would take a quarter of an hour.
                    using TcbEmulator emulator = Start(fault: make(text), tokenFault: null, once: name == "-501004");
                    Search($"{way}, delete call answered: {name}", emulator.Endpoint, parameters);
                }
            }
            // Each spelling has reached each place, or the search above has proved nothing.
            foreach (string control in echoes.Select(text => text.Split(' ')[0]))
            {
                foreach ((string place, _, string? neverBecause) in Places) Assert.True(_reached.Contains((control, place)) == neverBecause is null, $"{way}, {control}: {place}");
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
        int secretsOfAll = Ways.Sum(way => way.Secrets.Length);
        log.WriteLine($"{_paths} runs; {secretsOfAll} secrets in {SecretSpelling.All.Length} spellings at {Places.Length} places: {secretsOfAll * SecretSpelling.All.Length * Places.Length} cells");
        int chunks = Ways.Sum(way => Echoes(way.Secrets).Count());
        Assert.Equal((Ways.Length * (Answers.Length + 1 - Carriers.Length)) + (chunks * Carriers.Length) + (3 * TokenCodes.Length) + 11, _paths);
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

    // A text of the service is cut, so not all at once. The first word is ordinary, to be found again.
    private static IEnumerable<string> Echoes(string[] secrets)
    {
        const int longest = 800;
        int number = 0;
        var echo = new StringBuilder();
        foreach (string spelled in secrets.SelectMany(secret => SecretSpelling.All.Select(spelling => spelling.Write(secret))))
        {
            if (echo.Length + spelled.Length > longest)
            {
                yield return echo.ToString();
                echo.Clear();
            }
            if (echo.Length == 0) echo.Append(System.Globalization.CultureInfo.InvariantCulture, $"echo{++number}x");
            echo.Append(' ').Append(spelled);
        }
        yield return echo.ToString();
    }

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
            $ErrorView = 'NormalView'
            try { $ids | Remove-TcbCloudFile -JournalPath $journal -MaximumRetryCount 0 -ThrottleLimit 1 -BatchSize 2 } finally { $Error | Out-Default; $Error.Clear() }
            """,
            ("access", AccessToken), ("secret", AppSecret), ("component", ComponentToken), ("refresh", RefreshToken), ("cloudbase", CloudBaseToken),
            ("path", tokenFile), ("endpoint", endpoint), ("journal", journal), ("ids", FileIds.Range(2)),
            ("userInfo", new Uri($"http://user:{ProxyPassword}@127.0.0.1:1/")), ("query", new Uri($"https://127.0.0.1/?access_token={AccessToken}")),
            ("credential", new PSCredential(options.AppId, new NetworkCredential(string.Empty, AppSecret).SecurePassword)),
            ("proxyCredential", new PSCredential("user", new NetworkCredential(string.Empty, ProxyPassword).SecurePassword)));

        string shown = _session.Host.Shown[_shown..];
        _shown += shown.Length;
        var run = new SearchedRun(outcome, shown, File.Exists(journal) ? File.ReadAllText(journal) : string.Empty);
        foreach ((string place, Func<SearchedRun, string> read, _) in Places)
        {
            string there = read(run);
            for (int i = there.IndexOf("echo", StringComparison.Ordinal); i >= 0; i = there.IndexOf("echo", i + 1, StringComparison.Ordinal)) _reached.Add((there[i..].Split('x')[0] + 'x', place));
            AssertHoldsNoSecret($"{path}, {place}", there);
        }
        AssertHoldsNoSecret(path, outcome.AllText());
    }

    // In any spelling: each pass takes one layer of encoding off. In base64, the marker is never whole; its neighbours are.
    private static void AssertHoldsNoSecret(string path, string text)
    {
        for (int layer = 0; layer < 5; layer++)
        {
            int at = Math.Max(text.IndexOf(Marker, StringComparison.Ordinal), text.IndexOf(ProxyLogIn[..12], StringComparison.Ordinal));
            Assert.True(at < 0, $"{path}: …{text[Math.Max(0, at - 200)..Math.Max(0, Math.Min(text.Length, at + 60))]}…");
            text = WebUtility.HtmlDecode(Uri.UnescapeDataString(Escape().Replace(text, match => ((char)Convert.ToInt32(match.Groups[1].Value, 16)).ToString())));
        }
    }

    [System.Text.RegularExpressions.GeneratedRegex(@"\\u([0-9a-fA-F]{4})")]
    private static partial System.Text.RegularExpressions.Regex Escape();

    // With all that an exception has, as Format-List * -Force shows it.
    private static string Describe(Exception? e)
    {
        var text = new StringBuilder();
        for (; e is not null; e = e.InnerException) text.AppendLine(e.ToString()).AppendJoin('\n', PSObject.AsPSObject(e).Properties.Select(Show));
        return text.ToString();
    }

    [Fact]
    public void Waiting_TextOfTheService_HoldsNoSecret()
    {
        foreach (string echo in Echoes([ConnectedSession.Token]))
        {
            using var connected = new ConnectedSession(new EmulatorOptions { FileIds = FileIds.Range(1), Fault = request => request.Ordinal == 1 ? Fault.ErrorCode(-1, echo) : null });

            ScriptOutcome outcome = connected.Run("$ids | Remove-TcbCloudFile -Environment $patient -Verbose", FileIds.Of(1));

            string shown = string.Concat(outcome.Progress.Select(record => record.Activity + record.StatusDescription + record.CurrentOperation)) + string.Concat(outcome.Verbose);
            Assert.Contains(echo.Split(' ')[0], shown, StringComparison.Ordinal);
            Assert.DoesNotContain(ConnectedSession.Token[..8], Uri.UnescapeDataString(shown), StringComparison.Ordinal);
        }
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

    private sealed record SearchedRun(ScriptOutcome Outcome, string Shown, string Journal)
    {
        internal IReadOnlyList<ErrorRecord> Errors { get; } = [.. Outcome.Errors, .. new[] { Outcome.Terminating }.OfType<ErrorRecord>()];

        internal string Results { get; } = string.Join('\n', Outcome.Output.SelectMany(item => item.Properties.Select(Show).Append(item.ToString())));

        internal string ResultsAsXml { get; } = string.Join('\n', Outcome.Output.Select(item => PSSerializer.Serialize(item, depth: 10)));
    }

    // Other tests of this process have the system's proxy too.
    private sealed class ProxyFor(string host, Uri address) : IWebProxy
    {
        public ICredentials? Credentials { get; set; } = new NetworkCredential("user", "wrong-" + ProxyPassword);

        public Uri GetProxy(Uri destination) => address;

        public bool IsBypassed(Uri destination) => destination.Host != host;
    }
}
