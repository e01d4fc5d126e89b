Describe 'samples/quickstart.ps1' {
    BeforeAll {
        Import-Module ([IO.Path]::Combine($PSScriptRoot, 'TestHelpers.psm1')) -Force
        Import-Module (Get-StagedModule) -ErrorAction Stop
        $samples = Get-SampleFolder
        $lines = @(Get-Content ([IO.Path]::Combine($samples, 'quickstart-ids.txt')) -Encoding utf8)
        $files = [IO.Path]::Combine($TestDrive, 'files.txt')
        $there = @($lines | Where-Object { $_ -like 'cloud://test2-4a89da*' -and $_ -notlike '*/archive/2019/*' -and $_ -notmatch '\ufffd' } | Sort-Object -Unique -CaseSensitive)
        [IO.File]::WriteAllLines($files, [string[]] $there)
        $emulator = Start-Emulator -List $files
    }

    AfterAll { Stop-Emulator $emulator }

    It 'runs unchanged in this PowerShell and does what it says' {
        $retry = [IO.Path]::Combine($TestDrive, 'retry.txt')
        $script = [IO.Path]::Combine($samples, 'quickstart.ps1')
        $said = @(Invoke-NewPowerShell "Set-StrictMode -Version Latest; & '$script' -Endpoint $($emulator.Endpoint) -EnvironmentId $($emulator.EnvironmentId) -AccessToken $($emulator.Token) -RetryList '$retry'")
        $blank = @($lines | Where-Object { -not $_.Trim() }).Count
        $gone = (Get-EmulatorRequest $emulator | Measure-Object deleted -Sum).Sum
        $gone | Should -Be $there.Count
        $gone | Should -BeGreaterThan 2000
        $failed = @(Get-Content $retry -Encoding utf8)
        $failed | Should -HaveCount 9
        # One ID stands twice in the list, and each occurrence gets its answer.
        $said[-1] | Should -BeLike "$($lines.Count - $blank - 9) removed, 9 failed, see *"
        $lines.Count - $blank - 9 | Should -Be ($there.Count + 1)
        $said -match "^   $($there.Count) files exist, 6 do not. There are $($there.Count + 1) results: " | Should -HaveCount 1
        @($said -match '^(CloudFileNotFound|InvalidFileId|FileInOtherEnvironment) ') | Should -HaveCount 9
    }
    It 'speaks Chinese in a Chinese session' {
        $script = [IO.Path]::Combine($samples, 'quickstart.ps1')
        $list = [IO.Path]::Combine($TestDrive, 'short.txt')
        Set-Content $list "cloud://$($emulator.Bucket)/missing.png"
        $said = Invoke-NewSession "[Threading.Thread]::CurrentThread.CurrentUICulture = 'zh-CN'; & '$script' -Endpoint $($emulator.Endpoint) -EnvironmentId $($emulator.EnvironmentId) -AccessToken $($emulator.Token) -List '$list' -RetryList '$list.retry'"
        $said = @($said | Where-Object { $_ })
        $said | Should -HaveCount 10
        foreach ($line in $said) { $line | Should -Match '[\u4e00-\u9fff]{2}' }
    }
}
