using System.Text.Json;

namespace TcbPowerShell.Emulation;

/// <summary>The body of a call that takes a list of files: what could be read of it, and what is wrong with it.</summary>
internal readonly record struct FileCallBody(string? Environment, IReadOnlyList<FileOrder> Files, TcbError? Error)
{
    /// <summary>The most files in one request.</summary>
    public const int MaxFiles = 50;

    public static FileCallBody Read(ReadOnlySpan<byte> body, RequestKind kind)
    {
        if (JsonBody.Check(body) is { } unreadable)
            return new FileCallBody(null, [], unreadable);

        string list = kind == RequestKind.Delete ? "fileid_list" : "file_list";
        string? environment = null;
        List<FileOrder>? files = null;
        TcbError? error = null;
        var reader = new Utf8JsonReader(body);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isEnvironment = reader.ValueTextEquals("env"u8);
            bool isList = reader.ValueTextEquals(list);
            reader.Read();
            if (isEnvironment && reader.TokenType == JsonTokenType.String)
                environment = reader.GetString();
            else if (isList && reader.TokenType == JsonTokenType.StartArray)
                files = ReadList(ref reader, kind, ref error);
            else if ((isEnvironment || isList) && reader.TokenType != JsonTokenType.Null)
                error = TcbError.InvalidArgument(isEnvironment ? "env is no string" : list + " is no array");

            reader.Skip();
        }

        return new FileCallBody(environment, files ?? [], error ?? Check(environment, files, list));
    }

    private static List<FileOrder> ReadList(ref Utf8JsonReader reader, RequestKind kind, ref TcbError? error)
    {
        List<FileOrder> files = new(MaxFiles);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (kind == RequestKind.Delete && reader.TokenType == JsonTokenType.String)
                files.Add(new FileOrder(reader.GetString()!, MaxAge: 0));
            else if (kind == RequestKind.Lookup && reader.TokenType == JsonTokenType.StartObject)
                files.Add(ReadOrder(ref reader, ref error));
            else
                error = TcbError.InvalidArgument(kind == RequestKind.Delete ? "an entry of fileid_list is no string" : "an entry of file_list is no object");

            reader.Skip();
        }

        return files;
    }

    private static FileOrder ReadOrder(ref Utf8JsonReader reader, ref TcbError? error)
    {
        string? fileId = null;
        int? maxAge = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isFileId = reader.ValueTextEquals("fileid"u8);
            bool isMaxAge = reader.ValueTextEquals("max_age"u8);
            reader.Read();
            if (isFileId && reader.TokenType == JsonTokenType.String)
                fileId = reader.GetString();
            else if (isMaxAge && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int seconds) && seconds > 0)
                maxAge = seconds;
            else if ((isFileId || isMaxAge) && reader.TokenType != JsonTokenType.Null)
                error = TcbError.InvalidArgument(isFileId ? "fileid is no string" : "max_age is no positive whole number");

            reader.Skip();
        }

        if (fileId is null || maxAge is null)
            error ??= TcbError.MissingParameter(fileId is null ? "fileid" : "max_age");

        return new FileOrder(fileId ?? "", maxAge ?? 0);
    }

    private static TcbError? Check(string? environment, List<FileOrder>? files, string list)
    {
        if (string.IsNullOrEmpty(environment))
            return TcbError.MissingParameter("env");

        if (files is null)
            return TcbError.MissingParameter(list);

        if (files.Count == 0)
            return TcbError.InvalidArgument(list + " is empty");

        if (files.Count > MaxFiles)
            return TcbError.InvalidArgument(list + " has more than 50 entries");

        // Undocumented; the emulator is strict, since no client should depend on it.
        if (files.DistinctBy(file => file.FileId, StringComparer.Ordinal).Count() < files.Count)
            return TcbError.InvalidArgument(list + " has a duplicate");

        return files.TrueForAll(static file => CloudPath.TryParse(file.FileId, out _)) ? null : TcbError.InvalidArgument("malformed fileid");
    }
}
