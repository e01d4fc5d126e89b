<#
.SYNOPSIS
Downloads the cloud files of a list with their folders, several at a time. Run it again to continue where it was interrupted.

.DESCRIPTION
Looks the files up with Get-TcbCloudFile, over the connection of this session, and downloads each file that exists. A file appears under its name
only when it is complete and as long as the service announced; backup.csv in the folder then names its ID, path and length. A later run with
the same folder downloads only what is not in backup.csv, or what no longer has the length that is recorded there.

Returns an object for each file that it saves. A file that cannot be looked up or downloaded is a non-terminating error whose TargetObject is the ID.

Names that Windows does not allow, names that differ only in case, and names that a file and a folder share are changed in the copy's path, never in
the ID. No copy is outside the folder. An ID with a . or .. segment is an error: every HTTP client would download another file.

.EXAMPLE
./samples/backup.ps1 -List ids.txt -Folder backup
#>
#Requires -Modules TcbPowerShell
[CmdletBinding()]
param(
    # A UTF-8 file with one file ID per line.
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
# Which ID has which path; / is the owner of a folder. Windows and macOS do not tell A.png from a.png.
$owners = [Collections.Generic.Dictionary[string, string]]::new([StringComparer]::OrdinalIgnoreCase)
$running = [Collections.Generic.List[object]]::new()

# The path of the copy. A percent sign and a code stand for what Windows does not allow: some characters, a name that is empty or ends with a dot or a
# space, and the first letter of a device such as con. %~ is added to what has another owner.
function Get-CopyPath([string] $FileId) {
    $code = { '%{0:X2}' -f [int] $args[0].Value[0] }
    $device = '(?<=^|/)(?=(?:con|prn|aux|nul|conin\$|conout\$|com[\d\u00b9\u00b2\u00b3]|lpt[\d\u00b9\u00b2\u00b3])(?:[. ]|/|$)).'
    $forbidden = "(?i)$device|[<>:`"|?*%\\]|[. ](?=/|$)|/(?=/|$)"
    $names = [regex]::Replace($FileId.Substring('cloud://'.Length), $forbidden, $code).Split('/')
    $path = ''
    for ($i = 0; $i -lt $names.Count; $i++) {
        $owner = if ($i -lt $names.Count - 1) { '/' } else { $FileId }
        $path += $names[$i]
        # Not by -cne, which takes some texts of different characters for the same.
        while ($owners.ContainsKey((Get-Key $path)) -and -not $owners[(Get-Key $path)].Equals($owner)) { $path += '%~' }
        $owners[(Get-Key $path)] = $owner
        if ($owner -eq '/') { $path += '/' }
    }
    $path
}

# macOS does not tell the two ways to write a letter with an accent apart either.
function Get-Key([string] $Path) { $Path.Normalize() }

function Add-Owner([string] $Path, [string] $FileId) {
    for ($i = $Path.IndexOf('/'); $i -ge 0; $i = $Path.IndexOf('/', $i + 1)) { $owners[(Get-Key $Path.Substring(0, $i))] = '/' }
    $owners[(Get-Key $Path)] = $FileId
}

function Format-Row($Row) { '"{0}","{1}","{2}"' -f $Row.FileId.Replace('"', '""'), $Row.Path.Replace('"', '""'), $Row.Length }

function Open-Download($File) {
    if ($File.FileId -match '/\.\.?(?:/|$)') {
        Write-NotSaved $File.FileId ([NotSupportedException]::new('Its path has a . or .. segment, so the link leads to another file.'))
        return
    }
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
$lines = @('"FileId","Path","Length"')
$lines += foreach ($row in $rows) {
    Add-Owner $row.Path $row.FileId
    Format-Row $row
}
$writer = [IO.StreamWriter]::new($index, $false, [Text.UTF8Encoding]::new($true))
try {
    # In one call, which Ctrl+C cannot interrupt.
    $writer.WriteLine([string]::Join([Environment]::NewLine, [string[]] $lines))
    $writer.AutoFlush = $true
    Get-Content -LiteralPath $List -Encoding utf8 |
        Where-Object { $_.Trim() -and $saved.Add($_) } |
        # One request at a time is faster than the downloads, and fewer links expire while they wait.
        Get-TcbCloudFile -ThrottleLimit 1 -ErrorAction Continue 2>&1 |
        ForEach-Object {
            # As this script's own error, so that its caller's -ErrorAction and -ErrorVariable hold for it.
            if ($_ -is [Management.Automation.ErrorRecord]) { $PSCmdlet.WriteError($_); return }
            Open-Download $_
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
