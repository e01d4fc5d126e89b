using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TcbPowerShell.Emulation;

/// <summary>Works the calls that a listing needs, and the platform's own listing. None of them writes anything.</summary>
internal sealed class StorageCalls(EmulatorOptions options, CloudFiles files, AccessTokens tokens, TemporaryKeys keys)
{
    public const string UploadPath = "/tcb/uploadfile";
    public const string ComponentUploadPath = "/componenttcb/uploadfile";
    public const string KeyPath = "/tcb/getqcloudtoken";
    public const string ContainerKeyPath = "/_/cos/getauth";
    public const string ComponentListPath = "/componenttcb/getbucket";

    private const int MostKeys = 1000;

    private static readonly JsonSerializerOptions Unescaped = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public Answer Work(EmulatorRequest request, TokenQuery token, byte[] body)
    {
        if (request.Path == ContainerKeyPath)
            return GetContainerKey();

        bool isComponent = request.Path.StartsWith("/componenttcb/", StringComparison.Ordinal);
        if (CheckToken(isComponent, token) is { } refused)
            return Answer.Of(refused);

        if (request.Method != "POST")
            return Answer.Of(TcbError.RequirePost);

        if (JsonBody.Check(body) is { } malformed)
            return Answer.Of(malformed);

        using var document = JsonDocument.Parse(body);
        if (!options.CloudEnabled)
            return Answer.Of(TcbError.CloudNotEnabled);

        return request.Path switch
        {
            KeyPath => GetKey(document.RootElement),
            ComponentListPath => List(request, document.RootElement),
            _ => SignUpload(request, document.RootElement),
        };
    }

    private TcbError? CheckToken(bool isComponent, TokenQuery token)
    {
        if (isComponent)
            return tokens.Check(token.AccessToken, TokenKind.Component);

        if (options.OpenInterfaceService)
            return null;

        return token.AccessToken is null && token.CloudBaseAccessToken is not null
            ? tokens.Check(token.CloudBaseAccessToken, TokenKind.CloudBase)
            : tokens.Check(token.AccessToken, TokenKind.App);
    }

    private Answer SignUpload(EmulatorRequest request, JsonElement body)
    {
        if (ReadEnvironment(request, body) is { } refused)
            return Answer.Of(refused);

        if (Text(body, "path") is not { Length: > 0 } path)
            return Answer.Of(TcbError.MissingParameter("path"));

        string bucket = files.BucketOf(request.Environment!);
        string encoded = string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
        return Answer.Of(Write(new JsonObject
        {
            ["errcode"] = 0,
            ["errmsg"] = "ok",
            ["url"] = $"http://127.0.0.1:{request.LocalPort}/{bucket}/{encoded}",
            ["token"] = "emulator-upload-token-" + RequestIds.Next(),
            ["authorization"] = $"q-sign-algorithm=sha1&q-ak=AKIDemulator&q-signature={RequestIds.Next()}",
            ["file_id"] = $"cloud://{request.Environment}.{bucket}/{path}",
            ["cos_file_id"] = "emulator-cos-file-id",
        }));
    }

    private Answer GetKey(JsonElement body)
    {
        if (!body.TryGetProperty("lifespan", out JsonElement lifespan) || !lifespan.TryGetInt32(out int seconds) || seconds is < 1 or > 7200)
            return Answer.Of(TcbError.InvalidArgument("lifespan is not between 1 and 7200"));

        return keys.Issue(TimeSpan.FromSeconds(seconds), isLimited: true) is { } key
            ? Answer.Of(Write(new JsonObject
            {
                ["errcode"] = 0,
                ["errmsg"] = "ok",
                ["secretid"] = key.Id,
                ["secretkey"] = key.Secret,
                ["token"] = key.Token,
                ["expired_time"] = key.ExpiresOn.ToUnixTimeSeconds(),
            }))
            : Answer.Of(TcbError.DailyQuota);
    }

    private Answer GetContainerKey()
    {
        if (!options.OpenInterfaceService)
            return Answer.Of(TcbError.Of(48001));

        TemporaryKey key = keys.Issue(TimeSpan.FromHours(2), isLimited: false)!;
        return Answer.Of(Write(new JsonObject
        {
            ["TmpSecretId"] = key.Id,
            ["TmpSecretKey"] = key.Secret,
            ["Token"] = key.Token,
            ["ExpiredTime"] = key.ExpiresOn.ToUnixTimeSeconds(),
        }));
    }

    private Answer List(EmulatorRequest request, JsonElement body)
    {
        if (ReadEnvironment(request, body) is { } refused)
            return Answer.Of(refused);

        request.Prefix = Text(body, "prefix") ?? "";
        request.Marker = Text(body, "marker") ?? "";
        CosListing.Page page = CosListing.Page.Of(files, request.Environment!, request.Prefix, request.Marker, MostKeys);
        var contents = new JsonArray();
        foreach ((string key, FileFacts file) in page.Keys)
        {
            contents.Add(new JsonObject
            {
                ["key"] = key,
                ["last_modified"] = file.LastModified.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
                ["md5"] = file.ETag,
                ["size"] = file.Length.ToString(CultureInfo.InvariantCulture),
            });
        }

        return Answer.Of(Write(new JsonObject { ["errcode"] = 0, ["errmsg"] = "ok", ["contents"] = contents, ["is_truncated"] = page.IsTruncated }));
    }

    private TcbError? ReadEnvironment(EmulatorRequest request, JsonElement body)
    {
        request.Environment = Text(body, "env");
        if (string.IsNullOrEmpty(request.Environment))
            return TcbError.MissingParameter("env");

        return options.Environments.Contains(request.Environment, StringComparer.Ordinal) ? null : TcbError.Of(options.UnknownEnvironmentCode);
    }

    private static byte[] Write(JsonObject reply) => Encoding.UTF8.GetBytes(reply.ToJsonString(Unescaped));

    private static string? Text(JsonElement body, string name) =>
        body.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
