using System.Net;
using System.Security;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Tokens;
using TcbPowerShell.Tests.Client.Http;
using TcbPowerShell.Tests.Infrastructure;
using Xunit;

namespace TcbPowerShell.Tests.Commands;

public sealed partial class SecretSearchTests
{
    private const string KeyId = "AKID-MARKER0123456789abcdef";
    private const string KeySecret = "key-MARKER+/=0123456789";
    private const string KeyToken = "session-MARKER+/=0123456789";
    private const string UploadToken = "upload-MARKER+/=0123456789";
    private const string UploadAuthorization = "q-sign-algorithm=sha1&q-ak=AKID-MARKER0123456789abcdef&q-signature=upload-MARKER0123456789";

    private static readonly Uri Service = new("http://127.0.0.1:1/");

    // A row for each call of a listing, with the secrets that whoever answers it can repeat. Those of its own reply stand behind their names.
    private static readonly (string Call, string[] Secrets, string Named)[] ListingCalls =
    [
        ("uploadfile", [AccessToken], $$"""{"authorization":"{{UploadAuthorization}}","token":"{{UploadToken}}"}"""),
        ("getqcloudtoken", [AccessToken], $$"""{"secretid":"{{KeyId}}","secretkey":"{{KeySecret}}","token":"{{KeyToken}}"}"""),
        ("getauth", [], $$"""{"TmpSecretId":"{{KeyId}}","TmpSecretKey":"{{KeySecret}}","Token":"{{KeyToken}}"}"""),
        ("GET Bucket", [KeyId, KeySecret, KeyToken], $"x-cos-security-token: {KeyToken}"),
        ("batchdownloadfile", [AccessToken, KeyId, KeySecret, KeyToken], string.Empty),
        // The connection knows the key from here on.
        ("batchdeletefile", [AccessToken, KeyId, KeySecret, KeyToken], string.Empty),
    ];

    private static readonly (string Name, Func<string, HttpResponseMessage> Make, bool Carries)[] ListingAnswers =
    [
        ("an error code", echo => Json($$"""{"errcode":99999,"errmsg":{{JsonSerializer.Serialize("what " + echo)}}}"""), true),
        ("no permission", echo => Json($$"""{"errcode":48001,"errmsg":{{JsonSerializer.Serialize("unauthorized " + echo)}}}"""), true),
        ("a refused token", echo => Json($$"""{"errcode":40001,"errmsg":{{JsonSerializer.Serialize("invalid " + echo)}}}"""), true),
        ("a quota", echo => Json($$"""{"errcode":45009,"errmsg":{{JsonSerializer.Serialize("quota " + echo)}}}"""), true),
        ("cut JSON", echo => Json("{\"errcode\":0,\"x\":\"" + echo), false),
        ("a web page", echo => Text(HttpStatusCode.OK, $"<html>{echo}</html>"), false),
        ("HTTP 500", echo => Text(HttpStatusCode.InternalServerError, echo), false),
        ("an error of COS", echo => Text(HttpStatusCode.Forbidden, Xml("AccessDenied", echo, echo)), true),
        ("an odd error of COS", echo => Text(HttpStatusCode.NotFound, Xml(echo, echo, echo)), true),
        ("throttling of COS", echo => Text(HttpStatusCode.BadRequest, Xml("SlowDown", echo, string.Empty)), true),
        ("cut XML", echo => Text(HttpStatusCode.Forbidden, Xml("AccessDenied", echo, echo)[..^30]), false),
        ("a page of another bucket", echo => Text(HttpStatusCode.OK, Page(name: echo)), false),
        ("a page with an odd key", echo => Text(HttpStatusCode.OK, Page(key: "%E4" + echo)), false),
        ("a page with an odd date", echo => Text(HttpStatusCode.OK, Page(time: echo)), false),
        ("a redirect", echo => new HttpResponseMessage(HttpStatusCode.Found) { Headers = { Location = new Uri("http://127.0.0.1:1/?x=" + Uri.EscapeDataString(echo)) } }, false),
    ];

    [Fact]
    public void Everything_OfAListing_HoldsNoSecret()
    {
        int searched = 0;
        foreach ((string call, string[] secrets, string named) in ListingCalls)
        {
            foreach ((string name, Func<string, HttpResponseMessage> make, bool carries) in ListingAnswers)
            {
                // Each spelling once. The header of the request is a secret, too, and one more text to repeat.
                string[] echoes = [.. secrets.Length > 0 ? Echoes(secrets) : [], "echo0x " + named, "echo00x"];
                foreach (string echo in carries ? echoes : echoes[..1])
                {
                    using var service = new ListingService(call, signature => make(echo.StartsWith("echo00x", StringComparison.Ordinal) ? $"{echo} {signature} {signature.Split('=')[^1]}" : echo));
                    bool reached = SearchListing($"{call}, {name}", service);
                    searched++;
                    if (carries && IsAbout(name, call)) Assert.True(reached, $"{call}, {name}: the text of the reply is nowhere.");
                }
            }
        }
        using var good = new ListingService(call: null, _ => throw new InvalidOperationException());
        SearchListing("nothing fails", good);
        Assert.Equal(3, good.Signatures.Count);
        log.WriteLine($"{searched} listings");
    }

    // An error of COS is one only where COS is asked, and a code of the service only elsewhere.
    private static bool IsAbout(string answer, string call) => answer.Contains("COS", StringComparison.Ordinal) == (call == "GET Bucket");

    private bool SearchListing(string path, ListingService service)
    {
        using var http = new HttpClient(service, disposeHandler: false);
        var client = new TcbClient(http, Service, TimeSpan.FromMinutes(1), new ManualClock());
        TcbAuthentication way = service.Call == "getauth" ? TcbAuthentication.OpenInterfaceService : TcbAuthentication.AccessToken;
        var connection = new TcbEnvironment(FileIds.Environment, Service, new FixedAccessToken(way, way == TcbAuthentication.AccessToken ? AccessToken : null), client);

        ScriptOutcome outcome = _session.Run(
            """
            $DebugPreference = $VerbosePreference = $InformationPreference = 'Continue'
            $connection
            $ErrorView = 'NormalView'
            try
            {
                Find-TcbCloudFile a -Environment $connection -MaximumRetryCount 0
                Find-TcbCloudFile -All -Environment $connection -MaximumRetryCount 0
                Find-TcbCloudFile cloud://test-env.bucket/a -Environment $connection -MaximumRetryCount 0 | Remove-TcbCloudFile -Environment $connection -MaximumRetryCount 0
            }
            finally { $Error | Out-Default; $Error.Clear(); $connection | Out-Default }
            """,
            ("connection", connection));

        string shown = _session.Host.Shown[_shown..];
        _shown += shown.Length;
        var run = new SearchedRun(outcome, shown, string.Empty);
        foreach ((string place, Func<SearchedRun, string> read, _) in Places) Look($"{path}, {place}", read(run));
        Look(path, outcome.AllText());
        return Places.Any(place => place.Read(run).Contains("echo", StringComparison.Ordinal));

        void Look(string where, string text)
        {
            AssertHoldsNoSecret(where, text);
            foreach (string signature in service.Signatures)
            {
                Assert.False(text.Contains(signature.Split('=')[^1], StringComparison.Ordinal), $"{where}: a signature");
            }
        }
    }

    private static HttpResponseMessage Json(string body) => Text(HttpStatusCode.OK, body);

    private static HttpResponseMessage Text(HttpStatusCode status, string body) => new(status) { Content = new StringContent(body, Encoding.UTF8) };

    private static string Xml(string code, string message, string requestId) =>
        $"<Error><Code>{SecurityElement.Escape(code)}</Code><Message>{SecurityElement.Escape(message)}</Message><RequestId>{SecurityElement.Escape(requestId)}</RequestId></Error>";

    private static string Page(string name = "bucket", string key = "a.png", string time = "2019-05-24T10:56:40.000Z") =>
        $"<ListBucketResult><Name>{SecurityElement.Escape(name)}</Name><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated><Contents><Key>{SecurityElement.Escape(key)}</Key>"
        + $"<LastModified>{SecurityElement.Escape(time)}</LastModified><ETag>\"x\"</ETag><Size>1</Size></Contents></ListBucketResult>";

    /// <summary>The service and its storage, which answer one of the calls otherwise.</summary>
    private sealed class ListingService(string? call, Func<string, HttpResponseMessage> answer) : HttpMessageHandler
    {
        internal string? Call => call;

        /// <summary>The headers with signatures that came.</summary>
        internal List<string> Signatures { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            string path = request.RequestUri!.AbsolutePath;
            string asked = path == "/bucket/" ? "GET Bucket" : path.Split('/')[^1];
            string signature = request.Headers.TryGetValues("Authorization", out IEnumerable<string>? values) ? string.Concat(values) : string.Empty;
            if (signature.Length > 0) Signatures.Add(signature);
            string body = request.Content is null ? "{}" : await request.Content.ReadAsStringAsync(cancellationToken);
            return asked == call ? answer(signature) : asked switch
            {
                "uploadfile" => Json(Upload((string)JsonNode.Parse(body)!["path"]!)),
                "getqcloudtoken" => Json($$"""{"errcode":0,"errmsg":"ok","secretid":"{{KeyId}}","secretkey":"{{KeySecret}}","token":"{{KeyToken}}","expired_time":7200}"""),
                "getauth" => Json($$"""{"TmpSecretId":"{{KeyId}}","TmpSecretKey":"{{KeySecret}}","Token":"{{KeyToken}}","ExpiredTime":7200}"""),
                "GET Bucket" => Text(HttpStatusCode.OK, Page()),
                "batchdownloadfile" => Json("""{"errcode":0,"errmsg":"ok","file_list":[{"fileid":"cloud://test-env.bucket/a.png","status":0,"errmsg":"ok","download_url":"https://x.example/a.png?sign=MARKER"}]}"""),
                _ => Json("""{"errcode":0,"errmsg":"ok","delete_list":[{"fileid":"cloud://test-env.bucket/a.png","status":0,"errmsg":"ok"}]}"""),
            };
        }

        private static string Upload(string path) => $$"""
            {"errcode":0,"errmsg":"ok","url":"{{Service}}bucket/{{path}}","token":"{{UploadToken}}","authorization":"{{UploadAuthorization}}","file_id":"cloud://test-env.bucket/{{path}}","cos_file_id":"MARKER"}
            """;
    }
}
