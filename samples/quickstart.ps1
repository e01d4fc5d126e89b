<#
.SYNOPSIS
Looks up the cloud files of a list, does a dry run, deletes the files, and writes the IDs that failed to a second list.

.DESCRIPTION
Runs unchanged in Windows PowerShell 5.1 and in PowerShell 7. `dotnet run --project samples/Quickstart` runs it against an emulator.

The list beside the script belongs to an environment that exists only in the emulator (src/TcbEmulator).

.EXAMPLE
./samples/quickstart.ps1 -Endpoint http://127.0.0.1:8080 -EnvironmentId test2-4a89da -AccessToken emulator-access-token
#>
#Requires -Modules TcbPowerShell
[CmdletBinding()]
param(
    [Parameter(Mandatory = $true)]
    [uri] $Endpoint,

    [Parameter(Mandatory = $true)]
    [string] $EnvironmentId,

    # A SecureString or a string.
    [Parameter(Mandatory = $true)]
    [object] $AccessToken,

    [string] $List = [IO.Path]::Combine($PSScriptRoot, 'quickstart-ids.txt'),

    # The IDs that could not be removed, one per line, for another run.
    [string] $RetryList = [IO.Path]::Combine($PSScriptRoot, 'retry.txt')
)

# The texts; zh/quickstart.psd1 has the Chinese ones.
$words = @{
    Connect   = '1. Connect'
    LookUp    = '2. Look up: the service says which files exist; nothing is changed'
    Found     = '   {0} files exist, {1} do not. There are {2} results: an ID that is twice in the list has two.'
    Links     = '   Each result has a download link, a secret that the view does not show:'
    Rehearse  = '3. Rehearse with -WhatIf, here the first five lines of the list: the IDs are checked, nothing is sent'
    Remove    = '4. Remove: a result for each file that is gone (the first ten are shown) ...'
    Errors    = '   ... and an error for each one that is not'
    RetryList = '5. What failed is a list for another try'
    Total     = '{0} removed, {1} failed, see {2}'
}
$translated = $null
Import-LocalizedData translated -FileName quickstart.psd1 -BaseDirectory $PSScriptRoot -ErrorAction SilentlyContinue
if ($translated) { $words = $translated }

# Each table has an Out-Default of its own: where a script emits objects of several kinds, PowerShell shows all but the first as lists.
$words.Connect
Connect-TcbEnvironment $EnvironmentId -AccessToken $AccessToken -Endpoint $Endpoint | Out-Default

$words.LookUp
$found = @(Get-Content $List -Encoding utf8 | Get-TcbCloudFile -ErrorVariable failed -ErrorAction SilentlyContinue)
# The variable holds other errors too, for example invalid IDs: filter by the error ID.
$missing = @($failed | Where-Object { $_.FullyQualifiedErrorId -like 'CloudFileNotFound,*' })
$different = [Collections.Generic.HashSet[string]]::new([string[]] @($found | ForEach-Object { $_.FileId }))
$words.Found -f $different.Count, $missing.Count, $found.Count
$words.Links
$found | Select-Object -First 3 | Out-Default

$words.Rehearse
Get-Content $List -Encoding utf8 -TotalCount 5 | Remove-TcbCloudFile -WhatIf

''
$words.Remove
# The list is streamed and may be of any length. The errors are shown below; without -ErrorAction they would appear as they occur.
$stopped = $null
$shown = 0
try {
    Get-Content $List -Encoding utf8 |
        Remove-TcbCloudFile -OutVariable removed -ErrorVariable failed -ErrorAction SilentlyContinue |
        ForEach-Object { if (++$shown -le 10) { $_ } } |
        Out-Default
}
catch {
    # Nothing more could succeed (token refused, quota spent, network gone): the message says how to go on.
    $stopped = $_
}

$words.Errors
# If a run ends early, the variable also holds an exception of PowerShell's own.
$failed = @($failed | Where-Object { $_ -is [Management.Automation.ErrorRecord] })
$failed | ForEach-Object { '{0,-22} {1}' -f $_.FullyQualifiedErrorId.Split(',')[0], $_ }

''
$words.RetryList
$failed | ForEach-Object { $_.TargetObject } | Set-Content $RetryList -Encoding utf8
$words.Total -f $removed.Count, $failed.Count, $RetryList

Disconnect-TcbEnvironment
if ($stopped) { throw $stopped }
