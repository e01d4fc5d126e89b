using System.Globalization;
using System.Text;
using System.Xml;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Protocol;

/// <summary>One page of a listing.</summary>
/// <param name="Files">Its entries, in the service's order.</param>
/// <param name="NextMarker">The key behind which the next page begins; null after the last page.</param>
internal sealed record ListingPage(IReadOnlyList<ListedFile> Files, string? NextMarker)
{
    /// <summary>
    /// The longest reply with a page: 1,000 keys of 850 bytes, each byte percent-encoded, in the key and around it, with room to spare.
    /// </summary>
    internal const int MaxReplyBytes = 8 * 1024 * 1024;

    private static readonly string[] Texts = ["Name", "EncodingType", "IsTruncated", "NextMarker", "Key", "LastModified", "ETag", "Size"];

    private static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        IgnoreComments = true,
        IgnoreWhitespace = true,
        IgnoreProcessingInstructions = true,
        MaxCharactersInDocument = MaxReplyBytes,
    };

    /// <summary>Checks that a page is a part of the listing that was asked for, and that the listing goes on after it.</summary>
    /// <param name="files">The entries.</param>
    /// <param name="isTruncated">Whether the service has more.</param>
    /// <param name="nextMarker">The marker that the service gave; null for the last key.</param>
    /// <param name="prefix">The prefix that was asked for.</param>
    /// <param name="marker">The marker that was asked for.</param>
    /// <exception cref="TcbException">It is not, or it would go on for ever.</exception>
    internal static ListingPage Check(IReadOnlyList<ListedFile> files, bool isTruncated, string? nextMarker, string prefix, string marker)
    {
        if (files.Any(file => !file.Key.StartsWith(prefix, StringComparison.Ordinal))) throw TcbException.Unreadable(nameof(Messages.ListingForeignKey));
        if (!isTruncated) return new ListingPage(files, null);
        string? last = files.Count > 0 ? files[files.Count - 1].Key : null;
        string next = nextMarker ?? last ?? string.Empty;
        // A marker before the last key would list some files again, and one that does not advance would do so for ever.
        if (CompareUtf8(next, marker) <= 0 || (last is not null && CompareUtf8(next, last) < 0)) throw TcbException.Unreadable(nameof(Messages.ListingDoesNotAdvance));
        return new ListingPage(files, next);
    }

    /// <summary>Reads the reply of COS to GET Bucket: https://cloud.tencent.com/document/product/436/7734</summary>
    /// <param name="xml">The reply.</param>
    /// <param name="bucket">The bucket that was asked for.</param>
    /// <param name="prefix">The prefix that was asked for.</param>
    /// <param name="marker">The marker that was asked for.</param>
    /// <exception cref="TcbException">It is not such a reply, or not about this bucket.</exception>
    internal static ListingPage ReadXml(byte[] xml, string bucket, string prefix, string marker)
    {
        var files = new List<ListedFile>();
        var page = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            using var reader = XmlReader.Create(new MemoryStream(xml), Settings);
            reader.MoveToContent();
            if (reader.LocalName != "ListBucketResult") throw TcbException.Unreadable(nameof(Messages.ListingNotOne));
            ReadChildren(reader, name =>
            {
                // Keys grouped under a common prefix would be missing. COS groups them only on request.
                if (name == "CommonPrefixes") throw TcbException.Unreadable(nameof(Messages.ListingNotOne));
                if (name != "Contents") return page;
                var entry = new Dictionary<string, string>(StringComparer.Ordinal);
                ReadChildren(reader, _ => entry);
                files.Add(ListedFile.Read(Decode(Get(entry, "Key")), Get(entry, "Size"), Get(entry, "LastModified"), Get(entry, "ETag")));
                return null;
            });
            // Reads to the end: a reply with anything else behind its root is not a page.
            while (reader.Read())
            {
            }
        }
        catch (XmlException)
        {
            throw TcbException.Unreadable(nameof(Messages.ListingNotXml));
        }
        if (Get(page, "Name") != bucket) throw TcbException.Unreadable(nameof(Messages.ListingOtherBucket));
        // Requested with each page. Without it, %41 in a key could be an A or itself.
        if (Get(page, "EncodingType") != "url") throw TcbException.Unreadable(nameof(Messages.ListingNotEncoded));
        bool isTruncated = Get(page, "IsTruncated") switch
        {
            "true" => true,
            "false" => false,
            _ => throw TcbException.Unreadable(nameof(Messages.ListingWithoutEnd)),
        };
        return Check(files, isTruncated, Decode(Get(page, "NextMarker")), prefix, marker);
    }

    /// <summary>The order of UTF-8 bytes, in which the storage lists keys: that of chars, but for surrogates, which come after every other char.</summary>
    internal static int CompareUtf8(string a, string b)
    {
        int length = Math.Min(a.Length, b.Length);
        for (int i = 0; i < length; i++)
        {
            if (a[i] != b[i]) return Rank(a[i]) - Rank(b[i]);
        }
        return a.Length - b.Length;

        static int Rank(char c) => char.IsSurrogate(c) ? c + 0x10000 : c;
    }

    /// <summary>Decodes a percent-encoded text. A plus sign is one: https://cloud.tencent.com/document/product/436/7734</summary>
    /// <exception cref="TcbException">It is not percent-encoded UTF-8.</exception>
    internal static string? Decode(string? text)
    {
        if (text is null || !text.Contains('%')) return text;
        byte[] bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        int length = 0;
        for (int i = 0; i < text.Length;)
        {
            int plain = text.IndexOf('%', i);
            int end = plain < 0 ? text.Length : plain;
            length += Encoding.UTF8.GetBytes(text, i, end - i, bytes, length);
            if (plain < 0) break;
            if (plain + 2 >= text.Length || !Uri.IsHexDigit(text[plain + 1]) || !Uri.IsHexDigit(text[plain + 2]))
                throw TcbException.Unreadable(nameof(Messages.ListingOddKey));
            bytes[length++] = (byte)((Uri.FromHex(text[plain + 1]) * 16) + Uri.FromHex(text[plain + 2]));
            i = plain + 3;
        }
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes, 0, length);
        }
        catch (ArgumentException)
        {
            throw TcbException.Unreadable(nameof(Messages.ListingOddKey));
        }
    }

    // Reads the children of the current element: the text of each into the dictionary that the function returns for its name. If the function returns
    // null, it has read the child itself.
    private static void ReadChildren(XmlReader reader, Func<string, Dictionary<string, string>?> into)
    {
        if (reader.IsEmptyElement)
        {
            reader.Read();
            return;
        }
        reader.ReadStartElement();
        while (reader.NodeType != XmlNodeType.EndElement)
        {
            // Each child is read to its end, which leaves the reader behind it.
            if (reader.NodeType != XmlNodeType.Element) reader.Skip();
            else if (into(reader.LocalName) is { } texts) ReadText(reader, texts);
        }
        reader.ReadEndElement();
    }

    private static void ReadText(XmlReader reader, Dictionary<string, string> texts)
    {
        if (!Array.Exists(Texts, name => name == reader.LocalName))
        {
            reader.Skip();
            return;
        }
        // An element that stands twice contradicts itself.
        if (texts.ContainsKey(reader.LocalName)) throw TcbException.Unreadable(nameof(Messages.ListingNotOne));
        string child = reader.LocalName;
        texts.Add(child, reader.ReadElementContentAsString());
    }

    private static string? Get(Dictionary<string, string> texts, string name) => texts.TryGetValue(name, out string? text) ? text : null;
}

/// <summary>An entry of a listing.</summary>
/// <param name="Key">The path in the bucket, decoded.</param>
/// <param name="Length">The length in bytes.</param>
/// <param name="LastModified">When it was last written.</param>
/// <param name="ETag">The ETag without quotation marks; empty if there was none.</param>
internal sealed record ListedFile(string Key, long Length, DateTimeOffset LastModified, string ETag)
{
    /// <summary>Whether it is a folder that was made in the console: an empty object.</summary>
    internal bool IsFolder => Length == 0 && Key[Key.Length - 1] == '/';

    /// <summary>Reads the texts of an entry.</summary>
    /// <exception cref="TcbException">One of them is not what it should be: the listing cannot be trusted.</exception>
    internal static ListedFile Read(string? key, string? length, string? lastModified, string? eTag)
    {
        if (string.IsNullOrEmpty(key)) throw TcbException.Unreadable(nameof(Messages.ListingEntryWithoutKey));
        if (!long.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes)) throw TcbException.Unreadable(nameof(Messages.ListingOddLength));
        if (!DateTimeOffset.TryParse(lastModified, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time))
            throw TcbException.Unreadable(nameof(Messages.ListingOddDate));
        return new ListedFile(key!, bytes, time, eTag?.Trim('"') ?? string.Empty);
    }
}
