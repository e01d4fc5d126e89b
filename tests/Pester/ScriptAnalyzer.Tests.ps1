# The rules that the gallery checks, where PSScriptAnalyzer is installed: Install-Module PSScriptAnalyzer -Scope CurrentUser
BeforeDiscovery { $isInstalled = [bool] (Get-Module PSScriptAnalyzer -ListAvailable) }

Describe 'PSScriptAnalyzer' -Skip:(-not $isInstalled) {
    BeforeAll {
        Import-Module ([IO.Path]::Combine($PSScriptRoot, 'TestHelpers.psm1')) -Force
        Import-Module PSScriptAnalyzer

        function Get-Finding([string] $Path, [string[]] $ExcludeRule = @()) {
            Invoke-ScriptAnalyzer $Path -Recurse -Settings PSGallery -ExcludeRule $ExcludeRule -ErrorAction Stop |
                ForEach-Object { "$($_.RuleName) at $($_.ScriptName):$($_.Line): $($_.Message)" }
        }
    }

    It 'finds nothing in the module' {
        Get-Finding (Get-StagedModule) | Should -BeNullOrEmpty
    }

    # The arguments of dotnet are no parameters.
    It 'finds nothing in <_>' -ForEach 'build.ps1', 'samples' {
        Get-Finding ([IO.Path]::Combine((Get-RepositoryFolder), $_)) -ExcludeRule PSAvoidUsingPositionalParameters | Should -BeNullOrEmpty
    }
}
