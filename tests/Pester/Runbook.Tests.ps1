BeforeAll {
    Import-Module ([IO.Path]::Combine($PSScriptRoot, 'TestHelpers.psm1')) -Force
    $runbook = [IO.Path]::Combine((Get-SampleFolder), 'runbook.ps1')

    # The runbook as a scheduler starts it: a process of its own, known by its exit code.
    function Invoke-Runbook([string] $Token = $emulator.Token) {
        $env:TCB_ENVIRONMENT_ID = $emulator.EnvironmentId
        $env:TCB_ACCESS_TOKEN = $Token
        try {
            $script:output = Invoke-NewPowerShell "& '$runbook' -List '$list' -Endpoint '$($emulator.Endpoint)'; exit `$LASTEXITCODE"
            $LASTEXITCODE
        }
        finally {
            $env:TCB_ENVIRONMENT_ID = $env:TCB_ACCESS_TOKEN = $null
        }
    }
}

Describe 'The runbook' {
    BeforeEach {
        $emulator = Start-Emulator
        $list = [IO.Path]::Combine($emulator.Folder, 'ids.txt')
        $ids = 1..120 | ForEach-Object { "$([char] 0x7167)$([char] 0x7247) $_+&#.png" } | New-CloudFile $emulator
        $ids | Set-Content $list -Encoding utf8
    }
    AfterEach { Stop-Emulator $emulator }

    It 'ends with 0 when all files are gone, and says so in its log' {
        Invoke-Runbook | Should -Be 0
        $ids | Where-Object { Test-CloudFile $emulator $_ } | Should -BeNullOrEmpty
        $log = Get-Content "$list.log" -Encoding utf8
        $log | Where-Object { $_ -match 'Z Removed 120$' } | Should -HaveCount 1
        $log | Where-Object { $_ -match 'Z SUMMARY failed 0, open 0, skipped 0, requests 3, retries 0, ' } | Should -HaveCount 1
        $log[-1] | Should -Match 'END exit code 0$'
        Get-Content "$list.retry.txt" | Should -BeNullOrEmpty
    }

    It 'ends with 1 when a file failed, which then stands in the retry list' {
        $missing = "cloud://$($emulator.Bucket)/$([char] 0x4E0D)$([char] 0x5728).png"
        Add-Content $list $missing -Encoding utf8
        Invoke-Runbook | Should -Be 1
        Get-Content "$list.retry.txt" -Encoding utf8 | Should -Be $missing
        Get-Content "$list.log" -Encoding utf8 | Where-Object { $_ -match 'FAILED 1 CloudFileNotFound' } | Should -HaveCount 1
    }

    It 'ends with 2 when it ended early, and goes on from the journal the next time' {
        Invoke-Runbook -Token 'not-a-token-that-is-good' | Should -Be 2
        Get-Content "$list.log" -Encoding utf8 | Where-Object { $_ -match 'ENDED EARLY TokenRejected' } | Should -HaveCount 1
        Get-Content "$list.log" -Encoding utf8 | Where-Object { $_ -match 'SUMMARY failed 0, open 120, ' } | Should -HaveCount 1
        Invoke-Runbook | Should -Be 0
        Invoke-Runbook | Should -Be 0
        Get-Content "$list.log" -Encoding utf8 | Where-Object { $_ -match 'PreviouslyRemoved 120$' } | Should -HaveCount 1
    }

    It 'shows no token' {
        $null = Invoke-Runbook
        (Get-Content "$list.log" -Raw) + ($output -join "`n") | Should -Not -Match $emulator.Token
    }
}
