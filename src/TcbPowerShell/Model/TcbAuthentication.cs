
namespace TcbPowerShell;

/// <summary>How a connection authenticates to the service.</summary>
public enum TcbAuthentication
{
    /// <summary>An access token passed by value, which cannot be renewed.</summary>
    AccessToken,

    /// <summary>AppID and AppSecret: a stable access token, renewed.</summary>
    AppCredential,

    /// <summary>A third-party platform acting for a mini program: the authorizer's token, renewed.</summary>
    Authorizer,

    /// <summary>A third-party platform in its own environment: the component access token.</summary>
    Component,

    /// <summary>The cloud hosting token, passed by value or read from its file for each request.</summary>
    CloudBaseToken,

    /// <summary>A token from the user's own script, which runs again when the token is rejected.</summary>
    TokenProvider,

    /// <summary>Inside a cloud container with the open interface service: no token.</summary>
    OpenInterfaceService,
}
