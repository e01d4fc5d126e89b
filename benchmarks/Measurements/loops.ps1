<#
.SYNOPSIS
Deletes files by the module, and by what one would write without it. Writes the seconds for each ID as JSON.
#>
param(
    [Parameter(Mandatory)] [string] $Module,
    [Parameter(Mandatory)] [string] $FloorModule,
    [Parameter(Mandatory)] [Uri] $Endpoint,
    [Parameter(Mandatory)] [string] $EnvironmentId,
    [Parameter(Mandatory)] [string] $AccessToken,
    # File IDs, one a line.
    [Parameter(Mandatory)] [string] $Path,
    # IDs for the module.
    [Parameter(Mandatory)] [int] $Count,
    # IDs for a loop with a file in each call; one with fifty gets ten times as many. 0 leaves the loops out.
    [Parameter(Mandatory)] [int] $LoopCount
)

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$ids = [Collections.Generic.Queue[string]]::new([IO.File]::ReadAllLines($Path))
$uri = "${Endpoint}tcb/batchdeletefile?access_token=$AccessToken"

$send = {
    param($Batch, $Uri, $EnvironmentId)
    $body = @{ env = $EnvironmentId; fileid_list = @($Batch) } | ConvertTo-Json -Compress
    $reply = Invoke-RestMethod -Method Post -Uri $Uri -ContentType 'application/json; charset=utf-8' -Body $body
    if ($reply.errcode -ne 0) { throw $reply.errmsg }
    $reply.delete_list
}

function Remove-ByModule($Batches) { $Batches | Remove-TcbCloudFile }

function Remove-InLoop($Batches) { foreach ($batch in $Batches) { & $send $batch $uri $EnvironmentId } }

function Remove-InParallel($Batches) {
    $text = $send.ToString()
    $Batches | ForEach-Object -ThrottleLimit 5 -Parallel { & ([scriptblock]::Create($using:text)) $_ $using:uri $using:EnvironmentId }
}

# Single IDs, or arrays of them.
function Get-Batch([int] $Total, [int] $Size) {
    for ($taken = 0; $taken -lt $Total; $taken += $Size) {
        if ($Size -eq 1) { $ids.Dequeue() } else { , @(for ($i = 0; $i -lt $Size; $i++) { $ids.Dequeue() }) }
    }
}

# A tenth first, which warms everything up.
function Measure-Removal([string] $Command, [int] $Total, [int] $Size) {
    $null = & $Command @(Get-Batch ($Total / 10) $Size)
    $batches = @(Get-Batch $Total $Size)
    $watch = [Diagnostics.Stopwatch]::StartNew()
    $null = & $Command $batches
    $watch.Elapsed.TotalSeconds / $Total
}

# The same for a pipeline from a file.
function Measure-Pipeline([scriptblock] $Pipeline, [int] $Total) {
    $null = & $Pipeline ($Total / 10)
    $watch = [Diagnostics.Stopwatch]::StartNew()
    & $Pipeline $Total | Out-Null
    $watch.Elapsed.TotalSeconds / $Total
}

Import-Module $Module, $FloorModule
$null = Connect-TcbEnvironment $EnvironmentId -Endpoint $Endpoint -AccessToken $AccessToken
$seconds = [ordered]@{
    FloorPipeline = Measure-Pipeline { param($Total) Get-Content $Path -Encoding utf8 -TotalCount $Total | Write-FloorObject } $Count
    Pipeline = Measure-Pipeline { param($Total) Get-Content $Path -Encoding utf8 -TotalCount $Total | Remove-TcbCloudFile } $Count
    Blocks = Measure-Pipeline { param($Total) Get-Content $Path -Encoding utf8 -TotalCount $Total -ReadCount 1000 | Remove-TcbCloudFile } $Count
    Module = Measure-Removal Remove-ByModule $Count 1
}
if ($LoopCount -gt 0) {
    $seconds.One = Measure-Removal Remove-InLoop $LoopCount 1
    $seconds.Batch = Measure-Removal Remove-InLoop ($LoopCount * 10) 50
    $seconds.ParallelOne = Measure-Removal Remove-InParallel $LoopCount 1
    $seconds.ParallelBatch = Measure-Removal Remove-InParallel ($LoopCount * 10) 50
}
$seconds | ConvertTo-Json -Compress
