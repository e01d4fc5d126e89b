# What a person sees of the module's objects, and what Tab offers from the environment.
Describe 'The views' {
    BeforeAll {
        Import-Module ([IO.Path]::Combine($PSScriptRoot, 'TestHelpers.psm1')) -Force
        Import-Module (Get-StagedModule)
        $emulator = Start-Emulator
        $connection = Connect-TcbEnvironment test2-4a89da -AccessToken $emulator.Token -Endpoint $emulator.Endpoint
        $removal = 'A.png' | New-CloudFile $emulator | Remove-TcbCloudFile
        function Get-Label($Text) { [regex]::Matches($Text, '(?m)^(\w+)\s+: ').ForEach({ $_.Groups[1].Value }) }
    }

    AfterAll { Stop-Emulator $emulator }

    It 'show a removal as a table, the ID last and whole' {
        $table = $removal | Format-Table | Out-String -Width 60
        $table | Should -Match 'Outcome +Attempts +Status +FileId'
        $table -replace '\s' | Should -Match ([regex]::Escape($removal.FileId))
    }

    It 'show a removal as a list, with all of its facts' {
        Get-Label ($removal | Format-List | Out-String) | Should -Be 'FileId', 'Outcome', 'EnvironmentId', 'Status', 'Message', 'RequestId', 'Attempts'
    }

    It 'show a file that was found without its link' {
        $file = 'B.png' | New-CloudFile $emulator | Get-TcbCloudFile
        $file.DownloadUrl | Should -Match 'sign='
        $table = $file | Format-Table | Out-String -Width 80
        $table | Should -Match 'Attempts +ExpiresOn +FileId'
        $table -replace '\s' | Should -Match ([regex]::Escape($file.FileId))
        $list = $file | Format-List | Out-String
        Get-Label $list | Should -Be 'FileId', 'EnvironmentId', 'ExpiresOn', 'Status', 'Message', 'RequestId', 'Attempts'
        $table + $list + $file | Should -Not -Match 'sign=|download/'
    }

    It 'show a file that came from another process with the time of its link, and without the link' {
        $file = 'B.png' | New-CloudFile $emulator | Get-TcbCloudFile
        $copy = [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($file))
        $copy.DownloadUrl | Should -Match 'sign='
        $shown = ($copy | Format-Table | Out-String -Width 80) + ($copy | Format-List | Out-String)
        [regex]::Matches($shown, [regex]::Escape("$($copy.ExpiresOn)")).Count | Should -Be 2
        $shown | Should -Not -Match 'sign=|download/'
    }

    It 'show a connection as a table and as a list' {
        $connection | Format-Table | Out-String | Should -Match 'EnvironmentId +Authentication +TokenExpiresOn +Endpoint'
        $list = $connection | Format-List | Out-String
        Get-Label $list | Should -Be 'EnvironmentId', 'Endpoint', 'Authentication', 'TokenExpiresOn'
        $list | Should -Match 'TokenExpiresOn +: not known'
    }

    It 'show the time of a token by the clock on the wall' {
        $credential = [pscredential]::new('wx0000000000000001', (ConvertTo-SecureString '00000000000000000000000000000001' -AsPlainText -Force))
        $renewed = Connect-TcbEnvironment test2-4a89da -Credential $credential -Endpoint $emulator.Endpoint
        # As the user's culture writes it: a string with the time in it would be the same everywhere.
        $time = $renewed.TokenExpiresOn.ToLocalTime().ToString()
        $renewed | Format-List | Out-String | Should -Match ([regex]::Escape("TokenExpiresOn : $time"))
    }
}

Describe 'Tab' {
    BeforeAll {
        Import-Module ([IO.Path]::Combine($PSScriptRoot, 'TestHelpers.psm1')) -Force
        Import-Module (Get-StagedModule)
        function Get-Completion($Line) { (TabExpansion2 $Line $Line.Length).CompletionMatches.CompletionText }
    }

    AfterEach { $env:TCB_ENVIRONMENT_ID = $null; Disconnect-TcbEnvironment }

    It 'offers the environment of the variable, and that of the session first' {
        $env:TCB_ENVIRONMENT_ID = 'test2-4a89da'
        Get-Completion 'Connect-TcbEnvironment test' | Should -Be 'test2-4a89da'
        $null = Connect-TcbEnvironment test-28farb -AccessToken x
        Get-Completion 'Connect-TcbEnvironment -EnvironmentId te' | Should -Be 'test-28farb', 'test2-4a89da'
        $null = Connect-TcbEnvironment test2-4a89da -AccessToken x
        Get-Completion 'Connect-TcbEnvironment test' | Should -Be 'test2-4a89da'
    }

    It 'knows what <line> leads to' -ForEach @(
        @{ line = 'Remove-TcbCloudFile x | Where-Object Out'; expected = 'Outcome' }
        @{ line = 'Remove-TcbCloudFile x | ForEach-Object { $_.Req'; expected = 'RequestId' }
        @{ line = 'Get-TcbCloudFile x | Where-Object Down'; expected = 'DownloadUrl' }
        @{ line = '(Remove-TcbCloudFile x).At'; expected = 'Attempts' }
        @{ line = 'Get-TcbEnvironment | Select-Object Tok'; expected = 'TokenExpiresOn' }
        @{ line = 'Connect-TcbEnvironment x -AccessToken y | Where-Object Auth'; expected = 'Authentication' }
    ) {
        Get-Completion $line | Should -Contain $expected
    }

    It 'offers nothing of a variable that holds no environment ID' {
        $env:TCB_ENVIRONMENT_ID = 'test; Remove-Item x'
        Get-Completion 'Connect-TcbEnvironment test' | Where-Object { $_ -like '*Remove-Item*' } | Should -BeNullOrEmpty
    }
}
