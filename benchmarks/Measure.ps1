<#
.SYNOPSIS
Takes one measurement in this process. Writes a JSON object with its figures, and with Files, the number of files that were sent.
#>
param(
    [Parameter(Mandatory)] [ValidateSet('Latency', 'Pipelines', 'FirstResult', 'Module', 'RestMethod', 'Memory', 'Limited', 'Listing', 'ListedRemoval', 'ListedMemory',
        'Copies', 'CopiesInMemory', 'LargeCopy', 'CopiedMemory')] [string] $What,
    # How many IDs; for Latency the number of requests that follow one another.
    [Parameter(Mandatory)] [int] $Count,
    [Parameter(Mandatory)] [string] $Module,
    [Parameter(Mandatory)] [string] $EnvironmentId,
    [Parameter(Mandatory)] [string] $AccessToken,
    # Answers at once, or after 100 ms. Lists the files of the list.
    [Parameter(Mandatory)] [Uri] $Endpoint,
    # File IDs, one per line.
    [Parameter(Mandatory)] [string] $Path,
    # The folder for copies.
    [Parameter(Mandatory)] [string] $Copies
)

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$figures = @{ Files = 0 }

function Connect-Service {
    Import-Module $Module
    $null = Connect-TcbEnvironment $EnvironmentId -Endpoint $Endpoint -AccessToken $AccessToken
}

# Users write this without the module: one call with one or more files.
$invoke = {
    param($FileId, $EnvironmentId, $Uri)
    $body = @{ env = $EnvironmentId; fileid_list = @($FileId) } | ConvertTo-Json -Compress
    $reply = Invoke-RestMethod $Uri -Method Post -ContentType 'application/json; charset=utf-8' -Body $body
    if ($reply.errcode -ne 0) { throw $reply.errmsg }
    $reply.delete_list
}
$uri = "${Endpoint}tcb/batchdeletefile?access_token=$AccessToken"

function Get-FileId([int] $First) { Get-Content $Path -Encoding utf8 -TotalCount $First }

# The beginning of the first $Count IDs, of which each folder has a hundred: if that is a power of ten, the zeros that its folders' numbers begin with.
function Get-Prefix([int] $Count) { ((Get-FileId 1) -replace '[^/]+/[^/]+$') + $(if ("$Count" -match '^10+$') { '0' * (7 - "$Count".Length) }) }

# Files per second.
function Measure-Rate([int] $Files, [scriptblock] $Command) {
    $figures.Files += $Files
    $watch = [Diagnostics.Stopwatch]::StartNew()
    & $Command | Out-Null
    $Files / $watch.Elapsed.TotalSeconds
}

switch ($What) {
    'Latency' {
        Connect-Service
        foreach ($limit in 1, 5, 16, 64) {
            # The first requests open the connections.
            $ids = Get-FileId (50 * $limit)
            $null = Measure-Rate $ids.Count { $ids | Remove-TcbCloudFile -ThrottleLimit $limit }
            $ids = Get-FileId (50 * $limit * $Count)
            $figures["Limit$limit"] = Measure-Rate $ids.Count { $ids | Remove-TcbCloudFile -ThrottleLimit $limit }
            $figures["LookUp$limit"] = Measure-Rate $ids.Count { $ids | Get-TcbCloudFile -ThrottleLimit $limit }
        }
        $ids = Get-FileId $Count
        $batches = Get-Content $Path -Encoding utf8 -TotalCount (250 * $Count) -ReadCount 50
        $null = Measure-Rate 1 { & $invoke $ids[0] $EnvironmentId $uri }
        $figures.LoopOfOne = Measure-Rate $Count { foreach ($id in $ids) { & $invoke $id $EnvironmentId $uri } }
        $figures.LoopOfFifty = Measure-Rate (50 * $Count) { foreach ($batch in $batches[1..$Count]) { & $invoke $batch $EnvironmentId $uri } }
        $figures.Parallel = Measure-Rate (250 * $Count) {
            $text = "$invoke"
            $batches | ForEach-Object -ThrottleLimit 5 -Parallel { & ([scriptblock]::Create($using:text)) $_ $using:EnvironmentId $using:uri }
        }
    }
    'Pipelines' {
        Connect-Service
        # The first of each warms up.
        foreach ($total in ($Count / 5), $Count) {
            $figures.Lines = Measure-Rate $total { Get-Content $Path -Encoding utf8 -TotalCount $total | Remove-TcbCloudFile }
            $figures.Blocks = Measure-Rate $total { Get-Content $Path -Encoding utf8 -TotalCount $total -ReadCount 1000 | Remove-TcbCloudFile }
        }
    }
    'FirstResult' {
        Connect-Service
        $times = foreach ($call in 0..5) {
            $figures.Files += $Count
            $watch = [Diagnostics.Stopwatch]::StartNew()
            $first = Get-FileId $Count | Remove-TcbCloudFile | ForEach-Object { $watch.Elapsed.TotalMilliseconds } | Sort-Object | Select-Object -First 1
            # The first call opens the connections.
            if ($call -gt 0) { $first }
        }
        $figures.FirstResult = ($times | Sort-Object)[2]
    }
    'Module' {
        $ids = Get-FileId $Count
        $figures.Files = $Count
        $watch = [Diagnostics.Stopwatch]::StartNew()
        Import-Module $Module
        $figures.Import = $watch.Elapsed.TotalMilliseconds
        Connect-Service
        $ids | Remove-TcbCloudFile | Out-Null
        $figures.Module = $watch.Elapsed.TotalMilliseconds
    }
    'RestMethod' {
        $ids = Get-FileId $Count
        $figures.Files = $Count
        $watch = [Diagnostics.Stopwatch]::StartNew()
        & $invoke $ids $EnvironmentId $uri | Out-Null
        $figures.RestMethod = $watch.Elapsed.TotalMilliseconds
    }
    'Limited' {
        Connect-Service
        $figures.Files = $Count
        $ids = Get-FileId $Count
        $watch = [Diagnostics.Stopwatch]::StartNew()
        $ids | Remove-TcbCloudFile -InformationVariable summary -ErrorVariable failed -ErrorAction SilentlyContinue -WarningAction SilentlyContinue | Out-Null
        $figures.Seconds = $watch.Elapsed.TotalSeconds
        $figures.Failed = $failed.Count
        $figures.TurnedAway = $summary.MessageData.RequestsThrottled
    }
    'Memory' {
        Connect-Service
        $figures.Files = $Count
        $results = 0
        $held = 0
        Get-FileId $Count | Remove-TcbCloudFile | ForEach-Object {
            # Memory that is left after a garbage collection is in use.
            if (++$results % ($Count / 10) -eq 0) { $held = [Math]::Max($held, [GC]::GetTotalMemory($true)) }
        }
        $figures["Held$Count"] = $held / 1e6
        $figures["Peak$Count"] = (Get-Process -Id $PID).PeakWorkingSet64 / 1e6
    }
    'Listing' {
        Connect-Service
        $prefix = Get-Prefix $Count
        # The calls that a connection makes only once; one of them looks up 50 files.
        $null = Find-TcbCloudFile $prefix | Select-Object -First 1
        $figures.Files = 50
        $watch = [Diagnostics.Stopwatch]::StartNew()
        $found = (Find-TcbCloudFile $prefix | Measure-Object).Count
        $figures.Listing = $found / $watch.Elapsed.TotalSeconds
        if ($found -ne $Count) { throw "$found files were listed instead of $Count." }
    }
    'ListedRemoval' {
        Connect-Service
        $prefix = Get-Prefix $Count
        $null = Find-TcbCloudFile $prefix | Select-Object -First 1
        $figures.Files = 50
        $null = Measure-Rate 250 { Get-FileId 250 | Remove-TcbCloudFile }
        $figures.FromList = Measure-Rate $Count { Get-FileId $Count | Remove-TcbCloudFile -ThrottleLimit 5 }
        $figures.FromListing = Measure-Rate $Count { Find-TcbCloudFile $prefix | Remove-TcbCloudFile -ThrottleLimit 5 }
    }
    'ListedMemory' {
        Connect-Service
        $prefix = Get-Prefix $Count
        $null = Find-TcbCloudFile $prefix | Select-Object -First 1
        $figures.Files = 50
        $figures["BeforeListing$Count"] = [GC]::GetTotalMemory($true) / 1e6
        $found = 0
        $held = 0
        Find-TcbCloudFile $prefix | ForEach-Object {
            if (++$found % ($Count / 10) -eq 0) { $held = [Math]::Max($held, [GC]::GetTotalMemory($true)) }
        }
        if ($found -ne $Count) { throw "$found files were listed instead of $Count." }
        $figures["HeldListing$Count"] = $held / 1e6
        $figures["AfterListing$Count"] = [GC]::GetTotalMemory($true) / 1e6
        $figures["PeakListing$Count"] = (Get-Process -Id $PID).PeakWorkingSet64 / 1e6
    }
    { $_ -in 'Copies', 'CopiesInMemory' } {
        Connect-Service
        # The first half opens the connections, and is compiled.
        $ids = Get-FileId (2 * $Count)
        $null = Measure-Rate 200 { $ids[0..199] | Save-TcbCloudFile $Copies -ThrottleLimit 8 }
        $figures[$What] = Measure-Rate $Count { $ids[$Count..(2 * $Count - 1)] | Save-TcbCloudFile $Copies -ThrottleLimit 8 }
    }
    'LargeCopy' {
        Connect-Service
        # The connection's first call, and what has to be compiled.
        $null = Get-FileId 1 | Get-TcbCloudFile
        $figures.Files = 1
        $figures.BeforeLargeCopy = (Get-Process -Id $PID).PeakWorkingSet64 / 1e6
        $figures.LargeCopy = $Count * (Measure-Rate 1 { Get-FileId 1 | Save-TcbCloudFile $Copies })
        $figures.PeakLargeCopy = (Get-Process -Id $PID).PeakWorkingSet64 / 1e6
    }
    'CopiedMemory' {
        Connect-Service
        $prefix = Get-Prefix $Count
        $null = Find-TcbCloudFile $prefix | Select-Object -First 1
        # One look-up checks 50 IDs; each file is looked up once and deleted once.
        $figures.Files = 50 + 2 * $Count
        $removed = 0
        $held = 0
        Find-TcbCloudFile $prefix | Save-TcbCloudFile $Copies -ThrottleLimit 8 | Remove-TcbCloudFile | ForEach-Object {
            if (++$removed % ($Count / 10) -eq 0) { $held = [Math]::Max($held, [GC]::GetTotalMemory($true)) }
        }
        if ($removed -ne $Count) { throw "$removed files were removed instead of $Count." }
        $figures["HeldCopies$Count"] = $held / 1e6
        $figures["PeakCopies$Count"] = (Get-Process -Id $PID).PeakWorkingSet64 / 1e6
    }
}
$figures | ConvertTo-Json -Compress
