# Runs the tests in this folder in this PowerShell, and ends with a line of totals. dotnet test calls it, with each version of Pester.
param(
    # The Pester to use: the path of its manifest.
    [Parameter(Mandatory = $true)]
    [string] $Pester,

    # The file for the JUnit report.
    [string] $Report,

    # The scripts or folders to run.
    [string[]] $Path = $PSScriptRoot,

    # Only tests with one of these tags, for example rule10.
    [string[]] $Tag
)

# The tests expect English texts. Times and numbers stay those of the user's culture.
[Threading.Thread]::CurrentThread.CurrentUICulture = 'en-US'
# The output of other processes is read in this encoding, and Windows has another one.
[Console]::OutputEncoding = [Text.UTF8Encoding]::new($false)
Import-Module $Pester -ErrorAction Stop
$settings = New-PesterConfiguration
$settings.Run.Path = $Path
$settings.Run.PassThru = $true
if ($Tag) { $settings.Filter.Tag = $Tag }
$settings.Output.RenderMode = 'Plaintext'
if ($Report) {
    $settings.TestResult.Enabled = $true
    $settings.TestResult.OutputFormat = 'JUnitXml'
    $settings.TestResult.OutputPath = $Report
}
$result = Invoke-Pester -Configuration $settings
"Pester $((Get-Module Pester).Version): $($result.PassedCount) passed, $($result.FailedCount + $result.FailedContainersCount) failed, $($result.SkippedCount) skipped"

# A test that starts an emulator stops it, also when it fails.
$left = @($global:TcbEmulators | Where-Object { $_ })
foreach ($process in $left) {
    "Left running: $($process.StartInfo.Arguments)"
    $process.Kill()
}
exit [int] ($result.Result -ne 'Passed' -or $left)
