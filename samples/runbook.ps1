<#
.SYNOPSIS
Deletes the cloud files of a list, unattended. Exit codes: 0 all files are gone, 1 some failed, 2 the run ended early, 3 the command cannot succeed.

.DESCRIPTION
The connection comes from the environment variables TCB_ENVIRONMENT_ID and TCB_APP_ID with TCB_APP_SECRET or TCB_ACCESS_TOKEN, or from -Environment.

The journal records each answer. After exit code 2, a crash or a reboot, the same command resumes the run and skips files that are already removed.
After exit code 3, the same command would fail again: correct the cause first. The retry list contains the IDs that failed. Only one run at a time
can use a journal.

.EXAMPLE
./samples/runbook.ps1 -List ids.txt
#>
#Requires -Modules TcbPowerShell
[CmdletBinding()]
param(
    # A UTF-8 file with one file ID per line.
    [Parameter(Mandatory = $true)]
    [string] $List,

    [string] $Journal = "$List.journal.jsonl",

    [string] $RetryList = "$List.retry.txt",

    [string] $Log = "$List.log",

    [ValidateRange(1, 64)]
    [int] $ThrottleLimit = 5,

    # Missing files are not failures. Use it if the journal of an earlier run is lost.
    [switch] $IgnoreMissing,

    # A connection to use instead of the environment variables.
    [object] $Environment,

    # Another address of the service, or the address of the emulator.
    [uri] $Endpoint
)

# A mistake in this script ends it; a file that fails must not, hence the ErrorAction below.
$ErrorActionPreference = 'Stop'

# What ends a run and may pass by itself. With anything else, for example a wrong secret, the same command would fail again.
$passing = 'QuotaExhausted', 'ServiceUnreachable', 'ServiceThrottled', 'UnexpectedResponder', 'TokenProviderFailed', 'TokenFileUnavailable', 'JournalUnavailable'

$summary = @()
$failed = @()
$exitCode = 0
$isStarted = $false

function Write-Entry([string] $Text) {
    $line = '{0:yyyy-MM-ddTHH:mm:ssZ} {1}' -f [DateTime]::UtcNow, $Text
    # A run that cannot start leaves nothing behind.
    if ($isStarted) { Add-Content -LiteralPath $Log -Value $line -Encoding utf8 }
    $line
}

try {
    $null = Get-Content -LiteralPath $List -TotalCount 1
    $where = if ($Endpoint) { @{ Endpoint = $Endpoint } } else { @{} }
    if (-not $Environment) { $Environment = Connect-TcbEnvironment -EnvironmentVariable @where }
    $isStarted = $true
    Write-Entry "START $List in $Environment through $($Environment.Endpoint), journal $Journal"
    $how = @{ Environment = $Environment; JournalPath = $Journal; ThrottleLimit = $ThrottleLimit; IgnoreMissing = $IgnoreMissing }
    Get-Content -LiteralPath $List -Encoding utf8 |
        Remove-TcbCloudFile @how -InformationVariable summary -ErrorVariable failed -ErrorAction SilentlyContinue |
        Out-Null
}
catch {
    $errorId = $_.FullyQualifiedErrorId.Split(',')[0]
    $exitCode = if ($passing -contains $errorId) { 2 } else { 3 }
    Write-Entry "$(if ($isStarted) { 'ENDED EARLY' } else { 'NOT STARTED' }) ${errorId}: $_"
}
if (-not $isStarted) { exit $exitCode }

# If a run ends early, the variable also holds an exception of PowerShell's own.
$failed = @($failed | Where-Object { $_ -is [Management.Automation.ErrorRecord] })
$failed | Group-Object { $_.FullyQualifiedErrorId.Split(',')[0] } | ForEach-Object {
    Write-Entry "FAILED $($_.Count) $($_.Name), the first: $($_.Group[0])"
}
# Written anew each time: an empty one says that nothing failed. After an early end it would be incomplete, and the previous one may be needed.
if ($exitCode -eq 0) { Set-Content -LiteralPath $RetryList -Value @($failed | ForEach-Object { $_.TargetObject }) -Encoding utf8 }
# What the run says of itself. There is nothing if it did not begin: no connection, or a journal that cannot be opened.
foreach ($run in $summary | ForEach-Object { $_.MessageData }) {
    foreach ($outcome in 'Removed', 'AlreadyGone', 'PreviouslyRemoved') { Write-Entry "$outcome $([int] $run.Outcomes[$outcome])" }
    Write-Entry "SUMMARY failed $($run.Failed), open $($run.Open), skipped $($run.Skipped), requests $($run.Requests), retries $($run.Retries), throttled for $($run.TimeThrottled), took $($run.Duration)"
}
if ($exitCode -eq 0 -and $failed) { $exitCode = 1 }
Write-Entry "END exit code $exitCode"
exit $exitCode
