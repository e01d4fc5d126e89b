namespace TcbPowerShell.Emulation;

/// <summary>The calls that a token is good for.</summary>
public enum TokenKind
{
    /// <summary>The app's own token or an authorizer's: <c>access_token</c> on <c>/tcb</c> calls.</summary>
    App,

    /// <summary>The third-party platform's: <c>access_token</c> on <c>/componenttcb</c> calls and for an authorizer's token.</summary>
    Component,

    /// <summary>The cloud hosting token: <c>cloudbase_access_token</c> on <c>/tcb</c> calls.</summary>
    CloudBase,
}
