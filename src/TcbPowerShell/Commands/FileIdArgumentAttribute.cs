using System.Collections;
using System.Management.Automation;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace TcbPowerShell.Commands;

/// <summary>
/// Takes file IDs verbatim. PowerShell would turn any object into some text and call that an ID; this lets strings through, takes them from an
/// object's FileId or Id property (or a hashtable's key), and remembers an object that has neither, so that the cmdlet can say so.
/// </summary>
internal sealed class FileIdArgumentAttribute : ArgumentTransformationAttribute
{
    // Lists of lists come from databases; one that contains itself must come to an end.
    private const int MaxDepth = 8;

    // The object in the pipeline; FileId may hold only what a script block made of it. The property is not public in any version of PowerShell.
    private static readonly PropertyInfo? CurrentObject = typeof(Cmdlet).GetProperty("CurrentPipelineObject", BindingFlags.Instance | BindingFlags.NonPublic);

    // The values of the parameter are strings. The ID of a listed file, and the type name of an object without an ID, become new strings, and this table
    // leads from each of these instances to the file or the object. An equal string has no origin.
    private static readonly ConditionalWeakTable<string, object> Origins = new();

    /// <summary>Whether <see cref="ListedFileOf"/> is wanted.</summary>
    public bool KeepsListedFiles { get; set; }

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = Unwrap(inputData);
        if (value is (null or string or string[])) return value;
        var entries = new List<string?>();
        Collect(inputData, entries);
        return entries.ToArray();
    }

    /// <summary>The object without a file ID that a value of the parameter stands for; null if the value is an ID.</summary>
    internal static ForeignObject? ForeignObjectOf(string entry) => Origins.TryGetValue(entry, out object? origin) ? origin as ForeignObject : null;

    /// <summary>The listed file that an ID came in, as an argument or from the pipeline, by itself or in an array; null if it came in anything else.</summary>
    /// <param name="entry">A value of the parameter.</param>
    /// <param name="cmdlet">The cmdlet, in ProcessRecord: its script block may have taken the ID from the object in the pipeline.</param>
    internal static CloudFileInfo? ListedFileOf(string entry, PSCmdlet cmdlet)
    {
        if (Origins.TryGetValue(entry, out object? origin)) return origin as CloudFileInfo;
        return Unwrap(PipelineObject(cmdlet)) is CloudFileInfo piped && piped.FileId == entry ? piped : null;
    }

    /// <summary>The object that the cmdlet gets from the pipeline at the moment; only in ProcessRecord.</summary>
    internal static object? PipelineObject(PSCmdlet cmdlet) => CurrentObject?.GetValue(cmdlet);

    /// <summary>The names of an object's properties; empty for a string and for nothing.</summary>
    internal static string PropertiesOf(object? item) => Unwrap(item) is { } value and not string ? string.Join(", ", Names(item!, value)) : string.Empty;

    private void Collect(object? item, List<string?> entries, int depth = 0)
    {
        object? value = Unwrap(item);
        if (value is null or string) entries.Add((string?)value);
        else if (KeepsListedFiles && value is CloudFileInfo file) entries.Add(Keep(file.FileId, file));
        // The property first: an XML node has attributes and can be enumerated as well.
        else if (FindProperty(item!) is { } found) entries.AddRange(found);
        // PowerShell's own rule: a string, a dictionary and an XML node are not lists.
        else if (depth < MaxDepth && LanguagePrimitives.GetEnumerable(value) is { } items)
        {
            int before = entries.Count;
            foreach (object? element in items) Collect(element, entries, depth + 1);
            // An empty list is one entry without an ID.
            if (entries.Count == before) entries.Add(null);
        }
        else entries.Add(Keep(value.GetType().ToString(), new ForeignObject(value.GetType().ToString(), string.Join(", ", Names(item!, value)))));
    }

    private static string Keep(string text, object origin)
    {
        string entry = new(text.ToCharArray());
        Origins.Add(entry, origin);
        return entry;
    }

    private static IEnumerable<string> Names(object item, object value) => value is IDictionary keys
        ? keys.Keys.Cast<object>().Select(key => key.ToString() ?? string.Empty)
        : PSObject.AsPSObject(item).Properties.Select(property => property.Name);

    // Null if there is no such property, or if it holds no strings. A property that is null is one entry without an ID.
    private static IEnumerable<string?>? FindProperty(object item)
    {
        try
        {
            if (!TryGet(item, "FileId", out object? found) && !TryGet(item, "Id", out found)) return null;
            return Unwrap(found) switch
            {
                null => [null],
                string text => [text],
                IEnumerable<string?> texts => texts,
                object?[] list when Array.TrueForAll(list, element => Unwrap(element) is null or string) => list.Select(element => (string?)Unwrap(element)),
                _ => null,
            };
        }
        catch (GetValueException)
        {
            return null;
        }
    }

    private static bool TryGet(object item, string name, out object? found)
    {
        if (Unwrap(item) is IDictionary keys)
        {
            // Searches all keys, because not every dictionary ignores case.
            object? key = keys.Keys.Cast<object>().FirstOrDefault(key => string.Equals(key as string, name, StringComparison.OrdinalIgnoreCase));
            found = key is null ? null : keys[key];
            return key is not null;
        }
        PSPropertyInfo? property = PSObject.AsPSObject(item).Properties[name];
        found = property?.Value;
        return property is not null;
    }

    private static object? Unwrap(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    /// <summary>An object that has no file ID.</summary>
    /// <param name="TypeName">Its type.</param>
    /// <param name="Properties">The names of its properties. Their values may hold secrets.</param>
    internal sealed record ForeignObject(string TypeName, string Properties);
}
