# The language of a session is its UI culture: texts of the module and its help follow it, what scripts rely on does not.
Describe 'The language' {
    BeforeAll {
        Import-Module ([IO.Path]::Combine($PSScriptRoot, 'TestHelpers.psm1')) -Force
        $chinese = '[\u4e00-\u9fff]'
        $import = "[Console]::OutputEncoding = [Text.Encoding]::UTF8; Import-Module '$(Get-StagedModule)'"
        $ask = 'try { Get-TcbEnvironment } catch { $_.FullyQualifiedErrorId; $_.Exception.Message; $_.Exception.Data[''EnglishMessage''] }'

        $help = '(Get-Help Remove-TcbCloudFile).Synopsis; Get-Help about_TcbPowerShell_Errors'
        # Windows PowerShell has neither ForEach-Object -Parallel nor Start-ThreadJob.
        $hasJobs = $PSVersionTable.PSVersion.Major -ge 7
        $there = "{ Import-Module '$(Get-StagedModule)'; $ask }"
        $askJobs = if ($hasJobs) { "1 | ForEach-Object -Parallel $there; Start-ThreadJob $there | Receive-Job -Wait -AutoRemoveJob" } else { '$null' }

        # A PowerShell that was started in that language: it has it from the system, or, on Windows, from its thread.
        function Invoke-PowerShellIn([string] $Culture, [string] $Script) {
            if ($env:OS -eq 'Windows_NT') { return Invoke-NewPowerShell "[Threading.Thread]::CurrentThread.CurrentUICulture = '$Culture'; $import; $Script" }
            $old = $env:LC_ALL
            $env:LC_ALL = "$($Culture.Replace('-', '_')).UTF-8"
            try {
                $text = "`$ProgressPreference = 'SilentlyContinue'; $import; $Script"
                Start-PowerShell -NoProfile -NonInteractive -OutputFormat Text -EncodedCommand ([Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($text)))
            }
            finally { $env:LC_ALL = $old }
        }

        # Checks what $ask wrote: the error ID, the message, and the English message. A session in this process is a "runspace" once an earlier
        # test has connected.
        function Test-Answer([string[]] $Said, [switch] $IsChinese, [string] $Where = 'session') {
            $Said | Should -HaveCount 3
            $Said[0] | Should -Be 'NotConnected,TcbPowerShell.GetTcbEnvironmentCommand'
            $Said[2] | Should -BeLike "This $Where has no connection*"
            if ($IsChinese) { $Said[1] | Should -Match $chinese } else { $Said[1] | Should -Be $Said[2] }
        }
        function Test-Help([string[]] $Said, [switch] $IsChinese) {
            ($Said -join '').Length | Should -BeGreaterThan 1000
            if ($IsChinese) {
                $Said[0] | Should -Match $chinese
                [regex]::Matches($Said -join '', $chinese).Count | Should -BeGreaterThan 1000
            }
            else {
                $Said[0] | Should -BeLike 'Deletes files*'
                "$Said" | Should -Not -Match $chinese
            }
        }
    }

    It 'of a PowerShell that starts in zh-CN is Chinese: in errors, in help, in ForEach-Object -Parallel and in thread jobs' {
        $culture, $said = Invoke-PowerShellIn zh-CN "`$PSUICulture; $ask; $askJobs; $help"
        $culture | Should -Be 'zh-CN'
        Test-Answer $said[0..2] -IsChinese
        if ($hasJobs) {
            Test-Answer $said[3..5] -IsChinese
            Test-Answer $said[6..8] -IsChinese
        }
        Test-Help $said[$(if ($hasJobs) { 9 } else { 3 })..$said.Count] -IsChinese
    }

    It 'of a PowerShell that starts in en-US is English, and can be changed in the session, also for ForEach-Object -Parallel and thread jobs' {
        $set = "[cultureinfo]::CurrentUICulture = 'zh-CN'; $ask; $askJobs; [cultureinfo]::CurrentUICulture = 'en-US'; $ask"
        $culture, $said = Invoke-PowerShellIn en-US "`$PSUICulture; $ask; $set; $help"
        $culture | Should -Be 'en-US'
        Test-Answer $said[0..2]
        Test-Answer $said[3..5] -IsChinese
        if ($hasJobs) {
            Test-Answer $said[6..8] -IsChinese
            Test-Answer $said[9..11] -IsChinese
        }
        $next = if ($hasJobs) { 12 } else { 6 }
        Test-Answer $said[$next..($next + 2)]
        Test-Help $said[($next + 3)..$said.Count]
    }

    It 'of a session in <_> is Chinese, in errors and in help' -ForEach 'zh-TW', 'zh-SG', 'zh-HK' {
        $said = Invoke-NewSession "[Threading.Thread]::CurrentThread.CurrentUICulture = '$_'; $ask; $help"
        Test-Answer $said[0..2] -IsChinese -Where *
        Test-Help $said[3..$said.Count] -IsChinese
    }

    It 'of a session in fr-FR is English, in errors and in help' {
        $said = Invoke-NewSession "[Threading.Thread]::CurrentThread.CurrentUICulture = 'fr-FR'; $ask; $help"
        Test-Answer $said[0..2] -Where *
        Test-Help $said[3..$said.Count]
    }
}
