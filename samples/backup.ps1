<#
.SYNOPSIS
Downloads the cloud files of a list with their folders, several at a time. Run it again to continue where it was interrupted.

.DESCRIPTION
Looks the files up with Get-TcbCloudFile, over the connection of this session, and downloads each file that exists. A file appears under its name
only when it is complete and as long as the service announced; backup.csv in the folder then names its ID, path and length. A later run with
the same folder downloads only what is not in backup.csv, or what no longer has the length that is recorded there.

Emits an object for each file that it saves. A file that cannot be looked up or downloaded is a non-terminating error whose TargetObject is the ID.

Characters that Windows does not allow in file names, and names that differ only in case, are changed in the copy's name, never in the ID.

.EXAMPLE
./samples/backup.ps1 -List ids.txt -Folder backup
#>
#Requires -Modules TcbPowerShell
[CmdletBinding()]
param(
    # One file ID a line, UTF-8.
    [Parameter(Mandatory = $true)]
    [string] $List,

    [string] $Folder = 'backup',

    # Downloads at the same time.
    [ValidateRange(1, 64)]
    [int] $ThrottleLimit = 8
)

# Windows PowerShell would use two connections to a host, and on old systems a version of TLS that the service refuses.
if ($PSVersionTable.PSVersion.Major -lt 6) {
    [Net.ServicePointManager]::DefaultConnectionLimit = [Math]::Max([Net.ServicePointManager]::DefaultConnectionLimit, $ThrottleLimit)
    [Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
}
$Folder = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Folder)
$null = [IO.Directory]::CreateDirectory($Folder)
$index = [IO.Path]::Combine($Folder, 'backup.csv')
$saved = [Collections.Generic.HashSet[string]]::new([StringComparer]::Ordinal)
# Which ID has which path. Windows and macOS do not tell A.png from a.png.
$owners = [Collections.Generic.Dictionary[string, string]]::new([StringComparer]::OrdinalIgnoreCase)
$running = [Collections.Generic.List[object]]::new()

# The name of the copy: a percent sign and a code in place of what Windows does not allow, of empty names, and of dots that lead out of the folder.
function Get-CopyPath([string] $FileId) {
    $code = { '%{0:X2}' -f [int] $args[0].Value[0] }
    $path = [regex]::Replace($FileId.Substring('cloud://'.Length), '[<>:"|?*%\\]|[. ](?=/|$)|/(?=/|$)', $code)
    while ($owners.ContainsKey($path) -and $owners[$path] -cne $FileId) { $path += '%~' }
    $owners[$path] = $FileId
    $path
}

function Format-Row($Row) { '"{0}","{1}","{2}"' -f $Row.FileId.Replace('"', '""'), $Row.Path.Replace('"', '""'), $Row.Length }

function Start-Download($File) {
    $path = Get-CopyPath $File.FileId
    $target = [IO.Path]::Combine($Folder, $path)
    $client = [Net.WebClient]::new()
    try {
        $null = [IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName($target))
        # An ID cannot have this name: a percent sign in an ID is written as %25.
        $task = $client.DownloadFileTaskAsync([uri] $File.DownloadUrl, "$target%part")
        $running.Add([pscustomobject] @{ FileId = $File.FileId; Path = $path; Target = $target; Client = $client; Task = $task })
    }
    catch {
        $client.Dispose()
        Write-NotSaved $File.FileId $_.Exception
    }
}

function Write-NotSaved([string] $FileId, [Exception] $Exception) {
    $message = "'$FileId' was not saved: $($Exception.GetBaseException().Message)"
    Write-Error $message -ErrorId BackupFailed -Category ReadError -TargetObject $FileId
}

# Waits until no more downloads than these are under way. In short waits, so that Ctrl+C is heard.
function Wait-Download([int] $Most) {
    while ($running.Count -gt $Most) {
        $done = [Threading.Tasks.Task]::WaitAny([Threading.Tasks.Task[]] @($running | ForEach-Object { $_.Task }), 200)
        if ($done -lt 0) { continue }
        $download = $running[$done]
        $running.RemoveAt($done)
        try {
            $null = $download.Task.GetAwaiter().GetResult()
            $length = [IO.FileInfo]::new("$($download.Target)%part").Length
            $announced = $download.Client.ResponseHeaders['Content-Length']
            if ($announced -and $announced -ne "$length") { throw [IO.IOException]::new("$length of $announced bytes came.") }
            if ([IO.File]::Exists($download.Target)) { [IO.File]::Delete($download.Target) }
            [IO.File]::Move("$($download.Target)%part", $download.Target)
            $row = [pscustomobject] @{ FileId = $download.FileId; Path = $download.Path; Length = $length }
            $writer.WriteLine((Format-Row $row))
            $row
        }
        catch { Write-NotSaved $download.FileId $_.Exception }
        finally { $download.Client.Dispose() }
    }
}

# What an earlier run saved: the lines whose files are still there with that length. A line that a crash tore is not one of them.
$rows = @(
    if ([IO.File]::Exists($index)) {
        Import-Csv -LiteralPath $index -Encoding utf8 | Where-Object {
            $copy = if ($_.Path) { [IO.FileInfo]::new([IO.Path]::Combine($Folder, $_.Path)) }
            $copy -and $copy.Exists -and "$($copy.Length)" -eq $_.Length -and $saved.Add($_.FileId)
        }
    }
)
$writer = [IO.StreamWriter]::new($index, $false, [Text.UTF8Encoding]::new($true))
try {
    $writer.WriteLine('"FileId","Path","Length"')
    foreach ($row in $rows) {
        $owners[$row.Path] = $row.FileId
        $writer.WriteLine((Format-Row $row))
    }
    $writer.AutoFlush = $true
    Get-Content -LiteralPath $List -Encoding utf8 |
        Where-Object { $_.Trim() -and $saved.Add($_) } |
        Get-TcbCloudFile -ErrorAction Continue 2>&1 |
        ForEach-Object {
            # As this script's own error, so that its caller's -ErrorAction and -ErrorVariable hold for it.
            if ($_ -is [Management.Automation.ErrorRecord]) { $PSCmdlet.WriteError($_); return }
            Start-Download $_
            Wait-Download ($ThrottleLimit - 1)
        }
    Wait-Download 0
}
finally {
    foreach ($download in $running) {
        $download.Client.CancelAsync()
        $download.Client.Dispose()
    }
    $writer.Dispose()
}
