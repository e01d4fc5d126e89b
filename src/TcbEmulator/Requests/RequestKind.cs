namespace TcbPowerShell.Emulation;

/// <summary>The call that a request makes.</summary>
public enum RequestKind
{
    /// <summary>A path that the service does not have.</summary>
    Unknown,

    /// <summary><c>batchdeletefile</c>.</summary>
    Delete,

    /// <summary><c>batchdownloadfile</c>.</summary>
    Lookup,

    /// <summary>A file by its download link.</summary>
    Download,

    /// <summary>One of the calls that issue a token.</summary>
    Token,

    /// <summary><c>uploadfile</c>, which signs an upload.</summary>
    Upload,

    /// <summary><c>getqcloudtoken</c> or <c>getauth</c>, which issue a temporary key for COS.</summary>
    Key,

    /// <summary>A page of a listing: <c>getbucket</c>, or GET Bucket of COS.</summary>
    List,
}
