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

# Each table has an Out-Default of its own: where a script emits objects of several kinds, PowerShell shows all but the first as lists.
'1. Connect'
Connect-TcbEnvironment $EnvironmentId -AccessToken $AccessToken -Endpoint $Endpoint | Out-Default

'2. Look up: the service says which files exist; nothing is changed'
$found = @(Get-Content $List -Encoding utf8 | Get-TcbCloudFile -ErrorVariable failed -ErrorAction SilentlyContinue)
# The variable holds other errors too, for example invalid IDs: filter by the error ID.
$missing = @($failed | Where-Object { $_.FullyQualifiedErrorId -like 'CloudFileNotFound,*' })
"   $($found.Count) files exist, $($missing.Count) do not. Each result has a download link, a secret that the view does not show:"
$found | Select-Object -First 3 | Out-Default

'3. Rehearse with -WhatIf, here the first five lines of the list: the IDs are checked, nothing is sent'
Get-Content $List -Encoding utf8 -TotalCount 5 | Remove-TcbCloudFile -WhatIf

''
'4. Remove: a result for each file that is gone (the first ten are shown) ...'
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

'   ... and an error for each one that is not'
# If a run ends early, the variable also holds an exception of PowerShell's own.
$failed = @($failed | Where-Object { $_ -is [Management.Automation.ErrorRecord] })
$failed | ForEach-Object { '{0,-22} {1}' -f $_.FullyQualifiedErrorId.Split(',')[0], $_ }

''
'5. What failed is a list for another try'
$failed | ForEach-Object { $_.TargetObject } | Set-Content $RetryList -Encoding utf8
"$($removed.Count) removed, $($failed.Count) failed, see $RetryList"

Disconnect-TcbEnvironment
if ($stopped) { throw $stopped }
