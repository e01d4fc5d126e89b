<#
.SYNOPSIS
Checks with your account whether Find-TcbCloudFile works for your credential, and writes a report that you can post. Changes nothing, unless you
name files to delete.

.DESCRIPTION
Find-TcbCloudFile relies on facts that no official page promises. This script checks them: whether your credential can list files, whether the
file IDs built from the listing exist, how pages follow one another, and whether the call that asks for the form of an ID leaves anything behind.

It prints what it will do first. The report contains no token, no key, no file name and no environment ID.

.EXAMPLE
Connect-TcbEnvironment test2-4a89da -Credential (Get-Credential)
./samples/check-listing.ps1

.EXAMPLE
./samples/check-listing.ps1 -RemoveFileId 'cloud://test2-4a89da.7465-test2-4a89da-1258717764/trial-1.txt'

Also deletes this file, which you uploaded for the purpose, and checks that the listing no longer contains it.
#>
[CmdletBinding()]
param(
    # The beginning of the paths to list. The default is the whole bucket.
    [string] $Prefix,

    # The most files to list. More than 1,000 show how a second page follows the first.
    [ValidateRange(1, 1000000)]
    [int] $Most = 2500,

    # Files that you uploaded for this check. They are deleted, and cannot be restored.
    [string[]] $RemoveFileId = @(),

    # The connection. The default is the connection of this session.
    [object] $Environment
)

$ErrorActionPreference = 'Stop'
Import-Module TcbPowerShell
if (-not $Environment) { $Environment = Get-TcbEnvironment }
$where = if ($Prefix) { @{ Prefix = $Prefix } } else { @{ All = $true } }
$where.Environment = $Environment

@(
    'This script will, with your account:'
    '1. call uploadfile once. It asks for a signature and uploads nothing.'
    "2. list at most $Most files$(if ($Prefix) { ' below the prefix' })."
    '3. look up at most 50 of them.'
    '4. list the path that uploadfile was called with, and expect no file there.'
    if ($RemoveFileId) { "5. DELETE the files that you named: $($RemoveFileId -join ', ')" } else { '5. delete nothing.' }
    ''
) | Write-Output

$report = New-Object System.Collections.Generic.List[string]
function Add-Finding([string] $Question, [string] $Answer) { $report.Add(('{0,-52} {1}' -f $Question, $Answer)) }
# Only the error ID and the code: a message may contain a file name.
function Get-Reason($Record) {
    $code = if ($Record.Exception.PSObject.Properties['ErrorCode'] -and $null -ne $Record.Exception.ErrorCode) { ", errcode $($Record.Exception.ErrorCode)" }
    $http = if ($Record.Exception.PSObject.Properties['HttpStatus'] -and $null -ne $Record.Exception.HttpStatus) { ", HTTP $([int] $Record.Exception.HttpStatus)" }
    "no: $($Record.FullyQualifiedErrorId.Split(',')[0])$code$http"
}

Add-Finding 'Module' (Get-Module TcbPowerShell).Version
Add-Finding 'Authentication' $Environment.Authentication

$files = @()
$pages = @()
$isListed = $false
try {
    $files = @(Find-TcbCloudFile @where -Verbose 4>&1 | ForEach-Object {
        if ($_ -is [Management.Automation.VerboseRecord]) { $pages += $_.Message } else { $_ }
    } | Select-Object -First $Most)
    $isListed = $true
    Add-Finding 'Can this credential list files?' "yes, files: $($files.Count)"
}
catch { Add-Finding 'Can this credential list files?' (Get-Reason $_) }

try {
    if ($isListed) {
        $distinct = @($files | Group-Object FileId -CaseSensitive).Count
        Add-Finding 'Is each file listed once?' $(if ($distinct -eq $files.Count) { 'yes' } else { "no: $($files.Count - $distinct) twice" })
        Add-Finding 'How many requests for pages?' $pages.Count
        Add-Finding 'Do all files have a length, a date and an ETag?' "$(@($files | Where-Object { $_.Length -ge 0 -and $_.LastModified.Year -gt 2000 -and $_.ETag }).Count) of $($files.Count)"
        Add-Finding 'Is the ETag an MD5?' "$(@($files | Where-Object { $_.ETag -match '^[0-9a-fA-F]{32}$' }).Count) of $($files.Count)"

        $some = @($files | Select-Object -First 50)
        $known = @($some | Get-TcbCloudFile -Environment $Environment -ErrorVariable failed -ErrorAction SilentlyContinue)
        Add-Finding 'Do the file IDs exist?' "$($known.Count) of $($some.Count)"
        foreach ($group in @($failed | Where-Object { $_ -is [Management.Automation.ErrorRecord] } | Group-Object { $_.FullyQualifiedErrorId.Split(',')[0] })) {
            Add-Finding '' "$($group.Count) $($group.Name)"
        }

        $left = @(Find-TcbCloudFile tcbpowershell-listing- -Environment $Environment)
        Add-Finding 'Does uploadfile leave nothing behind?' $(if ($left) { "no, files: $($left.Count)" } else { 'yes' })
    }

    if ($RemoveFileId) {
        $removed = @($RemoveFileId | Remove-TcbCloudFile -Environment $Environment -ErrorVariable failed -ErrorAction SilentlyContinue)
        Add-Finding 'Were the named files deleted?' "$($removed.Count) of $($RemoveFileId.Count)"
        $again = @($RemoveFileId | Get-TcbCloudFile -Environment $Environment -ErrorAction SilentlyContinue)
        Add-Finding 'Does a look-up still find them?' $(if ($again) { "yes: $($again.Count)" } else { 'no' })
        if ($isListed) {
            $names = @($RemoveFileId)
            $still = @(Find-TcbCloudFile @where | Where-Object { $names -ccontains $_.FileId })
            Add-Finding 'Does the listing still contain them?' $(if ($still) { "yes: $($still.Count)" } else { 'no' })
        }
    }
}
catch { Add-Finding 'What ended this check?' (Get-Reason $_) }

'Report:'
$report
