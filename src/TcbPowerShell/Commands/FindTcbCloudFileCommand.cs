using System.Globalization;
using System.Management.Automation;
using TcbPowerShell.Client;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Client.Storage;
using TcbPowerShell.Commands;
using TcbPowerShell.Resources;

namespace TcbPowerShell;

/// <summary>Lists the files of an environment, and emits one object with its length and age for each.</summary>
[Cmdlet(VerbsCommon.Find, "TcbCloudFile", DefaultParameterSetName = PrefixSet, HelpUri = HelpPage.Folder + "Find-TcbCloudFile.md")]
[OutputType(typeof(CloudFileInfo))]
public sealed class FindTcbCloudFileCommand : PSCmdlet, IDisposable
{
    private const string PrefixSet = "Prefix";
    private const string AllSet = "All";

    private static readonly char[] Wildcards = ['*', '?'];

    private ForegroundContext? _context;
    private TcbEnvironment? _environment;
    private FindProgress? _progress;
    private long _listed;
    private long _found;
    private int _lastPage;

    /// <summary>The beginning of the keys (<c>tmp/</c>) or of whole IDs, literally. A file whose key begins with several of them is listed once.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PrefixSet)]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    [ArgumentCompleter(typeof(NoCompleter))]
    public string?[]? Prefix { get; set; }

    /// <summary>Lists the whole bucket.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AllSet)]
    public SwitchParameter All { get; set; }

    /// <summary>Only files that were last written before this time. A time without an offset is local.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(NoCompleter))]
    public DateTimeOffset LastModifiedBefore { get; set; } = DateTimeOffset.MaxValue;

    /// <summary>Only files that were last written after this time. A time without an offset is local.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(NoCompleter))]
    public DateTimeOffset LastModifiedAfter { get; set; } = DateTimeOffset.MinValue;

    /// <summary>Also the empty objects that are the folders made in the console.</summary>
    [Parameter]
    public SwitchParameter IncludeFolder { get; set; }

    /// <summary>The connection; this runspace's default if none is given.</summary>
    [Parameter]
    [ValidateNotNull]
    [TypedArgument(typeof(TcbEnvironment))]
    [ArgumentCompleter(typeof(ConnectionCompleter))]
    public TcbEnvironment? Environment { get; set; }

    /// <summary>The maximum number of retries for each request, 0 to 100. The default is 5. Throttled requests do not count.</summary>
    [Parameter]
    [TypedArgument(typeof(int))]
    [ValidateRange(0, 100)]
    [ArgumentCompleter(typeof(NoCompleter))]
    public int MaximumRetryCount { get; set; } = 5;

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        _environment = Environment ?? DefaultConnection.Current;
        if (_environment is null or { IsDryRun: true }) ThrowTerminatingError(ErrorRecords.NotConnected(this, _environment));
        string[] prefixes = All ? [string.Empty] : ReadPrefixes();
        _progress = new FindProgress(this, _environment!);
        _context = new ForegroundContext(this, Preferences.IsDebugging(this), keepsWarnings: false);
        try
        {
            var calls = new PatientCaller(_environment!, RetryPolicy.Create(MaximumRetryCount), _context);
            var listing = new CloudFileListing(_environment!, calls);
            _context.Run(context => listing.ListAsync(prefixes, page => context.OnPipelineThreadAsync(() => Write(page))));
            WarnOfEmptyListing(prefixes);
        }
        catch (TcbException e)
        {
            ThrowTerminatingError(ErrorRecords.ListingEnded(e, _environment!, prefixes, _found));
        }
        finally
        {
            _progress.Complete();
        }
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _context?.Stop();

    /// <summary>Ends a call that is still under way. If a consumer stops the pipeline, PowerShell calls only this.</summary>
    public void Dispose() => _context?.Dispose();

    private string[] ReadPrefixes()
    {
        string?[] prefixes = Prefix is { Length: > 0 } given ? given : [null];
        foreach (string? prefix in prefixes)
        {
            if (KeyPrefix.FindProblem(prefix, _environment!.EnvironmentId) is { } problem) ThrowTerminatingError(ErrorRecords.InvalidPrefix(prefix, problem));
        }
        return prefixes!;
    }

    // Names the usual misunderstandings, because an empty listing says nothing itself. If files were found, the prefix was right: a key may contain any of
    // these characters.
    private void WarnOfEmptyListing(string[] prefixes)
    {
        if (_listed > 0) return;
        if (Array.Find(prefixes, prefix => prefix.IndexOfAny(Wildcards) >= 0) is { } pattern) Warn(nameof(Messages.PrefixIsLiteral), pattern);
        if (Array.Find(prefixes, prefix => prefix.Contains('\\') || prefix.StartsWith("./", StringComparison.Ordinal)) is { } path)
            Warn(nameof(Messages.PrefixIsNoLocalPath), path);

        void Warn(string text, string prefix) => WriteWarning(new UserText(text, prefix).Format(CultureInfo.CurrentUICulture));
    }

    private string Write(FoundPage page)
    {
        if (page.Number != _lastPage)
        {
            _lastPage = page.Number;
            Preferences.WriteVerbose(this, new UserText(nameof(Messages.VerbosePage), page.Number, page.Size, page.Duration.TotalMilliseconds).Format(CultureInfo.CurrentUICulture));
        }
        foreach (FoundFile file in page.Files) Write(file);
        return string.Empty;
    }

    private void Write(FoundFile file)
    {
        _listed++;
        if (file.IsFolder && !IncludeFolder) return;
        CloudFileInfo info = file.Info;
        if (info.LastModified >= LastModifiedBefore && MyInvocation.BoundParameters.ContainsKey(nameof(LastModifiedBefore))) return;
        if (info.LastModified <= LastModifiedAfter && MyInvocation.BoundParameters.ContainsKey(nameof(LastModifiedAfter))) return;
        if (file.Problem is { } problem)
        {
            WriteError(ErrorRecords.KeyIsNoFileId(info.Key, problem));
            return;
        }
        _found++;
        _progress!.Add(info.Length);
        WriteObject(info);
    }
}
