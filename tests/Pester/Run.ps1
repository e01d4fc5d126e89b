# Runs the tests in this folder with one version of Pester, and ends with a line of totals. build.ps1 calls it.
param([Parameter(Mandatory = $true)] [string] $PesterVersion)

Import-Module Pester -RequiredVersion $PesterVersion -ErrorAction Stop
$settings = New-PesterConfiguration
$settings.Run.Path = $PSScriptRoot
$settings.Run.PassThru = $true
$result = Invoke-Pester -Configuration $settings
"Pester $PesterVersion`: $($result.PassedCount) passed, $($result.FailedCount + $result.FailedContainersCount) failed, $($result.SkippedCount) skipped"
exit [int] ($result.Result -ne 'Passed')
