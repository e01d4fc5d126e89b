Describe 'Remove-TcbCloudFile -JournalPath' -Tag 'rule12' {
    BeforeAll {
        Import-Module ([IO.Path]::Combine($PSScriptRoot, 'TestHelpers.psm1')) -Force
        Import-Module (Get-StagedModule) -ErrorAction Stop
        $emulator = Start-Emulator
        $null = Connect-TcbEnvironment $emulator.EnvironmentId -AccessToken $emulator.Token -Endpoint $emulator.Endpoint
    }

    AfterAll {
        Disconnect-TcbEnvironment
        Stop-Emulator $emulator
    }

    BeforeEach {
        $journal = [IO.Path]::Combine($TestDrive, "$([guid]::NewGuid()).jsonl")
        $ids = @('a.png', 'b  b.png', 'c.png' | ForEach-Object { "$([guid]::NewGuid())/$_" } | New-CloudFile $emulator)
        $before = @(Get-EmulatorRequest $emulator).Count
        function Get-NewRequest { Get-EmulatorRequest $emulator | Select-Object -Skip $before }
    }

    It 'records every answer as a line of JSON' {
        $missing = "cloud://$($emulator.Bucket)/no-such.png"
        $ids + $missing | Remove-TcbCloudFile -JournalPath $journal -ErrorAction SilentlyContinue | Should -HaveCount 3
        $lines = @(Get-Content $journal -Encoding utf8 | ConvertFrom-Json)
        $lines[0].run.service | Should -Be ([uri] $emulator.Endpoint).Authority
        $lines[1].sent | Should -Be ($ids + $missing)
        $lines[-1].run.id, $lines[-1].run.ended | Should -Be $lines[0].run.id, 'Completed'
        ($lines | Where-Object outcome -EQ Removed).fileId | Should -Be $ids
        ($lines | Where-Object outcome -EQ CloudFileNotFound).fileId | Should -Be $missing
        [IO.File]::ReadAllText($journal) | Should -Not -Match $emulator.Token
    }

    It 'lets the same list go on where an earlier run ended' {
        $ids[0], $ids[1] | Remove-TcbCloudFile -JournalPath $journal | Out-Null
        $result = @($ids | Remove-TcbCloudFile -JournalPath $journal)
        $result.Outcome | Should -Be 'PreviouslyRemoved', 'PreviouslyRemoved', 'Removed'
        $result[0].Status | Should -BeNullOrEmpty
        (Get-NewRequest | Select-Object -Last 1).fileIds | Should -Be $ids[2]
    }

    It 'is read and not written with -WhatIf, and what it holds is left out' {
        $ids[0] | Remove-TcbCloudFile -JournalPath $journal | Out-Null
        $text = [IO.File]::ReadAllText($journal)
        $said = Get-HostText { $ids | Remove-TcbCloudFile -WhatIf -JournalPath $journal }
        @($said -match '^What if: ') | Should -HaveCount 2
        [IO.File]::ReadAllText($journal) | Should -Be $text
        [IO.File]::Exists("$journal.new") | Should -BeFalse
        $ids | Remove-TcbCloudFile -WhatIf -JournalPath "$journal.new"
        [IO.File]::Exists("$journal.new") | Should -BeFalse
    }

    It 'of a rehearsal is refused, and nothing is deleted' {
        $ids | Remove-TcbCloudFile -JournalPath $journal | Out-Null
        # The same files at another service.
        $text = [IO.File]::ReadAllText($journal).Replace(([uri] $emulator.Endpoint).Authority, 'other.example:443')
        [IO.File]::WriteAllText($journal, $text)
        foreach ($how in @{}, @{ WhatIf = $true }) {
            $caught = $null
            try { $ids | Remove-TcbCloudFile -JournalPath $journal @how } catch { $caught = $_ }
            $caught.FullyQualifiedErrorId | Should -BeLike 'JournalUnavailable,*'
            $caught.Exception.Message | Should -BeLike "*'other.example:443'*-IgnoreMissing*"
        }
        [IO.File]::ReadAllText($journal) | Should -Be $text
    }

    It 'that is moved during the run ends it' -Skip:([IO.Path]::DirectorySeparatorChar -eq '\') {
        $script:count = 0
        $caught = $null
        try {
            $ids | Remove-TcbCloudFile -JournalPath $journal -BatchSize 1 -ThrottleLimit 1 |
                ForEach-Object { if (++$script:count -eq 1) { Move-Item $journal "$journal.moved" } }
        }
        catch { $caught = $_ }
        $caught.FullyQualifiedErrorId | Should -BeLike 'JournalUnavailable,*'
        @(Get-NewRequest).Count | Should -BeLessOrEqual 2
    }

    It "finds a relative path from the session's location" {
        Push-Location $TestDrive
        try { $ids | Remove-TcbCloudFile -JournalPath here.jsonl | Should -HaveCount 3 } finally { Pop-Location }
        [IO.File]::Exists([IO.Path]::Combine($TestDrive, 'here.jsonl')) | Should -BeTrue
    }

    It 'ends the run before anything is deleted where it cannot be written' {
        $caught = $null
        try { $ids | Remove-TcbCloudFile -JournalPath ([IO.Path]::Combine($TestDrive, 'no-such-folder', 'run.jsonl')) } catch { $caught = $_ }
        $caught.FullyQualifiedErrorId | Should -BeLike 'JournalUnavailable,*'
        Get-NewRequest | Should -BeNullOrEmpty
    }
}
