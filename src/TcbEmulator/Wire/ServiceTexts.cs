namespace TcbPowerShell.Emulation;

/// <summary>The texts that the service gives with its codes.</summary>
/// <remarks>
/// From WeChat's pages of global return codes, https://developers.weixin.qq.com/doc/oplatform/developers/errCode/errCode.html and
/// https://developers.weixin.qq.com/doc/store/API/basics/commErrCode.html, and of the calls for a token,
/// https://developers.weixin.qq.com/doc/channels/api/basic/api_getstableaccesstoken.html. If a reply that someone published in WeChat's
/// community is longer, it wins. The cloud's own codes (-5… and -6…) have the texts of wx-server-sdk, or else the words of
/// https://developers.weixin.qq.com/miniprogram/dev/wxcloud/reference/errcode.html.
/// </remarks>
internal static class ServiceTexts
{
    private const string SystemError = "system error";

    private static readonly Dictionary<int, string> Requests = new()
    {
        [-1] = SystemError,
        [-1000] = SystemError,
        [40001] = "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken, "
            + "more details at https://mmbizurl.cn/s/JtxxFh33r",
        [40002] = "invalid grant_type",
        [40013] = "invalid appid",
        [40014] = "invalid access_token",
        [40033] = @"invalid charset. please check your request, if include \uxxxx will create fail!",
        [40066] = "invalid url",
        [40097] = "invalid args",
        [40101] = "missing parameter",
        [40125] = "invalid appsecret",
        [40164] = "invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist",
        [40243] = "AppSecret已被冻结，请登录MP解冻后再次调用。",
        [41001] = "access_token missing",
        [41002] = "appid missing",
        [41004] = "appsecret missing",
        [42001] = "access_token expired",
        [43002] = "require POST method",
        [43003] = "require https",
        [44002] = "empty post data",
        [45009] = "reach max api daily quota limit",
        [45011] = "api minute-quota reach limit, must slower, retry next minute",
        [45035] = "access clientip is not registered, not in ip-white-list",
        [47001] = "data format error",
        [48001] = "api unauthorized",
        [48004] = "api forbidden for irregularities, view detail on mp.weixin.qq.com",
        [50002] = "user limited",
        [50004] = "user not allow to use accesstoken, maybe for punishment",
        // No page and no published reply tells its English text.
        [50007] = "账号已冻结",
        [61003] = "component is not authorized by this account",
        [61004] = "access clientip is not registered requestIP: 127.0.0.1",
        [61005] = "component ticket is expired",
        [61006] = "component ticket is invalid",
        [61007] = "api is unauthorized to component",
        [61011] = "invalid component",
        [61014] = "must use component token for component api",
        [61023] = "refresh_token is invalid",
        [61024] = "must use api(api_component_token) to get token for component acct",
        [85088] = "no qbase privilege",
        // https://developers.weixin.qq.com/minigame/dev/wxcloudrun/src/guide/weixin/faq.html
        [85107] = "URL不在白名单内，请前往「微信云托管控制台-服务管理-云调用-微信令牌」配置",
        [85113] = "cloudbase_token is not ready yet, please try again later",
        [89501] = "公众号有未处理的确认请求，请稍候重试",
        [89503] = "此次调用需要管理员确认，请耐心等候",
        [89504] = "正在等管理员确认，请耐心等待",
        [89505] = "正在等管理员确认，请稍候重试",
        [89506] = "该IP调用求请求已被公众号管理员拒绝，请24小时后再试，建议调用前与管理员沟通确认",
        [89507] = "该IP调用求请求已被公众号管理员拒绝，请1小时后再试，建议调用前与管理员沟通确认",
        [-501000] = "[100003] env not exists",
        [-501001] = "resource system error",
        [-501002] = "resource server timeout",
        [-501003] = "exceed request limit",
        [-501004] = "exceed concurrent request limit",
        [-501005] = "invalid env",
        [-501007] = "invalid parameters",
        [-501009] = "操作的资源对象非法或不存在",
        [-501015] = "读请求次数配额耗尽",
        [-501016] = "写请求次数配额耗尽",
        [-501017] = "磁盘耗尽",
        [-501018] = "资源不可用",
        [-501019] = "未授权操作",
        [-501020] = "未知参数错误",
        [-501021] = "操作不支持",
        [-503001] = "storage request fail",
        [-601001] = SystemError,
        [-601002] = "系统参数错误",
        [-601003] = "system network error",
        [-601008] = "server-side request timedout",
        [-604101] = "无权限调用此 API",
        [-604102] = "调用超时",
        [-604103] = "调用系统错误",
    };

    /// <summary>The files' texts are the names of the cloud's error codes; "INVALIID" is the service's own spelling.</summary>
    private static readonly Dictionary<int, string> Files = new()
    {
        [0] = "ok",
        [1] = "STORAGE_FILE_NONEXIST",
        [-501001] = "SYS_ERR",
        [-501002] = "SERVER_TIMEOUT",
        [-501005] = "INVALIID_ENV",
        [-503001] = "STORAGE_REQUEST_FAIL",
        [-503002] = "STORAGE_EXCEED_AUTHORITY",
        [-503003] = "storage file not exists",
    };

    /// <summary>The text for an errcode.</summary>
    public static string OfRequest(int code) => Requests.GetValueOrDefault(code, SystemError);

    /// <summary>The text for the status of a file.</summary>
    public static string OfFile(int status) => Files.TryGetValue(status, out string? text) ? text : OfRequest(status);
}
