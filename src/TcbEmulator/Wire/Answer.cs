using System.Buffers;
using System.Text;
using System.Xml.Linq;

namespace TcbPowerShell.Emulation;

/// <summary>The outcome of the work, before it is a reply: an error, the entries of a call that takes files, or the body of another call.</summary>
internal sealed record Answer
{
    public int? ErrorCode { get; private init; }

    public string? RequestId { get; private init; }

    public IReadOnlyList<FileEntry>? Entries { get; init; }

    public int Deleted { get; init; }

    public ReadOnlyMemory<byte> Body { get; private init; }

    /// <summary>The file that a download comes to.</summary>
    public Download? File { get; private init; }

    /// <summary>The HTTP status. The service says 200 to everything; COS does not.</summary>
    public int Status { get; private init; } = 200;

    /// <summary>The Content-Type; null for that of the service's replies.</summary>
    public string? ContentType { get; private init; }

    /// <summary>A web page with status 200 that is not what anybody asked for.</summary>
    public static Answer LogInPage { get; } =
        new() { ContentType = "text/html", Body = "<html><body>Log in to use this network.</body></html>"u8.ToArray() };

    public static Answer Of(TcbError error)
    {
        string requestId = RequestIds.Next();
        ArrayBufferWriter<byte> body = new(256);
        body.WriteRaw("{\"errcode\":"u8);
        body.WriteNumber(error.Code);
        body.WriteRaw(",\"errmsg\":"u8);
        body.WriteString($"{error.Message} rid: {requestId}");
        body.WriteRaw("}"u8);
        return new Answer { ErrorCode = error.Code, RequestId = requestId, Body = body.WrittenMemory };
    }

    public static Answer Of(RequestKind kind, IReadOnlyList<FileEntry> entries, int deleted)
    {
        ArrayBufferWriter<byte> body = new(8192);
        body.WriteRaw("{\"errcode\":0,\"errmsg\":\"ok\","u8);
        body.WriteRaw(kind == RequestKind.Delete ? "\"delete_list\":["u8 : "\"file_list\":["u8);
        for (int i = 0; i < entries.Count; i++)
        {
            body.WriteRaw(i == 0 ? "{\"fileid\":"u8 : ",{\"fileid\":"u8);
            body.WriteString(entries[i].FileId);
            if (kind == RequestKind.Lookup)
            {
                body.WriteRaw(",\"download_url\":"u8);
                body.WriteString(entries[i].DownloadUrl);
            }

            body.WriteRaw(",\"status\":"u8);
            body.WriteNumber(entries[i].Status);
            body.WriteRaw(",\"errmsg\":"u8);
            body.WriteString(entries[i].Message);
            body.WriteRaw("}"u8);
        }

        body.WriteRaw("]}"u8);
        return new Answer { ErrorCode = 0, Entries = entries, Deleted = deleted, Body = body.WrittenMemory };
    }

    public static Answer Of(ReadOnlyMemory<byte> body) => new() { Body = body };

    /// <summary>A file.</summary>
    public static Answer Of(Download file) => new() { File = file, Status = file.Status };

    /// <summary>A reply of COS.</summary>
    public static Answer Of(int status, string contentType, XElement xml) => new()
    {
        Status = status,
        ContentType = contentType,
        Body = Encoding.UTF8.GetBytes("<?xml version='1.0' encoding='utf-8' ?>\n" + xml.ToString(SaveOptions.DisableFormatting)),
    };

    /// <summary>An error of COS.</summary>
    public static Answer Of(CosError error) => Of(error.Status, "application/xml", new XElement(
        "Error",
        new XElement("Code", error.Code),
        new XElement("Message", error.Message),
        new XElement("RequestId", RequestIds.Next())));
}
