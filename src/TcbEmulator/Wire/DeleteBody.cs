using System.Text.Json;

namespace TcbPowerShell.Emulation;

/// <summary>The body of a delete call: what could be read of it, and what is wrong with it.</summary>
internal readonly record struct DeleteBody(string? Environment, IReadOnlyList<string> FileIds, TcbError? Error)
{
    /// <summary>The most files in one request.</summary>
    public const int MaxFiles = 50;

    public static DeleteBody Read(ReadOnlySpan<byte> body)
    {
        if (JsonBody.Check(body) is { } unreadable)
            return new DeleteBody(null, [], unreadable);

        string? environment = null;
        List<string>? fileIds = null;
        TcbError? error = null;
        var reader = new Utf8JsonReader(body);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isEnvironment = reader.ValueTextEquals("env"u8);
            bool isFileIds = reader.ValueTextEquals("fileid_list"u8);
            reader.Read();
            if (isEnvironment && reader.TokenType == JsonTokenType.String)
                environment = reader.GetString();
            else if (isFileIds && reader.TokenType == JsonTokenType.StartArray)
                fileIds = ReadList(ref reader, ref error);
            else if ((isEnvironment || isFileIds) && reader.TokenType != JsonTokenType.Null)
                error = TcbError.InvalidArgument(isEnvironment ? "env is no string" : "fileid_list is no array");

            reader.Skip();
        }

        return new DeleteBody(environment, fileIds ?? [], error ?? Check(environment, fileIds));
    }

    private static List<string> ReadList(ref Utf8JsonReader reader, ref TcbError? error)
    {
        List<string> fileIds = new(MaxFiles);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.String)
                fileIds.Add(reader.GetString()!);
            else
                error = TcbError.InvalidArgument("an entry of fileid_list is no string");

            reader.Skip();
        }

        return fileIds;
    }

    private static TcbError? Check(string? environment, List<string>? fileIds)
    {
        if (string.IsNullOrEmpty(environment))
            return TcbError.MissingParameter("env");

        if (fileIds is null)
            return TcbError.MissingParameter("fileid_list");

        if (fileIds.Count == 0)
            return TcbError.InvalidArgument("fileid_list is empty");

        if (fileIds.Count > MaxFiles)
            return TcbError.InvalidArgument("fileid_list has more than 50 entries");

        // Undocumented; the emulator is strict, since no client should depend on it.
        if (new HashSet<string>(fileIds, StringComparer.Ordinal).Count < fileIds.Count)
            return TcbError.InvalidArgument("fileid_list has a duplicate");

        return fileIds.TrueForAll(static fileId => CloudPath.TryParse(fileId, out _)) ? null : TcbError.InvalidArgument("malformed fileid");
    }
}
