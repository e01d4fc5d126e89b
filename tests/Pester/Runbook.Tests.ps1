BeforeAll {
    Import-Module ([IO.Path]::Combine($PSScriptRoot, 'TestHelpers.psm1')) -Force
    Import-Module (Get-StagedModule)
    $runbook = [IO.Path]::Combine((Get-SampleFolder), 'runbook.ps1')

    $emulator = Start-Emulator

    # Always in strict mode, which some profiles set. A scheduler knows it by the exit code of its process, as -Process (pwsh -Command) and -File do.
    function Invoke-Runbook(
        [string] $More, [string] $Token = $emulator.Token, [hashtable] $Variables = @{ TCB_ACCESS_TOKEN = $Token }, [string] $Endpoint = $emulator.Endpoint,
        [string] $Before, [switch] $Process, [switch] $File, [string] $From = $runbook, [string] $ModulePath = [IO.Path]::GetDirectoryName((Get-StagedModule))
    ) {
        $env:TCB_ENVIRONMENT_ID = $emulator.EnvironmentId
        foreach ($name in $Variables.Keys) { [Environment]::SetEnvironmentVariable($name, $Variables[$name]) }
        $oldModulePath = $env:PSModulePath
        $script = "$Before; Set-StrictMode -Version Latest; & '$From' -List '$list' -Endpoint '$Endpoint' $More"
        try {
            if ($File) {
                $env:PSModulePath = $ModulePath + [IO.Path]::PathSeparator + $oldModulePath
                $script:output = @(Start-PowerShell -NoProfile -NonInteractive -File $From -List $list -Endpoint $Endpoint)
            }
            else { $script:output = @(if ($Process) { Invoke-NewPowerShell "$script; exit `$LASTEXITCODE" } else { Invoke-NewSession $script }) }
            $LASTEXITCODE
        }
        finally {
            $env:TCB_ENVIRONMENT_ID = $null
            $env:PSModulePath = $oldModulePath
            foreach ($name in $Variables.Keys) { [Environment]::SetEnvironmentVariable($name, $null) }
        }
    }

    # A copy in a folder of this name, and the module where dotnet build would leave it.
    function Copy-Runbook([string] $Name) {
        $copy = [IO.Path]::Combine($folder, 'repository', $Name)
        $null = [IO.Directory]::CreateDirectory($copy)
        $null = [IO.Directory]::CreateDirectory([IO.Path]::Combine($folder, 'repository', 'output'))
        Copy-Item (Get-StagedModule) ([IO.Path]::Combine($folder, 'repository', 'output', 'TcbPowerShell')) -Recurse
        Copy-Item $runbook $copy
        [IO.Path]::Combine($copy, 'runbook.ps1')
    }

    # Beside the list.
    function Get-Trace { Get-ChildItem $folder -File | Where-Object { $_.Name -like 'ids.txt?*' } | ForEach-Object { $_.Name } | Sort-Object }
    # Name and content.
    function Get-State { Get-ChildItem $folder -File | Sort-Object Name | ForEach-Object { "$($_.Name) $((Get-FileHash -LiteralPath $_.FullName).Hash)" } }
    function Get-Closed { @(Get-Trace | Where-Object { $_ -match '^ids\.txt\.journal\.\d{8}T\d{6}Z-[0-9a-f-]{36}\.jsonl$' }) }
    function Get-Entry([string] $Pattern) { @(Get-Content "$list.log" -Encoding utf8 | Where-Object { $_ -match $Pattern }) }
    function Get-RequestCount { @(Get-EmulatorRequest $emulator).Count }
    function New-Upload([string[]] $FileId) { $FileId | ForEach-Object { $_.Substring($_.IndexOf('/', 8) + 1) } | New-CloudFile $emulator }
    # The journal as a run leaves it that came to its end, or without its last line.
    function New-Journal([int] $Count = 120, [string] $Endpoint = $emulator.Endpoint, [switch] $Open) {
        $there = Connect-TcbEnvironment $emulator.EnvironmentId -AccessToken $emulator.Token -Endpoint $Endpoint
        Get-Content $list -Encoding utf8 -TotalCount $Count | Remove-TcbCloudFile -Environment $there -JournalPath "$list.journal.jsonl" -IgnoreMissing | Out-Null
        if (-not $Open) { return }
        $lines = [IO.File]::ReadAllLines("$list.journal.jsonl")
        [IO.File]::WriteAllLines("$list.journal.jsonl", [string[]] ($lines | Select-Object -SkipLast 1))
    }
}

AfterAll { Stop-Emulator $emulator }

Describe 'The runbook' {
    BeforeEach {
        $folder = [IO.Path]::Combine($emulator.Folder, [guid]::NewGuid().ToString('n'))
        $null = [IO.Directory]::CreateDirectory($folder)
        $list = [IO.Path]::Combine($folder, 'ids.txt')
        $ids = 1..120 | ForEach-Object { "$([char] 0x7167)$([char] 0x7247) $_+&#.png" } | New-CloudFile $emulator
        $ids | Set-Content $list -Encoding utf8
        $before = Get-RequestCount
    }

    It 'ends with 0 when all files are gone, closes its journal, and says who did what in its log' {
        Invoke-Runbook -Process | Should -Be 0
        $ids | Where-Object { Test-CloudFile $emulator $_ } | Should -BeNullOrEmpty
        $closed = @(Get-Closed)
        Get-Trace | Should -Be ($closed + 'ids.txt.log' + 'ids.txt.retry.txt')
        $closed | Should -HaveCount 1
        $runId = $closed[0].Substring($closed[0].Length - 42, 36)
        $hash = (Get-FileHash -LiteralPath $list).Hash.ToLowerInvariant()
        $start = Get-Entry 'Z START '
        $start | Should -HaveCount 1
        $start | Should -BeLike "*$list, lines 120, SHA-256 $hash, environment *, service $($emulator.Endpoint)*, user $([Environment]::UserName), computer $([Environment]::MachineName)"
        Get-Entry 'Z Removed 120$' | Should -HaveCount 1
        Get-Entry "Z SUMMARY run $runId, failed 0, open 0, skipped 0, requests 3, retries 0, " | Should -HaveCount 1
        (Get-Content "$list.log" -Encoding utf8)[-1] | Should -Match 'END exit code 0$'
        Get-Content "$list.retry.txt" | Should -BeNullOrEmpty
    }

    It 'speaks Chinese in a Chinese session, with the same words in capitals' {
        Add-Content $list "cloud://$($emulator.Bucket)/missing.png", 'no ID' -Encoding utf8
        Invoke-Runbook -Before "[Threading.Thread]::CurrentThread.CurrentUICulture = 'zh-CN'" | Should -Be 10
        $entries = Get-Content "$list.log" -Encoding utf8 | ForEach-Object { $_.Substring(21) }
        $entries.ForEach({ $_.Split(' ')[0] }) | Should -Be 'START', 'REFUSED', 'FAILED', 'Removed', 'AlreadyGone', 'PreviouslyRemoved', 'SUMMARY', 'CLOSED', 'END'
        # The three numbers have no words.
        foreach ($entry in $entries[0..2 + 6..8]) { $entry | Should -Match '[\u4e00-\u9fff]{2}' }
        $entries -match ' (the|run|line|exit|failed) ' | Should -BeNullOrEmpty
    }

    It 'has each of its words in Chinese, with the same values: <_>' -ForEach 'runbook', 'check-listing', 'quickstart' {
        $chinese = Import-LocalizedData -FileName "$_.psd1" -BaseDirectory (Get-SampleFolder) -UICulture zh-CN
        $english = [regex]::Match([IO.File]::ReadAllText([IO.Path]::Combine((Get-SampleFolder), "$_.ps1")), '(?ms)^\$words = (@\{.+?^\})').Groups[1].Value | Invoke-Expression
        $chinese.Keys | Sort-Object | Should -Be ($english.Keys | Sort-Object)
        foreach ($name in $english.Keys) {
            $values = foreach ($text in $english[$name], $chinese[$name]) { ([regex]::Matches($text, '\{\d\}').Value | Sort-Object) -join '' }
            $values[0] | Should -Be $values[1] -Because $name
        }
    }

    It 'ends with 10 when a file failed, which is then in the retry list, and closes its journal' {
        $missing = "cloud://$($emulator.Bucket)/$([char] 0x4E0D)$([char] 0x5728).png"
        Add-Content $list $missing -Encoding utf8
        Invoke-Runbook -File | Should -Be 10
        Get-Content "$list.retry.txt" -Encoding utf8 | Should -Be $missing
        Get-Entry 'FAILED 1 CloudFileNotFound' | Should -HaveCount 1
        Get-Entry 'without an answer|nothing to retry' | Should -BeNullOrEmpty
        Get-Closed | Should -HaveCount 1
        "$list.journal.jsonl" | Should -Not -Exist
    }

    It 'deletes the files of the same list again when they were uploaded again' {
        Invoke-Runbook | Should -Be 0
        $null = New-Upload $ids
        Invoke-Runbook | Should -Be 0
        $ids | Where-Object { Test-CloudFile $emulator $_ } | Should -BeNullOrEmpty
        Get-Entry 'Z Removed 120$' | Should -HaveCount 2
        Get-Closed | Should -HaveCount 2
    }

    It 'ends with 20 when it ended early and may go on later, and then goes on from the journal' {
        $today = Start-Emulator -Option '--fault', 'errcode-45009:2'
        try {
            $list = [IO.Path]::Combine($folder, 'ids.txt')
            $ids = 1..150 | ForEach-Object { "tomorrow/$_.png" } | New-CloudFile $today
            $ids | Set-Content $list -Encoding utf8
            Invoke-Runbook -Endpoint $today.Endpoint -More '-ThrottleLimit 1' -Process | Should -Be 20
            Get-Entry 'ENDED EARLY QuotaExhausted' | Should -HaveCount 1
            Test-Path "$list.retry.txt" | Should -BeFalse
            Get-Closed | Should -BeNullOrEmpty
            # The quota is new.
            Invoke-Runbook -Endpoint $today.Endpoint | Should -Be 0
            $ids | Where-Object { Test-CloudFile $today $_ } | Should -BeNullOrEmpty
        }
        finally { Stop-Emulator $today }
        Get-Entry ' PreviouslyRemoved 50$' | Should -HaveCount 1
        Get-Closed | Should -HaveCount 1
        "$list.journal.jsonl" | Should -Not -Exist
    }

    It 'ends with 20 when its process is interrupted' -Skip:([Environment]::OSVersion.Platform -ne 'Unix') {
        $slow = Start-Emulator -Option '--latency', '300'
        $process = $null
        try {
            1..3000 | ForEach-Object { "slow/$_.png" } | New-CloudFile $slow | Set-Content $list -Encoding utf8
            $start = [Diagnostics.ProcessStartInfo] @{ FileName = '/bin/sh'; UseShellExecute = $false; RedirectStandardOutput = $true }
            $program = [Diagnostics.Process]::GetCurrentProcess().MainModule.FileName
            $first = if ([IO.Path]::GetFileNameWithoutExtension($program) -eq 'dotnet') { "'$([IO.Path]::Combine($PSHOME, 'pwsh.dll'))'" }
            $start.Arguments = "-c `"exec '$program' $first -NoProfile -NonInteractive -File '$runbook' -List '$list' -Endpoint $($slow.Endpoint) -ThrottleLimit 1`""
            $start.EnvironmentVariables['PSModulePath'] = [IO.Path]::GetDirectoryName((Get-StagedModule)) + ':' + $env:PSModulePath
            $start.EnvironmentVariables['TCB_ENVIRONMENT_ID'] = $slow.EnvironmentId
            $start.EnvironmentVariables['TCB_ACCESS_TOKEN'] = $slow.Token
            $process = [Diagnostics.Process]::Start($start)
            while (-not $process.HasExited -and -not (Test-Path "$list.journal.jsonl.lock")) { Start-Sleep -Milliseconds 20 }
            & /bin/sh -c "kill -INT $($process.Id)"
            $process.WaitForExit(60000) | Should -BeTrue
            $process.ExitCode | Should -Be 20
        }
        finally {
            if ($process -and -not $process.HasExited) { $process.Kill() }
            Stop-Emulator $slow
        }
        Get-Entry ' STOPPED ' | Should -HaveCount 1
        Get-Closed | Should -BeNullOrEmpty
    }

    It 'ends with 20 when it could not start, and the service may be back later' {
        $closed = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $closed.Start()
        $port = $closed.LocalEndpoint.Port
        $closed.Stop()
        Invoke-Runbook -Variables @{ TCB_APP_ID = 'wx0000000000000001'; TCB_APP_SECRET = '0' * 31 + '1' } -Endpoint "http://127.0.0.1:$port" | Should -Be 20
        $output -match 'NOT STARTED ServiceUnreachable' | Should -HaveCount 1
        Get-Trace | Should -BeNullOrEmpty
    }

    It 'ends with 20 while another run uses the journal' {
        $connection = Connect-TcbEnvironment $emulator.EnvironmentId -AccessToken $emulator.Token -Endpoint $emulator.Endpoint
        $stop = [Threading.ManualResetEventSlim]::new()
        $other = [powershell]::Create([initialsessionstate]::CreateDefault())
        try {
            $null = $other.AddScript({
                    param($module, $connection, $journal, $stop)
                    Import-Module $module
                    & { $stop.Wait() } | Where-Object { $false } | Remove-TcbCloudFile -Environment $connection -JournalPath $journal
                }).AddArgument((Get-StagedModule)).AddArgument($connection).AddArgument("$list.journal.jsonl").AddArgument($stop)
            $running = $other.BeginInvoke()
            while (-not (Test-Path "$list.journal.jsonl.lock") -and -not $running.IsCompleted) { Start-Sleep -Milliseconds 20 }
            Invoke-Runbook | Should -Be 20
        }
        finally {
            $stop.Set()
            $null = $other.EndInvoke($running)
            $other.Dispose()
        }
        Get-Entry 'ENDED EARLY JournalUnavailable' | Should -HaveCount 1
        Get-Closed | Should -BeNullOrEmpty
        Invoke-Runbook | Should -Be 0
    }

    It 'ends with 30 when the journal belongs to another service, such as an emulator' {
        $rehearsal = Start-Emulator
        # One that was completed would be closed, and in nobody's way.
        try { New-Journal -Endpoint $rehearsal.Endpoint -Open } finally { Stop-Emulator $rehearsal }
        Invoke-Runbook | Should -Be 30
        Get-Entry 'ENDED EARLY JournalUnavailable' | Should -HaveCount 1
        $ids | Where-Object { -not (Test-CloudFile $emulator $_) } | Should -BeNullOrEmpty
    }

    It 'ends with 30 when the token is refused: the same command would fail again' {
        Invoke-Runbook -Token 'not-a-token-that-is-good' | Should -Be 30
        Get-Entry 'ENDED EARLY TokenRejected' | Should -HaveCount 1
        Get-Entry 'SUMMARY run .+, failed 0, open 120, ' | Should -HaveCount 1
        Test-Path "$list.retry.txt" | Should -BeFalse
        Invoke-Runbook | Should -Be 0
    }

    It 'ends with 30 when its log cannot be written, and deletes nothing' {
        Invoke-Runbook -More "-Log '$folder'" | Should -Be 30
        $output -match '^NOT STARTED ' | Should -HaveCount 1
        Get-Trace | Should -BeNullOrEmpty
        Get-RequestCount | Should -Be $before
    }

    It 'ends with 30, sends nothing and leaves nothing behind: <name>' -ForEach @(
        @{ name = 'wrong secret'; with = @{ Variables = @{ TCB_APP_ID = 'wx0000000000000001'; TCB_APP_SECRET = '0' * 32 } }; says = 'AppSecretRejected'; requests = 1 }
        @{ name = 'no variables'; with = @{ Variables = @{} }; says = 'EnvironmentVariableMissing' }
        @{ name = 'no list'; list = { Remove-Item $list }; says = 'ListMissing' }
        @{ name = 'empty list'; list = { Set-Content $list '', '  ' }; says = 'ListEmpty' }
        @{ name = 'list of another environment'; list = { Set-Content $list 'cloud://other-1a2b3c.7465/a.png', 'cloud://test2-4a89da1.7465/a.png' }; says = 'ListOfOtherKind' }
        @{ name = 'a number that is none'; with = @{ More = '-ThrottleLimit many' }; says = 'InvalidParameter' }
        @{ name = 'a number out of range'; with = @{ More = '-MaximumRetryCount 101' }; says = 'InvalidParameter' }
        @{ name = 'an unknown parameter'; with = @{ More = '-AccessToken 0123456789' }; says = 'UnknownParameter: [^0]+-AccessToken \(exit code 30\)$' }
        @{ name = 'one argument too many'; with = @{ More = 'retry.txt' }; says = 'UnknownParameter' }
        @{ name = 'no connection'; with = @{ More = '-Environment test2-4a89da' }; says = 'InvalidEnvironment' }
        @{ name = 'two addresses'; with = @{ Before = '$c = Connect-TcbEnvironment test2-4a89da -AccessToken a-token -Endpoint http://127.0.0.1:1'; More = '-Environment $c' }; says = 'InvalidEndpoint' }
        @{ name = 'one file for two things'; with = @{ More = '-Journal jobs/a.txt -Log jobs/../jobs/a.txt' }; says = 'InvalidParameter' }
        @{ name = 'an address that is none'; with = @{ Endpoint = 'no address' }; says = '(InvalidEndpoint|ParameterArgument\w+)' }
    ) {
        if ($_['list']) { . $_.list }
        $with = if ($_['with']) { $_.with } else { @{} }
        Invoke-Runbook @with | Should -Be 30
        $output -match "Z NOT STARTED $says" | Should -HaveCount 1
        Get-Trace | Should -BeNullOrEmpty
        Get-RequestCount | Should -Be ($before + [int] $_['requests'])
    }

    # A process, since this one has loaded the module from another folder.
    It 'finds the module that was built beside it if none is installed' {
        Invoke-Runbook -File -From (Copy-Runbook samples) -ModulePath $folder | Should -Be 0
        Get-Entry 'Z Removed 120$' | Should -HaveCount 1
    }

    It 'ends with 30 and says what to do if there is no module, and takes none from beside a copy in another folder' {
        Invoke-Runbook -From (Copy-Runbook jobs) -Before 'Remove-Module TcbPowerShell; $env:PSModulePath = ""' | Should -Be 30
        $output -match 'Z NOT STARTED ModuleMissing: .+build\.ps1 -Task Install.+Import-Module' | Should -HaveCount 1
        Get-Trace | Should -BeNullOrEmpty
        Get-RequestCount | Should -Be $before
    }

    It 'ends with 0 for an empty list that is not a mistake' {
        Set-Content $list ''
        Invoke-Runbook -More '-AllowEmpty' | Should -Be 0
        Get-Content "$list.retry.txt" | Should -BeNullOrEmpty
        Get-RequestCount | Should -Be $before
    }

    It 'repeats nothing of the lines that are not IDs of its environment' {
        $wrong = 'API_KEY=5ecret-1', 'cloud://5ecret-2.7465/a.png', '', "cloud://$($emulator.Bucket)/5ecret-3$([char] 0xFFFD).png", 'TOKEN=5ecret-4'
        Set-Content $list ($wrong + $ids[0]) -Encoding utf8
        Invoke-Runbook | Should -Be 10
        Get-Entry 'REFUSED 3 InvalidFileId, not sent, lines: 1, 4, 5$' | Should -HaveCount 1
        Get-Entry 'REFUSED 1 FileInOtherEnvironment, not sent, lines: 2$' | Should -HaveCount 1
        Get-Entry 'Z Removed 1$' | Should -HaveCount 1
        Get-Content "$list.retry.txt" | Should -BeNullOrEmpty
        Get-Entry 'WARNING There is nothing to retry: correct the lines' | Should -HaveCount 1
        Invoke-Runbook -More '-WhatIf' | Should -Be 10
        Set-Content $list $wrong -Encoding utf8
        Invoke-Runbook -Process | Should -Be 30
        $said = $output -join "`n"
        Remove-Item $list
        $said + (Get-ChildItem $folder -File | Get-Content -Raw | Out-String) | Should -Not -Match '5ecret'
    }

    It 'writes and sends nothing in a dry run, with <how>' -ForEach @(
        @{ how = '-WhatIf'; with = @{ More = '-WhatIf' } }
        @{ how = '$WhatIfPreference'; with = @{ Before = '$WhatIfPreference = $true' } }
    ) {
        New-Journal 50 -Open
        Set-Content "$list.retry.txt" 'of an earlier run'
        $state = Get-State
        $before = Get-RequestCount
        Invoke-Runbook @with | Should -Be 0
        Get-State | Should -Be $state
        Get-RequestCount | Should -Be $before
        @($output -match 'Z DRY RUN ') | Should -HaveCount 1
        @($output -match 'Z PreviouslyRemoved 50$') | Should -HaveCount 1
        @($output -match 'Z WOULD REMOVE 70$') | Should -HaveCount 1
    }

    It 'would begin a new journal after a completed run, and does' {
        New-Journal
        $null = New-Upload $ids
        Invoke-Runbook -More '-WhatIf' | Should -Be 0
        @($output -match 'Z WOULD REMOVE 120$') | Should -HaveCount 1
        "$list.journal.jsonl" | Should -Exist
        # As after a crash between the end of a run and the new name.
        Invoke-Runbook | Should -Be 0
        Get-Entry 'Z CLOSED ' | Should -HaveCount 2
        Get-Entry 'Z Removed 120$' | Should -HaveCount 1
        Get-Closed | Should -HaveCount 2
        Get-Entry 'WARNING' | Should -BeNullOrEmpty
    }

    It 'resumes, and warns that nothing was sent, when the journal has all files but not the end of a run' {
        New-Journal -Open
        $null = New-Upload $ids
        Invoke-Runbook | Should -Be 0
        Get-Entry 'Z WARNING Nothing was sent: .* all 120 files' | Should -HaveCount 1
        Get-Closed | Should -HaveCount 1
        # As the warning says.
        Invoke-Runbook | Should -Be 0
        Get-Entry 'Z Removed 120$' | Should -HaveCount 1
    }

    It 'says that failed files may be gone, and passes -MaximumRetryCount on' {
        $ill = Start-Emulator -Option '--fault', 'drop-after:1'
        try {
            $ids = 1..50 | ForEach-Object { "lost/$_.png" } | New-CloudFile $ill
            $ids | Set-Content $list -Encoding utf8
            Invoke-Runbook -Endpoint $ill.Endpoint -More '-MaximumRetryCount 0' | Should -Be 10
            Get-Entry 'WARNING 50 of the failed files may have been deleted without an answer: .*-IgnoreMissing' | Should -HaveCount 1
            Get-Entry 'requests 1, retries 0, ' | Should -HaveCount 1
            $list = "$list.retry.txt"
            Get-Content $list -Encoding utf8 | Sort-Object | Should -Be ($ids | Sort-Object)
            Invoke-Runbook -Endpoint $ill.Endpoint -More "-IgnoreMissing -RetryList '$list'" | Should -Be 0
            Get-Content $list | Should -BeNullOrEmpty
        }
        finally { Stop-Emulator $ill }
    }

    It 'shows no token' {
        $null = Invoke-Runbook
        (Get-Content "$list.log" -Raw) + ($output -join "`n") | Should -Not -Match $emulator.Token
    }
}
