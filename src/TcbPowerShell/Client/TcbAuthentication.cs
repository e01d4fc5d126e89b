namespace TcbPowerShell;

/// <summary>How a connection is trusted by the service.</summary>
public enum TcbAuthentication
{
    /// <summary>An access token given by value, which cannot be renewed.</summary>
    AccessToken,
}
