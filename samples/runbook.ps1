<#
.SYNOPSIS
Deletes the cloud files of a list, unattended. The exit code says how it went: 0 all are gone, 1 some failed, 2 it ended early.

.DESCRIPTION
The connection comes from environment variables, TCB_ENVIRONMENT_ID, and TCB_APP_ID with TCB_APP_SECRET, or TCB_ACCESS_TOKEN; or it is given
as -Environment.

Each answer is recorded in the journal, so after exit code 2, a crash or a reboot the same command goes on from there and sends nothing twice
that is known to be gone. What failed for good stands in the retry list. Only one run at a time can write to a journal.

.EXAMPLE
./samples/runbook.ps1 -List ids.txt
#>
#Requires -Modules TcbPowerShell
[CmdletBinding()]
param(
    # One file ID a line, UTF-8.
    [Parameter(Mandatory = $true)]
    [string] $List,

    [string] $Journal = "$List.journal.jsonl",

    [string] $RetryList = "$List.retry.txt",

    [string] $Log = "$List.log",

    [ValidateRange(1, 64)]
    [int] $ThrottleLimit = 5,

    # A file that does not exist is gone, and no failure: where the journal of an earlier run is lost.
    [switch] $IgnoreMissing,

    # A connection, in place of the one that the environment variables describe.
    [object] $Environment,

    # Another address of the service, or the emulator's.
    [uri] $Endpoint
)

# A mistake in this script ends it; a file that fails must not, hence the ErrorAction below.
$ErrorActionPreference = 'Stop'

function Write-Log([string] $Text) {
    $line = '{0:yyyy-MM-ddTHH:mm:ssZ} {1}' -f [DateTime]::UtcNow, $Text
    Add-Content $Log $line -Encoding utf8
    $line
}

$summary = @()
$exitCode = 0
try {
    $where = if ($Endpoint) { @{ Endpoint = $Endpoint } } else { @{} }
    if (-not $Environment) { $Environment = Connect-TcbEnvironment -EnvironmentVariable @where }
    Write-Log "START $List in $Environment through $($Environment.Endpoint), journal $Journal"
    $how = @{ Environment = $Environment; JournalPath = $Journal; ThrottleLimit = $ThrottleLimit; IgnoreMissing = $IgnoreMissing }
    Get-Content $List -Encoding utf8 |
        Remove-TcbCloudFile @how -InformationVariable summary -ErrorVariable failed -ErrorAction SilentlyContinue |
        Out-Null
}
catch {
    Write-Log "ENDED EARLY $($_.FullyQualifiedErrorId.Split(',')[0]): $_"
    $exitCode = 2
}

# In a run that ended early the variable holds the engine's own exception too; a file's error names its file.
$failed = @($failed | Where-Object { $_.TargetObject -is [string] })
$failed | Group-Object { $_.FullyQualifiedErrorId.Split(',')[0] } | ForEach-Object {
    Write-Log "FAILED $($_.Count) $($_.Name), the first: $($_.Group[0])"
}
# Each time anew: an empty one says that nothing failed. After an early end it is not all that is left, and that of the run before may be needed.
if ($exitCode -ne 2) { Set-Content $RetryList @($failed | ForEach-Object { $_.TargetObject }) -Encoding utf8 }
# What the run says of itself. There is nothing if it did not begin: no connection, or a journal that cannot be opened.
foreach ($run in $summary | ForEach-Object { $_.MessageData }) {
    foreach ($outcome in 'Removed', 'AlreadyGone', 'PreviouslyRemoved') { Write-Log "$outcome $([int] $run.Outcomes[$outcome])" }
    Write-Log "SUMMARY failed $($run.Failed), open $($run.Open), skipped $($run.Skipped), requests $($run.Requests), retries $($run.Retries), throttled for $($run.TimeThrottled), took $($run.Duration)"
}
if ($exitCode -eq 0 -and $failed) { $exitCode = 1 }
Write-Log "END exit code $exitCode"
exit $exitCode
