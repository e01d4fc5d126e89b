BeforeAll {
    Import-Module ([IO.Path]::Combine($PSScriptRoot, 'TestHelpers.psm1')) -Force
    $runbook = [IO.Path]::Combine((Get-SampleFolder), 'runbook.ps1')

    $emulator = Start-Emulator

    # Always in strict mode, which some profiles set. A scheduler knows it by the exit code of its process, as -Process does.
    function Invoke-Runbook(
        [string] $Token = $emulator.Token, [hashtable] $Variables = @{ TCB_ACCESS_TOKEN = $Token }, [string] $Endpoint = $emulator.Endpoint, [switch] $Process
    ) {
        $env:TCB_ENVIRONMENT_ID = $emulator.EnvironmentId
        foreach ($name in $Variables.Keys) { [Environment]::SetEnvironmentVariable($name, $Variables[$name]) }
        $script = "Set-StrictMode -Version Latest; & '$runbook' -List '$list' -Endpoint '$Endpoint'"
        try {
            $script:output = if ($Process) { Invoke-NewPowerShell "$script; exit `$LASTEXITCODE" } else { Invoke-NewSession $script }
            $LASTEXITCODE
        }
        finally {
            $env:TCB_ENVIRONMENT_ID = $null
            foreach ($name in $Variables.Keys) { [Environment]::SetEnvironmentVariable($name, $null) }
        }
    }
    # Beside the list.
    function Get-Trace { Get-ChildItem $folder -File | Where-Object { $_.Name -like 'ids.txt?*' } | ForEach-Object { $_.Name } }
}

AfterAll { Stop-Emulator $emulator }

Describe 'The runbook' {
    BeforeEach {
        $folder = [IO.Path]::Combine($emulator.Folder, [guid]::NewGuid().ToString('n'))
        $null = [IO.Directory]::CreateDirectory($folder)
        $list = [IO.Path]::Combine($folder, 'ids.txt')
        $ids = 1..120 | ForEach-Object { "$([char] 0x7167)$([char] 0x7247) $_+&#.png" } | New-CloudFile $emulator
        $ids | Set-Content $list -Encoding utf8
        $before = @(Get-EmulatorRequest $emulator).Count
    }

    It 'ends with 0 when all files are gone, and says so in its log' {
        Invoke-Runbook -Process | Should -Be 0
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

    It 'ends with 2 when it ended early and may go on later, and then goes on from the journal' {
        $today = Start-Emulator -Option '--fault', 'errcode-45009:2-999'
        try {
            $ids = 1..150 | ForEach-Object { "tomorrow/$_.png" } | New-CloudFile $today
            $ids | Set-Content $list -Encoding utf8
            Invoke-Runbook -Endpoint $today.Endpoint -Process | Should -Be 2
            # What is left there is there when the quota is new.
            $ids | Where-Object { Test-CloudFile $today $_ } | ForEach-Object { $_.Substring($_.IndexOf('tomorrow/')) } | New-CloudFile $emulator | Should -HaveCount 100
        }
        finally { Stop-Emulator $today }
        Get-Content "$list.log" -Encoding utf8 | Where-Object { $_ -match 'ENDED EARLY QuotaExhausted' } | Should -HaveCount 1
        Test-Path "$list.retry.txt" | Should -BeFalse
        Invoke-Runbook | Should -Be 0
        Invoke-Runbook | Should -Be 0
        $log = Get-Content "$list.log" -Encoding utf8
        $log | Where-Object { $_ -match ' PreviouslyRemoved 50$' } | Should -HaveCount 1
        $log | Where-Object { $_ -match ' PreviouslyRemoved 150$' } | Should -HaveCount 1
    }

    It 'ends with 2 when it could not start, and the service may be back later' {
        $closed = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $closed.Start()
        $port = $closed.LocalEndpoint.Port
        $closed.Stop()
        Invoke-Runbook -Variables @{ TCB_APP_ID = 'wx0000000000000001'; TCB_APP_SECRET = '0' * 31 + '1' } -Endpoint "http://127.0.0.1:$port" | Should -Be 2
        $output -match 'NOT STARTED ServiceUnreachable' | Should -HaveCount 1
        Get-Trace | Should -BeNullOrEmpty
    }

    It 'ends with 3 when the token is refused: the same command would fail again' {
        Invoke-Runbook -Token 'not-a-token-that-is-good' | Should -Be 3
        Get-Content "$list.log" -Encoding utf8 | Where-Object { $_ -match 'ENDED EARLY TokenRejected' } | Should -HaveCount 1
        Get-Content "$list.log" -Encoding utf8 | Where-Object { $_ -match 'SUMMARY failed 0, open 120, ' } | Should -HaveCount 1
        Test-Path "$list.retry.txt" | Should -BeFalse
        Invoke-Runbook | Should -Be 0
    }

    It 'ends with 3 and leaves nothing behind when the secret is wrong' {
        Invoke-Runbook -Variables @{ TCB_APP_ID = 'wx0000000000000001'; TCB_APP_SECRET = '0' * 32 } | Should -Be 3
        $output -match 'NOT STARTED AppSecretRejected' | Should -HaveCount 1
        Get-Trace | Should -BeNullOrEmpty
    }

    It 'ends with 3 and leaves nothing behind when a variable is not set' {
        Invoke-Runbook -Variables @{} | Should -Be 3
        $output -match 'NOT STARTED EnvironmentVariableMissing' | Should -HaveCount 1
        Get-Trace | Should -BeNullOrEmpty
    }

    It 'ends with 3 and leaves nothing behind when there is no list' {
        Remove-Item $list
        Invoke-Runbook | Should -Be 3
        $output -match 'NOT STARTED PathNotFound' | Should -HaveCount 1
        Get-Trace | Should -BeNullOrEmpty
        @(Get-EmulatorRequest $emulator) | Should -HaveCount $before
    }

    It 'shows no token' {
        $null = Invoke-Runbook
        (Get-Content "$list.log" -Raw) + ($output -join "`n") | Should -Not -Match $emulator.Token
    }
}
