BeforeDiscovery {
    Import-Module ([IO.Path]::Combine($PSScriptRoot, 'TestHelpers.psm1')) -Force
}

Describe 'The staged module' {
    BeforeAll {
        Import-Module ([IO.Path]::Combine($PSScriptRoot, 'TestHelpers.psm1')) -Force
        $staged = Get-StagedModule
        $manifest = [IO.Path]::Combine($staged, 'TcbPowerShell.psd1')
        $cmdlets = Get-CmdletName
        Import-Module $staged -Force
    }

    It 'has a manifest that PowerShell takes' {
        $info = Test-ModuleManifest $manifest -ErrorAction Stop -WarningAction Stop
        $info.Name | Should -Be 'TcbPowerShell'
        $info.PowerShellVersion | Should -Be '5.1'
        $info.CompatiblePSEditions | Should -Be 'Core', 'Desktop'
    }

    It 'is the one that is loaded, in the version that the manifest says' {
        $module = Get-Module TcbPowerShell
        [IO.Path]::GetFullPath($module.ModuleBase) | Should -Be ([IO.Path]::GetFullPath($staged))
        $assembly = (Get-Command Remove-TcbCloudFile).ImplementingType.Assembly
        $edition = if ($PSEdition -eq 'Core') { 'net8.0' } else { 'netstandard2.0' }
        [IO.Path]::GetFullPath($assembly.Location) | Should -Be ([IO.Path]::GetFullPath([IO.Path]::Combine($staged, $edition, 'TcbPowerShell.dll')))
        $assembly.GetName().Version.ToString(3) | Should -Be $module.Version.ToString()
    }

    It 'exports its cmdlets and nothing else' {
        $module = Get-Module TcbPowerShell
        $module.ExportedCommands.Keys | Sort-Object | Should -Be $cmdlets
        $module.ExportedCmdlets.Keys | Sort-Object | Should -Be $cmdlets
    }

    It 'brings PowerShell 7 no assembly but its own' {
        (Get-ChildItem ([IO.Path]::Combine($staged, 'net8.0')) -Filter *.dll).Name | Should -Be 'TcbPowerShell.dll'
    }

    It 'never ships PowerShell itself' {
        Get-ChildItem $staged -Recurse -Filter System.Management.Automation* | Should -BeNullOrEmpty
    }

    It 'can be removed and imported again' {
        Remove-Module TcbPowerShell
        Get-Command Remove-TcbCloudFile -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        Import-Module $staged
        Import-Module $staged -Force
        Get-Command -Module TcbPowerShell | Should -HaveCount $cmdlets.Count
    }

    It 'says nothing when it is imported' {
        Invoke-NewPowerShell "'only this'" | Should -Be 'only this'
    }

    It 'is found by name where a module path leads to it' {
        $path = [IO.Path]::GetDirectoryName($staged)
        Invoke-NewPowerShell "Remove-Module TcbPowerShell; `$env:PSModulePath = '$path'; (Get-Command Get-TcbEnvironment).Source" | Should -Be 'TcbPowerShell'
    }

    Context 'at a prompt' {
        It 'shows the syntax of <_>' -ForEach (Get-CmdletName) {
            Get-Help $_ | Out-String | Should -Match $_
            (Get-Command $_ -Syntax).Trim() | Should -Match "^$_ "
        }

        It 'offers <expected> for <line>' -ForEach @(
            @{ line = 'Remove-TcbC'; expected = 'Remove-TcbCloudFile' }
            @{ line = 'Remove-TcbCloudFile -Th'; expected = '-ThrottleLimit' }
            @{ line = 'Get-TcbC'; expected = 'Get-TcbCloudFile' }
            @{ line = 'Find-T'; expected = 'Find-TcbCloudFile' }
            @{ line = 'Save-T'; expected = 'Save-TcbCloudFile' }
            @{ line = 'Save-TcbCloudFile -De'; expected = '-Destination' }
            @{ line = 'Get-TcbCloudFile -Li'; expected = '-LinkLifetime' }
            @{ line = 'Remove-TcbCloudFile -Ig'; expected = '-IgnoreMissing' }
            @{ line = 'Connect-TcbEnvironment -Acc'; expected = '-AccessToken' }
            @{ line = '(Get-TcbEnvironment).Env'; expected = 'EnvironmentId' }
            @{ line = "Remove-TcbCloudFile x | Where-Object Outc"; expected = 'Outcome' }
        ) {
            (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Contain $expected
        }

        It 'follows the rules of PowerShell for names' {
            foreach ($command in Get-Command -Module TcbPowerShell) { (Get-Verb).Verb | Should -Contain $command.Verb }
        }
    }

    It 'has every error ID explained in its topic' {
        $topic = Get-Help about_TcbPowerShell_Errors | Out-String -Width 400
        $kinds = (Get-Command Remove-TcbCloudFile).ImplementingType.Assembly.GetType('TcbPowerShell.Model.ErrorId')
        foreach ($name in [enum]::GetNames($kinds)) {
            $topic.Contains("- ${name}: ") | Should -BeTrue -Because $name
        }
    }

    It 'has only scripts that Windows PowerShell reads without a byte order mark' {
        $root = [IO.Path]::GetDirectoryName([IO.Path]::GetDirectoryName($PSScriptRoot))
        $scripts = @(Get-ChildItem $PSScriptRoot, (Get-SampleFolder) -Filter *.ps*1) + @(Get-ChildItem $root -Filter *.ps*1)
        foreach ($script in $scripts | Where-Object { $_.Name -ne 'TcbPowerShell.psd1' }) {
            [IO.File]::ReadAllText($script.FullName) -match '[^\u0000-\u007f]' | Should -BeFalse -Because $script.Name
        }
        # Its description is also in Chinese, so it begins with the mark.
        [BitConverter]::ToString([IO.File]::ReadAllBytes([IO.Path]::Combine($root, 'TcbPowerShell.psd1')), 0, 3) | Should -Be 'EF-BB-BF'
    }
}
