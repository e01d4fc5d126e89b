<#
.SYNOPSIS
Builds, tests, packs and installs the module. Runs in Windows PowerShell 5.1 and in PowerShell 7; `dotnet build` and `dotnet test` do without it.

.EXAMPLE
./build.ps1
Builds everything and stages the importable module at output/TcbPowerShell.

.EXAMPLE
./build.ps1 -Task Test
All tests, which is what `dotnet test` runs: the unit tests, and the Pester tests in the PowerShell of the build (`dotnet pwsh`).

.EXAMPLE
./build.ps1 -Task Pack, Install
A release build as zip and nupkg below output, then the same build into the user's module folder.
#>
[CmdletBinding()]
param(
    # Build, Test, Pack, Install or Benchmark, in the order given.
    [ValidateSet('Build', 'Test', 'Pack', 'Install', 'Benchmark')]
    [string[]] $Task = 'Build',

    # Of Build and Test; what is packed, installed or measured is always a release build.
    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Debug'
)

$ErrorActionPreference = 'Stop'
$release = [IO.Path]::Combine($PSScriptRoot, 'output', 'release')
$module = [IO.Path]::Combine($PSScriptRoot, 'src', 'TcbPowerShell')

function Invoke-DotNet {
    Write-Host "> dotnet $args"
    & dotnet @args | Out-Host
    if ($LASTEXITCODE -ne 0) { throw "dotnet $($args[0]) failed with exit code $LASTEXITCODE." }
}

# A release build in a folder of its own, with nothing of a debug build in it. All tasks of one call use the same.
function Get-ReleaseBuild {
    if ($script:releaseBuild) { return $script:releaseBuild }
    $folder = [IO.Path]::Combine($release, 'TcbPowerShell')
    if (Test-Path $folder) { Remove-Item $folder -Recurse }
    Invoke-DotNet build $module --configuration Release "-p:StagedModule=$folder/"
    $script:releaseBuild = Test-ModuleManifest ([IO.Path]::Combine($folder, 'TcbPowerShell.psd1'))
    $script:releaseBuild
}

function Invoke-Pack {
    $info = Get-ReleaseBuild
    # Of an earlier version. The emulator's package lies there, too.
    Remove-Item ([IO.Path]::Combine($release, 'TcbPowerShell.*')) -Include *.nupkg, *.zip
    Invoke-DotNet pack $module --no-build --configuration Release "-p:StagedModule=$($info.ModuleBase)/" --output $release
    # Named like the package, which knows of a prerelease.
    $package = Get-Item ([IO.Path]::Combine($release, 'TcbPowerShell.*.nupkg'))
    $zip = [IO.Path]::ChangeExtension($package.FullName, 'zip')
    Compress-Archive $info.ModuleBase $zip
    $package
    Get-Item $zip
}

# Where this PowerShell looks for its user's modules.
function Get-UserModulePath {
    $edition = if ($PSVersionTable.PSEdition -eq 'Desktop') { 'WindowsPowerShell' } else { 'PowerShell' }
    if ($env:OS -eq 'Windows_NT') { return [IO.Path]::Combine([Environment]::GetFolderPath('MyDocuments'), $edition, 'Modules') }
    # As PowerShell has it; .NET's own folder for local data is another one on macOS.
    $data = if ($env:XDG_DATA_HOME) { $env:XDG_DATA_HOME } else { [IO.Path]::Combine($HOME, '.local', 'share') }
    [IO.Path]::Combine($data, 'powershell', 'Modules')
}

function Install-Release {
    $info = Get-ReleaseBuild
    $modules = [IO.Path]::Combine((Get-UserModulePath), 'TcbPowerShell')
    $null = [IO.Directory]::CreateDirectory($modules)
    $target = [IO.Path]::Combine($modules, $info.Version.ToString())
    if (Test-Path $target) { Remove-Item $target -Recurse }
    Copy-Item $info.ModuleBase $target -Recurse -Container
    Get-Item $target
}

foreach ($name in $Task) {
    switch ($name) {
        'Build' { Invoke-DotNet build $PSScriptRoot --configuration $Configuration }
        'Test' { Invoke-DotNet test $PSScriptRoot --configuration $Configuration }
        'Pack' { Invoke-Pack }
        'Install' { Install-Release }
        'Benchmark' { Invoke-DotNet run --configuration Release --project ([IO.Path]::Combine($PSScriptRoot, 'benchmarks')) }
    }
}
