namespace TcbPowerShell;

/// <summary>
/// One file in a listing, as <c>Find-TcbCloudFile</c> returns it. It has a FileId property, so it pipes into <c>Get-TcbCloudFile</c>, <c>Save-TcbCloudFile</c> and
/// <c>Remove-TcbCloudFile</c>.
/// </summary>
public sealed class CloudFileInfo
{
    internal CloudFileInfo(string fileId, string environmentId, string key, long length, DateTimeOffset lastModified, string eTag)
    {
        FileId = fileId;
        EnvironmentId = environmentId;
        Key = key;
        Length = length;
        LastModified = lastModified;
        ETag = eTag;
    }

    /// <summary>The file ID: the beginning that the service gives to the IDs of the environment, and the key.</summary>
    public string FileId { get; }

    /// <summary>The environment that the file is in.</summary>
    public string EnvironmentId { get; }

    /// <summary>The path of the file in its bucket, without a leading slash, for example <c>tmp/a.png</c>.</summary>
    public string Key { get; }

    /// <summary>The length in bytes. An empty folder that was made in the console is a file of length 0 whose key ends in a slash.</summary>
    public long Length { get; }

    /// <summary>When the file was last written, as the storage says.</summary>
    public DateTimeOffset LastModified { get; }

    /// <summary>The ETag without quotation marks: the MD5 of the content if the file was uploaded in one part, 32 hexadecimal digits.</summary>
    public string ETag { get; }

    /// <summary>The file ID.</summary>
    /// <returns><see cref="FileId"/>.</returns>
    public override string ToString() => FileId;
}
