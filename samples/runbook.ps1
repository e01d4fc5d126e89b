<#
.SYNOPSIS
Deletes the cloud files of a list, unattended. Exit codes: 0 done, 10 some files failed, 20 run it again later, 30 correct something first.

.DESCRIPTION
The connection comes from the environment variables TCB_ENVIRONMENT_ID, and TCB_ACCESS_TOKEN or TCB_APP_ID with TCB_APP_SECRET, or from
-Environment. With `pwsh -File runbook.ps1 ...` the exit code is

  0  All files are gone.
 10  Some files failed: they are in the retry list, and the log says why. Lines that are not IDs of this environment are not repeated: the log has
     only their numbers. A dry run: some lines are not IDs of this environment.
 20  The run ended early for a reason that may pass, for example a quota, the network or a stop (SIGINT). Run the same command again later.
 30  The same command would fail again. Correct the cause first: no list, an empty one, no line of it an ID of this environment, no module, a wrong
     secret or parameter, a log that cannot be written ...
  1  PowerShell could not start the script (64: there is no such file).

With `pwsh -Command '& ./runbook.ps1 ...; exit $LASTEXITCODE'` the exit codes are the same, except that a script that could not be started gives 0. So
prefer -File, or begin with $ErrorActionPreference = 'Stop'.

The journal records each answer. After 20, a crash or a reboot, the same command resumes from it and skips the files that are removed. After 0 or 10
the job is done, and the journal is closed: renamed with the time and the ID of the run. The same command then starts anew, also for files that were
uploaded again under the same paths. Only one run at a time can use a journal.

The module is that of the session, else the one that is installed, else the one that was built beside this script in its repository.

The times in the log are UTC. It is in the language of the session, if the folder zh lies beside this script. The words in capitals and the error IDs are the same in every language.

A dry run (-WhatIf, or $WhatIfPreference) sends nothing and writes no file; the log lines are its output.

.EXAMPLE
./samples/runbook.ps1 -List ids.txt
#>
[CmdletBinding(SupportsShouldProcess = $true, PositionalBinding = $false)]
param(
    # A UTF-8 file with one file ID per line. (The parameters have no types and none is mandatory: where PowerShell itself refuses an argument, the
    # exit code is 1. They are checked below.)
    [Parameter(Position = 0)]
    [object] $List,

    # The default is the name of the list with .journal.jsonl.
    [object] $Journal,

    # The IDs that failed, one per line. The default is the name of the list with .retry.txt.
    [object] $RetryList,

    # The default is the name of the list with .log.
    [object] $Log,

    # 1 to 64 requests at a time.
    [object] $ThrottleLimit = 5,

    # 0 to 100 retries for each batch.
    [object] $MaximumRetryCount = 5,

    # Missing files are not failures. Use it if the journal of an earlier run is lost, or for a list that runs every night.
    [switch] $IgnoreMissing,

    # An empty list is not an error.
    [switch] $AllowEmpty,

    # A connection to use instead of the environment variables.
    [object] $Environment,

    # Another address of the service, or the address of the emulator.
    [object] $Endpoint,

    # Anything else is a mistake in the command.
    [Parameter(ValueFromRemainingArguments = $true)]
    [object] $Surplus
)

# A mistake in this script ends it; a file that fails does not, hence the ErrorAction below. A warning must not end a run.
$ErrorActionPreference = 'Stop'
$WarningPreference = 'Continue'
$isDryRun = [bool] $WhatIfPreference

# The error IDs of what may pass by itself.
$passing = 'QuotaExhausted', 'ServiceUnreachable', 'ServiceThrottled', 'UnexpectedResponder', 'TokenProviderFailed', 'TokenFileUnavailable'
# The error IDs of lines that are not IDs of this environment. A wrong file may hold anything, also secrets: nothing of its text is repeated.
$refusing = 'InvalidFileId', 'FileInOtherEnvironment'

# The words of the log; zh/runbook.psd1 has the Chinese ones. In both, what stands in braces comes in the same order.
$words = @{
    Closed           = 'the journal of the completed run {0}; new name: {1}'
    Number           = '-{0} takes a number from {1} to {2}.'
    Surplus          = 'These arguments do not belong to any parameter: {0}'
    NoList           = 'There is no list: pass -List.'
    ThreeFiles       = 'The journal, the retry list and the log must be three different files, and the list must not be the journal or the log.'
    ListMissing      = "The list '{0}' does not exist."
    NoModule         = 'The module TcbPowerShell was not found. Install it with ./build.ps1 -Task Install in its repository, or run Import-Module with its path first, for example Import-Module ./output/TcbPowerShell after dotnet build.'
    NoConnection     = '-Environment must be a connection that Connect-TcbEnvironment returned.'
    TwoEndpoints     = '-Environment already has an endpoint: pass either -Environment or -Endpoint.'
    ListEmpty        = "The list '{0}' is empty. If that is expected, pass -AllowEmpty."
    OtherKind        = "None of the {0} lines of '{1}' is a file ID of environment '{2}'."
    Start            = '{0}, lines {1}, SHA-256 {2}, environment {3}, service {4}, journal {5}, user {6}, computer {7}'
    Refused          = '{0} {1}, not sent, lines: {2}'
    Failed           = '{0} {1}, the first: {2}'
    Summary          = 'run {0}, failed {1}, open {2}, skipped {3}, requests {4}, retries {5}, throttled for {6}, took {7}'
    AllOfOtherKind   = "no line of the list is a file ID of environment '{0}'."
    NothingSent      = 'Nothing was sent: according to the journal, an earlier run removed all {0} files. If they were uploaded again, run the same command again: it starts with a new journal.'
    Doubts           = '{0} of the failed files may have been deleted without an answer: run the retry list with -IgnoreMissing.'
    NothingToRetry   = 'There is nothing to retry: correct the lines of the list that were not sent.'
    JournalNotClosed = 'The journal was not renamed: {0}'
    ExitCode         = 'exit code {0}'
}
$translated = $null
Import-LocalizedData translated -FileName runbook.psd1 -BaseDirectory $PSScriptRoot -ErrorAction SilentlyContinue
if ($translated) { foreach ($name in @($words.Keys)) { if ($translated[$name]) { $words[$name] = $translated[$name] } } }

$isLogged = $false
$isStarted = $false
$isOver = $false
$exitCode = 30
$stream = $null
$position = @{ Line = 0 }
$refused = @{}
$failures = @{}
$retry = [Collections.Generic.List[string]]::new()
$summary = @()
$warnings = @()

function Get-Time([string] $Format) { [DateTime]::UtcNow.ToString($Format, [cultureinfo]::InvariantCulture) }

function Write-Entry([string] $Text) {
    $entry = (Get-Time 'yyyy-MM-ddTHH:mm:ssZ') + ' ' + ($Text -replace '[\x00-\x1f\x7f]+', ' ')
    # A run that cannot start leaves nothing behind.
    if ($isLogged -and -not $isDryRun) { Add-Content -LiteralPath $Log -Value $entry -Encoding utf8 }
    $entry
}

function Exit-Run([string] $ErrorId, [string] $Text) {
    throw [Management.Automation.ErrorRecord]::new([InvalidOperationException]::new($Text), $ErrorId, 'InvalidArgument', $null)
}

function Get-ErrorId($ErrorRecord) { $ErrorRecord.FullyQualifiedErrorId.Split(',')[0] }

function Get-FullPath($Path) { $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath("$Path") }

function Read-Number([string] $Name, $Value, [int] $Least, [int] $Most) {
    $number = "$Value" -as [int]
    if ("$Value" -notmatch '^\d+$' -or $null -eq $number -or $number -lt $Least -or $number -gt $Most) {
        Exit-Run InvalidParameter ($words.Number -f $Name, $Least, $Most)
    }
    $number
}

# The module that is installed, else the one that was built beside this script.
function Import-TcbPowerShell {
    try { Import-Module TcbPowerShell }
    catch {
        if ($_.FullyQualifiedErrorId -notlike 'Modules_ModuleNotFound,*') { throw }
        $built = [IO.Path]::Combine($PSScriptRoot, '..', 'output', 'TcbPowerShell', 'TcbPowerShell.psd1')
        # A copy of this script elsewhere must not run code of a folder that is perhaps another user's.
        $isInRepository = [IO.Path]::GetFileName($PSScriptRoot) -eq 'samples'
        if (-not $isInRepository -or -not [IO.File]::Exists($built)) { Exit-Run ModuleMissing $words.NoModule }
        Import-Module $built
    }
}

# The lines of the list as it was when the run began: the file stays open.
function Read-List {
    $null = $stream.Seek(0, 'Begin')
    $reader = [IO.StreamReader]::new($stream, [Text.Encoding]::UTF8)
    $position.Line = 0
    while ($null -ne ($line = $reader.ReadLine())) {
        $position.Line++
        $line
    }
}

# The last line of the journal if that says that its last run was completed: there is nothing to resume.
function Get-CompletedRun {
    if (-not [IO.File]::Exists($Journal)) { return }
    $file = [IO.File]::Open($Journal, 'Open', 'Read', 'ReadWrite, Delete')
    try {
        $null = $file.Seek([Math]::Max(0, $file.Length - 4096), 'Begin')
        $last = [IO.StreamReader]::new($file).ReadToEnd().TrimEnd("`n").Split("`n")[-1]
    }
    finally { $file.Dispose() }
    if ($last -match '"run":\{"id":"([\w-]+)","ended":"Completed"\}\}$') { $Matches[1] }
}

function Close-Journal([string] $RunId) {
    $name = '{0}.{1}-{2}{3}' -f [IO.Path]::GetFileNameWithoutExtension($Journal), (Get-Time 'yyyyMMddTHHmmssZ'), $RunId, [IO.Path]::GetExtension($Journal)
    [IO.File]::Move($Journal, [IO.Path]::Combine([IO.Path]::GetDirectoryName($Journal), $name))
    Write-Entry ('CLOSED ' + ($words.Closed -f $RunId, $name))
}

# How many files of the last run in the journal may have been deleted without an answer.
function Get-DoubtCount {
    $count = 0
    foreach ($line in [IO.File]::ReadLines($Journal)) {
        if ($line.Contains('"run":{') -and $line.Contains('"service":')) { $count = 0 }
        elseif ($line.Contains('"outcomeUnknown":true')) { $count++ }
    }
    $count
}

function Get-EndCode($ErrorRecord) {
    $errorId = Get-ErrorId $ErrorRecord
    # A journal that fails during a run, or that another run uses, is there again later. One that cannot be opened is not.
    $isBusy = $errorId -eq 'JournalUnavailable' -and ($summary -or $ErrorRecord.Exception.Data['EnglishMessage'] -like '*another run is writing to*')
    if ($isBusy -or $passing -contains $errorId) { 20 } else { 30 }
}

try {
    # Their values are not repeated: one may be a secret.
    if ($Surplus) { Exit-Run UnknownParameter ($words.Surplus -f "$($Surplus -match '^-\w+$')") }
    if (-not $List) { Exit-Run ListMissing $words.NoList }
    foreach ($name in 'List', 'Journal', 'RetryList', 'Log') {
        $extension = @{ Journal = '.journal.jsonl'; RetryList = '.retry.txt'; Log = '.log' }[$name]
        $path = Get-Variable $name -ValueOnly
        Set-Variable $name (Get-FullPath $(if ($path) { $path } else { "$List$extension" })) -WhatIf:$false
    }
    if (@($Journal, $RetryList, $Log | Select-Object -Unique).Count -lt 3 -or $Journal, $Log -contains $List) {
        Exit-Run InvalidParameter $words.ThreeFiles
    }
    $ThrottleLimit = Read-Number ThrottleLimit $ThrottleLimit 1 64
    $MaximumRetryCount = Read-Number MaximumRetryCount $MaximumRetryCount 0 100
    if (-not [IO.File]::Exists($List)) { Exit-Run ListMissing ($words.ListMissing -f $List) }

    if (-not (Get-Module TcbPowerShell)) { Import-TcbPowerShell }
    if ($Environment -and $Environment.PSObject.TypeNames -notcontains 'TcbPowerShell.TcbEnvironment') {
        Exit-Run InvalidEnvironment $words.NoConnection
    }
    if ($Environment -and $Endpoint) { Exit-Run InvalidEndpoint $words.TwoEndpoints }
    $where = if ($Endpoint) { @{ Endpoint = $Endpoint } } else { @{} }
    if (-not $Environment) { $Environment = Connect-TcbEnvironment -EnvironmentVariable @where }
    # A dry run may have no connection.
    $environmentId = if ($Environment) { $Environment.EnvironmentId } else { $env:TCB_ENVIRONMENT_ID }
    $ownStart = '^cloud://' + [regex]::Escape($environmentId) + '[./]'

    $stream = [IO.File]::Open($List, 'Open', 'Read', 'Read')
    $hash = [BitConverter]::ToString([Security.Cryptography.SHA256]::Create().ComputeHash($stream)).Replace('-', '').ToLowerInvariant()
    $given = 0
    $own = 0
    Read-List | ForEach-Object {
        if ($_.Trim()) { $given++ }
        if ($_ -cmatch $ownStart) { $own++ }
    }
    if ($given -eq 0 -and -not $AllowEmpty) { Exit-Run ListEmpty ($words.ListEmpty -f $List) }
    if ($given -gt 0 -and $own -eq 0) {
        Exit-Run ListOfOtherKind ($words.OtherKind -f $position.Line, $List, $environmentId)
    }

    $isLogged = $true
    $service = if ($Environment) { $Environment.Endpoint }
    Write-Entry ($(if ($isDryRun) { 'DRY RUN ' } else { 'START ' }) +
        ($words.Start -f $List, $position.Line, $hash, $environmentId, $service, $Journal, [Environment]::UserName, [Environment]::MachineName))
    $isStarted = $true
    $how = @{ JournalPath = $Journal; ThrottleLimit = $ThrottleLimit; MaximumRetryCount = $MaximumRetryCount; IgnoreMissing = $IgnoreMissing }
    if ($Environment) { $how.Environment = $Environment }
    # The run that it records was completed, but something ended this script before it could close the journal.
    $completed = Get-CompletedRun
    if ($completed -and $isDryRun) { $how.Remove('JournalPath') }
    elseif ($completed) { Close-Journal $completed }

    $ended = $null
    try {
        # The cmdlet refuses a line before it reads the next one, so the position is that of the line. Its summary quotes the first errors: not shown.
        Read-List | Remove-TcbCloudFile @how -InformationVariable summary -WarningVariable warnings -ErrorAction Continue 2>&1 6>$null | ForEach-Object {
            if ($_ -isnot [Management.Automation.ErrorRecord]) { return }
            $errorId = Get-ErrorId $_
            if ($refusing -contains $errorId) {
                if (-not $refused[$errorId]) { $refused[$errorId] = [Collections.Generic.List[int]]::new() }
                $refused[$errorId].Add($position.Line)
                return
            }
            if (-not $failures[$errorId]) { $failures[$errorId] = @{ Count = 0; First = "$_" } }
            $failures[$errorId].Count++
            if ($_.TargetObject -is [string] -and $_.TargetObject -cmatch $ownStart) { $retry.Add($_.TargetObject) }
        }
    }
    catch { $ended = $_ }
    # The retry list can be the list itself.
    $stream.Dispose()

    foreach ($warning in $warnings) { Write-Entry "WARNING $warning" }
    $refusedCount = 0
    foreach ($errorId in $refused.Keys | Sort-Object) {
        $numbers = $refused[$errorId]
        $refusedCount += $numbers.Count
        $more = if ($numbers.Count -gt 20) { ' ...' }
        Write-Entry ('REFUSED ' + ($words.Refused -f $numbers.Count, $errorId, "$(($numbers | Select-Object -First 20) -join ', ')$more"))
    }
    foreach ($errorId in $failures.Keys | Sort-Object) {
        Write-Entry ('FAILED ' + ($words.Failed -f $failures[$errorId].Count, $errorId, $failures[$errorId].First))
    }

    # The summary of the run. There is none if it did not begin, for example because the journal cannot be opened.
    $run = $summary | ForEach-Object { $_.MessageData } | Select-Object -Last 1
    if ($run) {
        foreach ($outcome in 'Removed', 'AlreadyGone', 'PreviouslyRemoved') { Write-Entry "$outcome $([int] $run.Outcomes[$outcome])" }
        if ($isDryRun) { Write-Entry "WOULD REMOVE $([int] $run.WouldProcess[$environmentId])" }
        Write-Entry ('SUMMARY ' +
            ($words.Summary -f $run.RunId, $run.Failed, $run.Open, $run.Skipped, $run.Requests, $run.Retries, $run.TimeThrottled, $run.Duration))
    }

    if ($ended) {
        $exitCode = Get-EndCode $ended
        # The retry list would be incomplete, and the previous one may be needed.
        Write-Entry "ENDED EARLY $(Get-ErrorId $ended): $ended"
    }
    elseif ($given -gt 0 -and $refusedCount -eq $given) {
        Write-Entry ('ENDED ListOfOtherKind: ' + ($words.AllOfOtherKind -f $environmentId))
    }
    else {
        $exitCode = if ($retry.Count -or $failures.Count -or $refusedCount) { 10 } else { 0 }
        $previously = [int] $run.Outcomes['PreviouslyRemoved']
        if ($previously -gt 0 -and $previously -eq $given - $refusedCount) {
            Write-Entry ('WARNING ' + ($words.NothingSent -f $previously))
        }
        if (-not $isDryRun) {
            # Written anew each time: an empty one says that nothing failed.
            [IO.File]::WriteAllLines($RetryList, $retry)
            $doubts = if ($retry.Count) { Get-DoubtCount } else { 0 }
            if ($doubts) { Write-Entry ('WARNING ' + ($words.Doubts -f $doubts)) }
            if ($refusedCount -and -not $failures.Count) { Write-Entry ('WARNING ' + $words.NothingToRetry) }
            # Not the journal of another runbook that has begun meanwhile. If it cannot be renamed, the next start does it.
            try { if ((Get-CompletedRun) -eq $run.RunId) { Close-Journal $run.RunId } }
            catch { Write-Entry ('WARNING ' + ($words.JournalNotClosed -f $_)) }
        }
    }
    Write-Entry ('END ' + ($words.ExitCode -f $exitCode))
    $isOver = $true
}
catch {
    $isOver = $true
    $exitCode = Get-EndCode $_
    $text = "$(if ($isStarted) { 'FAILED' } else { 'NOT STARTED' }) $(Get-ErrorId $_): $_ ($($words.ExitCode -f $exitCode))"
    # If it is the log that fails, the output is left.
    try { Write-Entry $text } catch { $text }
}
finally {
    if ($stream) { $stream.Dispose() }
    # After Ctrl+C or SIGINT nothing but this block runs, and a process would end with 0. At a prompt the session goes on.
    if (-not $isOver) {
        $arguments = [Environment]::GetCommandLineArgs()
        $isProcess = $arguments -match '^[-/](f(i(l(e)?)?)?|c(o.*|wa)?|e(c|n.*)?)$|\.ps1$' -and -not ($arguments -match '^[-/]noe')
        if ($Host.Name -eq 'ConsoleHost' -and $isProcess) { $Host.SetShouldExit(20) }
        # Nothing can be written to the output any more.
        try { $null = Write-Entry "STOPPED ($($words.ExitCode -f 20))" } catch { $null = $_ }
    }
}
exit $exitCode
