
namespace TcbPowerShell;

/// <summary>How a connection is trusted by the service.</summary>
public enum TcbAuthentication
{
    /// <summary>An access token given by value, which cannot be renewed.</summary>
    AccessToken,

    /// <summary>AppId and AppSecret: a stable access token, renewed.</summary>
    AppCredential,

    /// <summary>A third-party platform acting for a mini program: the authorizer's token, renewed.</summary>
    Authorizer,

    /// <summary>A third-party platform in its own environment: the component's token given by value.</summary>
    Component,

    /// <summary>The cloud hosting token, given by value or read from its file for each request.</summary>
    CloudBaseToken,

    /// <summary>A token from the user's own script, asked for again when it is refused.</summary>
    TokenProvider,

    /// <summary>Inside a cloud container with the open interface service: no token.</summary>
    OpenInterfaceService,
}
