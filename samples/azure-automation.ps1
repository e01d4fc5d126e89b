<#
.SYNOPSIS
A runbook for Azure Automation: deletes the cloud files of a list in a storage account, and saves the journal and the log there.

.DESCRIPTION
Runs runbook.ps1, which must be in the same container as the list. Jobs in the Azure sandbox cannot start other processes, and do not keep files.

The Automation account needs
- a runtime environment of PowerShell 7.4 with the package Az, and TcbPowerShell added from the gallery, in the version that you have tested;
- a credential TcbApp, AppID and AppSecret, and a variable TcbEnvironmentId;
- a managed identity that may read and write the container: Storage Blob Data Contributor.

The container contains the list and runbook.ps1. Anyone who can write to it decides what is deleted and what is run.

The job saves the journal, the retry list and the log in the container. A job that ended early leaves the journal open, and the next job resumes from it.
A job that was completed leaves a closed journal, whose name has the time and the ID of the run, and the next job starts over. The job fails if files failed
or if it ended early, so an alert on failed jobs reports both. Run one job at a time for a list: two jobs would resume from the same journal, and
each would lose what the other did.

A job in the sandbox is stopped after three hours, and its journal is lost. Split a list that takes longer, or use a Hybrid Runbook Worker. If a
journal was lost, run the list again with IgnoreMissing.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory = $true)]
    [string] $StorageAccount,

    [string] $Container = 'cloud-files',

    # The name of the list in the container.
    [ValidatePattern('^[^/\\]+$')]
    [string] $List = 'ids.txt',

    [bool] $IgnoreMissing = $false,

    [bool] $AllowEmpty = $false
)

$ErrorActionPreference = 'Stop'

$null = Connect-AzAccount -Identity
$storage = @{ Container = $Container; Context = New-AzStorageContext -StorageAccountName $StorageAccount -UseConnectedAccount }

# Jobs may share a sandbox: so a folder of this job's own, and no environment variables, which the others would see.
$folder = New-Item -ItemType Directory ([IO.Path]::Combine([IO.Path]::GetTempPath(), [guid]::NewGuid()))
$journal = "$List.journal.jsonl"
$saved = @()
try {
    # Asked for by its prefix: no journal is a new start, but one that cannot be fetched ends this job.
    $saved = @(Get-AzStorageBlob @storage -Prefix $journal | ForEach-Object Name)
    foreach ($name in @('runbook.ps1', $List) + $saved) { $null = Get-AzStorageBlobContent @storage -Blob $name -Destination $folder.FullName }

    $app = Get-AutomationPSCredential -Name TcbApp
    $environment = Connect-TcbEnvironment (Get-AutomationVariable -Name TcbEnvironmentId) -Credential $app
    & "$($folder.FullName)/runbook.ps1" -List "$($folder.FullName)/$List" -Environment $environment -IgnoreMissing:$IgnoreMissing -AllowEmpty:$AllowEmpty
    $exitCode = $LASTEXITCODE
}
finally {
    # Even if the job failed: the next one has to know what this one did.
    $files = @(Get-ChildItem $folder.FullName -Filter "$List.*")
    $files | ForEach-Object { $null = Set-AzStorageBlobContent @storage -File $_.FullName -Blob $_.Name -Force }
    # The runbook has closed the journal, and the next job would resume from the copy under the old name.
    $names = @($files | ForEach-Object Name)
    if ($saved -and $names -notcontains $journal -and $names -like '*.journal.*-*.jsonl') { $null = Remove-AzStorageBlob @storage -Blob $journal -Force }
    Remove-Item $folder.FullName -Recurse
}
if ($exitCode -eq 10) { throw "Some files of $List failed: see $List.log and $List.retry.txt in the container." }
if ($exitCode -eq 20) { throw "$List ended early: see $List.log in the container. Start the runbook again to continue." }
if ($exitCode -ne 0) { throw "$List cannot be processed: see the output of this job, and correct the cause before you start the runbook again." }
