<#
.SYNOPSIS
Checks with your account whether Find-TcbCloudFile works for your credential, and writes a report that you can post. Changes nothing, unless you
name files to delete.

.DESCRIPTION
Find-TcbCloudFile relies on facts that no official page promises. This script checks them: whether your credential can list files, whether the
file IDs built from the listing exist, how pages follow one another, and whether the call that asks for the form of an ID leaves anything behind.

It prints what it will do first. The report contains no token, no key, no file name and no environment ID.

The module is that of the session, else the one that is installed, else the one that was built beside this script in its repository. The texts are in the
language of the session, if the folder zh lies beside this script.

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

# The texts; zh/check-listing.psd1 has the Chinese ones. In both, what stands in braces comes in the same order.
$words = @{
    NoModule       = 'The module TcbPowerShell was not found. Nothing was done. Install it with ./build.ps1 -Task Install in its repository, or run Import-Module with its path first, for example Import-Module ./output/TcbPowerShell after dotnet build.'
    Plan           = 'This script will, with your account:'
    PlanUpload     = '1. call uploadfile once. It asks for a signature and uploads nothing.'
    PlanList       = '2. list at most {0} files.'
    PlanListBelow  = '2. list at most {0} files below the prefix.'
    PlanLookUp     = '3. look up at most 50 of them.'
    PlanListUpload = '4. list the path that uploadfile was called with, and expect no file there.'
    PlanDelete     = '5. DELETE the files that you named: {0}'
    PlanNoDelete   = '5. delete nothing.'
    Report         = 'Report:'
    Module         = 'Module'
    Authentication = 'Authentication'
    CanList        = 'Can this credential list files?'
    CanListYes     = 'yes, files: {0}'
    Once           = 'Is each file listed once?'
    OnceNo         = 'no: {0} twice'
    Pages          = 'How many requests for pages?'
    Facts          = 'Do all files have a length, a date and an ETag?'
    Hash           = 'Is the ETag an MD5?'
    Exist          = 'Do the file IDs exist?'
    NothingLeft    = 'Does uploadfile leave nothing behind?'
    NothingLeftNo  = 'no, files: {0}'
    Deleted        = 'Were the named files deleted?'
    StillFound     = 'Does a look-up still find them?'
    StillListed    = 'Does the listing still contain them?'
    StillYes       = 'yes: {0}'
    Ended          = 'What ended this check?'
    Of             = '{0} of {1}'
    Yes            = 'yes'
    No             = 'no'
    NoBecause      = 'no: {0}'
}
$translated = $null
Import-LocalizedData translated -FileName check-listing.psd1 -BaseDirectory $PSScriptRoot -ErrorAction SilentlyContinue
if ($translated) { foreach ($name in @($words.Keys)) { if ($translated[$name]) { $words[$name] = $translated[$name] } } }

# The module of this session, else the one that is installed, else the one that was built beside this script.
if (-not (Get-Module TcbPowerShell)) {
    try { Import-Module TcbPowerShell }
    catch {
        if ($_.FullyQualifiedErrorId -notlike 'Modules_ModuleNotFound,*') { throw }
        $built = [IO.Path]::Combine($PSScriptRoot, '..', 'output', 'TcbPowerShell', 'TcbPowerShell.psd1')
        # A copy of this script elsewhere must not run code of a folder that is perhaps another user's.
        $isInRepository = [IO.Path]::GetFileName($PSScriptRoot) -eq 'samples'
        if (-not $isInRepository -or -not [IO.File]::Exists($built)) {
            $missing = [IO.FileNotFoundException]::new($words.NoModule)
            $PSCmdlet.ThrowTerminatingError([Management.Automation.ErrorRecord]::new($missing, 'ModuleMissing', 'ObjectNotFound', $null))
        }
        Import-Module $built
    }
}
if (-not $Environment) { $Environment = Get-TcbEnvironment }
$where = if ($Prefix) { @{ Prefix = $Prefix } } else { @{ All = $true } }
$where.Environment = $Environment

@(
    $words.Plan
    $words.PlanUpload
    $(if ($Prefix) { $words.PlanListBelow } else { $words.PlanList }) -f $Most
    $words.PlanLookUp
    $words.PlanListUpload
    if ($RemoveFileId) { $words.PlanDelete -f ($RemoveFileId -join ', ') } else { $words.PlanNoDelete }
    ''
) | Write-Output

$report = New-Object System.Collections.Generic.List[string]
function Add-Finding([string] $Question, [string] $Answer) {
    # A Chinese character takes two columns.
    $width = $Question.Length + [regex]::Matches($Question, '[\u2e80-\uffef]').Count
    $report.Add($Question + ' ' * [Math]::Max(1, 53 - $width) + $Answer)
}
# Only the error ID and the code: a message may contain a file name.
function Get-Reason($Record) {
    $code = if ($Record.Exception.PSObject.Properties['ErrorCode'] -and $null -ne $Record.Exception.ErrorCode) { ", errcode $($Record.Exception.ErrorCode)" }
    $http = if ($Record.Exception.PSObject.Properties['HttpStatus'] -and $null -ne $Record.Exception.HttpStatus) { ", HTTP $([int] $Record.Exception.HttpStatus)" }
    "$($Record.FullyQualifiedErrorId.Split(',')[0])$code$http"
}

Add-Finding $words.Module (Get-Module TcbPowerShell).Version
Add-Finding $words.Authentication $Environment.Authentication

$files = @()
$pages = @()
$isListed = $false
try {
    $files = @(Find-TcbCloudFile @where -Verbose 4>&1 | ForEach-Object {
        if ($_ -is [Management.Automation.VerboseRecord]) { $pages += $_.Message } else { $_ }
    } | Select-Object -First $Most)
    $isListed = $true
    Add-Finding $words.CanList ($words.CanListYes -f $files.Count)
}
catch { Add-Finding $words.CanList ($words.NoBecause -f (Get-Reason $_)) }

try {
    if ($isListed) {
        $distinct = @($files | Group-Object FileId -CaseSensitive).Count
        Add-Finding $words.Once $(if ($distinct -eq $files.Count) { $words.Yes } else { $words.OnceNo -f ($files.Count - $distinct) })
        Add-Finding $words.Pages $pages.Count
        $complete = @($files | Where-Object { $_.Length -ge 0 -and $_.LastModified.Year -gt 2000 -and $_.ETag })
        Add-Finding $words.Facts ($words.Of -f $complete.Count, $files.Count)
        $hashed = @($files | Where-Object { $_.ETag -match '^[0-9a-fA-F]{32}$' })
        Add-Finding $words.Hash ($words.Of -f $hashed.Count, $files.Count)

        $some = @($files | Select-Object -First 50)
        $known = @($some | Get-TcbCloudFile -Environment $Environment -ErrorVariable failed -ErrorAction SilentlyContinue)
        Add-Finding $words.Exist ($words.Of -f $known.Count, $some.Count)
        foreach ($group in @($failed | Where-Object { $_ -is [Management.Automation.ErrorRecord] } | Group-Object { $_.FullyQualifiedErrorId.Split(',')[0] })) {
            Add-Finding '' "$($group.Count) $($group.Name)"
        }

        $left = @(Find-TcbCloudFile tcbpowershell-listing- -Environment $Environment)
        Add-Finding $words.NothingLeft $(if ($left) { $words.NothingLeftNo -f $left.Count } else { $words.Yes })
    }

    if ($RemoveFileId) {
        $removed = @($RemoveFileId | Remove-TcbCloudFile -Environment $Environment -ErrorVariable failed -ErrorAction SilentlyContinue)
        Add-Finding $words.Deleted ($words.Of -f $removed.Count, $RemoveFileId.Count)
        $again = @($RemoveFileId | Get-TcbCloudFile -Environment $Environment -ErrorAction SilentlyContinue)
        Add-Finding $words.StillFound $(if ($again) { $words.StillYes -f $again.Count } else { $words.No })
        if ($isListed) {
            $names = @($RemoveFileId)
            $still = @(Find-TcbCloudFile @where | Where-Object { $names -ccontains $_.FileId })
            Add-Finding $words.StillListed $(if ($still) { $words.StillYes -f $still.Count } else { $words.No })
        }
    }
}
catch { Add-Finding $words.Ended (Get-Reason $_) }

$words.Report
$report
