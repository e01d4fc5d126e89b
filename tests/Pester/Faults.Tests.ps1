Describe 'A service with faults' -Tag 'rule8', 'rule10' {
    BeforeAll {
        Import-Module ([IO.Path]::Combine($PSScriptRoot, 'TestHelpers.psm1')) -Force
        Import-Module (Get-StagedModule) -ErrorAction Stop
    }

    BeforeEach { $emulator = $null }

    AfterEach {
        Disconnect-TcbEnvironment
        Stop-Emulator $emulator
    }

    It 'is tried again, and its lost answers are found' {
        $emulator = Start-Emulator -Option '--fault', 'drop-after:1'
        $null = Connect-TcbEnvironment $emulator.EnvironmentId -AccessToken $emulator.Token -Endpoint $emulator.Endpoint
        $ids = 'a.png', 'b.png' | New-CloudFile $emulator
        $said = $ids | Remove-TcbCloudFile -Verbose -OutVariable removed 4>&1 | Where-Object { $_ -is [Management.Automation.VerboseRecord] }
        $removed = @($removed | Where-Object { $_.FileId })
        # The first try deleted them and its answer was lost; "no such file" then is no error.
        $removed.Outcome | Should -Be 'AlreadyGone', 'AlreadyGone'
        $removed.Attempts | Should -Be 2, 2
        $said.Message -match '^Attempt 1 failed \(files: 2\)' | Should -HaveCount 1
    }

    It 'is given up when it stays away: the run ends and says how to go on' {
        $emulator = Start-Emulator -Option '--fault', 'http-503'
        $null = Connect-TcbEnvironment $emulator.EnvironmentId -AccessToken $emulator.Token -Endpoint $emulator.Endpoint
        $ids = 1..60 | ForEach-Object { "$_.png" } | New-CloudFile $emulator
        $stopped = $null
        try { $ids | Remove-TcbCloudFile -BatchSize 1 -MaximumRetryCount 0 -ErrorVariable failed -ErrorAction SilentlyContinue } catch { $stopped = $_ }
        $stopped.FullyQualifiedErrorId | Should -BeLike 'ServiceUnreachable,*'
        # By 503 the service says that it did nothing: no file can be gone unseen.
        "$stopped" | Should -Match 'Run the same list again'
        "$stopped" | Should -Not -Match '-IgnoreMissing'
        # Each ID that was accepted is told of: as an error of its own or as one of the open ones.
        $each = @($failed | Where-Object { $_.TargetObject -is [string] } | ForEach-Object { $_.TargetObject }) + $stopped.TargetObject
        $each | Sort-Object -Unique | Should -HaveCount $each.Count
        $failed | Where-Object { $_.TargetObject -is [string] } | Should -BeNullOrEmpty
        $each.Count | Should -BeGreaterOrEqual 3
    }

    It 'warns once when it is asked to slow down' {
        $emulator = Start-Emulator -Option '--fault', 'http-429-retry-after-1:1-2'
        $null = Connect-TcbEnvironment $emulator.EnvironmentId -AccessToken $emulator.Token -Endpoint $emulator.Endpoint
        $ids = 'a.png', 'b.png' | New-CloudFile $emulator
        $result = $ids | Remove-TcbCloudFile -WarningVariable warned -WarningAction SilentlyContinue
        $result.Outcome | Should -Be 'Removed', 'Removed'
        $warned | Should -HaveCount 1
        "$warned" | Should -Match '^The service is throttling'
    }
}
