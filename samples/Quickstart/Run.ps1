# Runs samples/quickstart.ps1 with the staged module, and writes the cmdlet's account of the files where the Quickstart program reads it.
param(
    [string] $Module,
    [string] $Account,
    [uri] $Endpoint,
    [string] $EnvironmentId,
    [string] $AccessToken,
    [string] $RetryList
)

$ErrorActionPreference = 'Stop'
Import-Module $Module
$ErrorActionPreference = 'Continue'
# Dot-sourced, so that its variables can be read afterwards.
. ([IO.Path]::Combine($PSScriptRoot, '..', 'quickstart.ps1')) -Endpoint $Endpoint -EnvironmentId $EnvironmentId -AccessToken $AccessToken -RetryList $RetryList
@{ removed = @($removed.FileId); failed = @($failed.TargetObject) } | ConvertTo-Json | Set-Content $Account -Encoding utf8
