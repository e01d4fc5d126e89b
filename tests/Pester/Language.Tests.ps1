# The language of a session is its UI culture: texts of the module and its help follow it, what scripts rely on does not.
Describe 'The language' {
    BeforeAll {
        Import-Module ([IO.Path]::Combine($PSScriptRoot, 'TestHelpers.psm1')) -Force
        $chinese = '[\u4e00-\u9fff]'
        $import = "[Console]::OutputEncoding = [Text.Encoding]::UTF8; Import-Module '$(Get-StagedModule)'"
        $ask = 'try { Get-TcbEnvironment } catch { $_.FullyQualifiedErrorId; $_.Exception.Message; $_.Exception.Data[''EnglishMessage''] }'

        # A PowerShell that was started in that language: it has it from the system, or, on Windows, from its thread.
        function Invoke-Session([string] $Culture, [string] $Script) {
            if ($env:OS -eq 'Windows_NT') { return Invoke-NewPowerShell "[Threading.Thread]::CurrentThread.CurrentUICulture = '$Culture'; $import; $Script" }
            $old = $env:LC_ALL
            $env:LC_ALL = "$($Culture.Replace('-', '_')).UTF-8"
            try {
                $text = "`$ProgressPreference = 'SilentlyContinue'; $import; $Script"
                Start-PowerShell -NoProfile -NonInteractive -OutputFormat Text -EncodedCommand ([Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($text)))
            }
            finally { $env:LC_ALL = $old }
        }
    }

    It 'of a session in <_> is Chinese, in errors and in help' -ForEach 'zh-CN', 'zh-TW', 'zh-SG' {
        $said = @(Invoke-Session $_ "`$PSUICulture; $ask; (Get-Help Remove-TcbCloudFile).Synopsis; Get-Help about_TcbPowerShell_Errors")
        $said[0] | Should -Be $_
        $said[1] | Should -Be 'NotConnected,TcbPowerShell.GetTcbEnvironmentCommand'
        $said[2] | Should -Match $chinese
        $said[3] | Should -BeLike 'This session has no connection*'
        $said[4] | Should -Match $chinese
        @($said -match $chinese).Count | Should -BeGreaterThan 100
    }

    It 'of a session in <_> is English' -ForEach 'en-US', 'fr-FR' {
        $said = @(Invoke-Session $_ "`$PSUICulture; $ask; (Get-Help Remove-TcbCloudFile).Synopsis")
        $said[0] | Should -Be $_
        $said[2] | Should -Be $said[3]
        "$said" | Should -Not -Match $chinese
    }

    It 'can be set inside the session' {
        $said = @(Invoke-Session en-US "[cultureinfo]::CurrentUICulture = 'zh-CN'; $ask; [cultureinfo]::CurrentUICulture = 'en-US'; $ask")
        $said[0] | Should -Be $said[3]
        $said[1] | Should -Match $chinese
        $said[4] | Should -Not -Match $chinese
    }

    It 'is the same in ForEach-Object -Parallel and in thread jobs' -Skip:($PSVersionTable.PSVersion.Major -lt 7) {
        $there = "{ Import-Module '$(Get-StagedModule)'; $ask }"
        foreach ($start in @{ Culture = 'zh-CN'; First = '' }, @{ Culture = 'en-US'; First = "[cultureinfo]::CurrentUICulture = 'zh-CN'; " }) {
            $said = @(Invoke-Session $start.Culture "$($start.First)1 | ForEach-Object -Parallel $there; Start-ThreadJob $there | Receive-Job -Wait -AutoRemoveJob")
            $said.Count | Should -Be 6
            $said[1] | Should -Match $chinese
            $said[4] | Should -Match $chinese
            $said[2, 5] | Should -Not -Match $chinese
        }
    }
}
