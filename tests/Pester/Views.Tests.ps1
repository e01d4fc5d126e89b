# The module's objects as a person sees them, and the offers of Tab.
Describe 'The views' {
    BeforeAll {
        Import-Module ([IO.Path]::Combine($PSScriptRoot, 'TestHelpers.psm1')) -Force
        Import-Module (Get-StagedModule)
        $emulator = Start-Emulator
        $connection = Connect-TcbEnvironment test2-4a89da -AccessToken $emulator.Token -Endpoint $emulator.Endpoint
        $removal = 'A.png' | New-CloudFile $emulator | Remove-TcbCloudFile
        # In whatever bucket: New-CloudFile knows one.
        function New-Removal($FileId) {
            $path = [IO.Path]::Combine($emulator.Files, $FileId.Substring('cloud://'.Length))
            $null = [IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName($path))
            [IO.File]::WriteAllText($path, '')
            $FileId | Remove-TcbCloudFile
        }
        function Get-Label($Text) { [regex]::Matches($Text, '(?m)^(\w+)\s+: ').ForEach({ $_.Groups[1].Value }) }
    }

    AfterAll { Stop-Emulator $emulator }

    It 'show a removal as a table: the bucket once, above the paths' {
        $table = $removal | Format-Table | Out-String -Width 80
        $table | Should -Match "(?m)^   Bucket: cloud://$($emulator.Bucket)/\r?$"
        $table | Should -Match '(?m)^Outcome +Attempts +Path *\r?$'
        $table | Should -Match '(?m)^Removed +1 +A\.png *\r?$'
    }

    It 'break no path that fits into a line of 80 columns, and cut none that does not' {
        $path = 'images/2024/08/6d85a2b9636a8b3b0f0e8a2b0f0c0e8a.png'
        $long = 'x' * 100 + '.png'
        $files = $path, $long | New-CloudFile $emulator
        foreach ($table in ($files | Get-TcbCloudFile | Out-String -Width 80), ($files | Remove-TcbCloudFile | Out-String -Width 80)) {
            $table | Should -Match "(?m) $path *\r?$"
            $table -replace '\s' | Should -Match $long
            @([regex]::Matches($table, [regex]::Escape($emulator.Bucket))) | Should -HaveCount 1
        }
    }

    It 'show each bucket with its own files' {
        $text = 'cloud://test2-4a89da.b1/x/A.png', 'cloud://test2-4a89da.b2/B.png', 'cloud://test2-4a89da/C.png' |
            ForEach-Object { New-Removal $_ } | Out-String -Width 80
        $lines = @($text -split '\r?\n' | Where-Object { $_ -match 'Bucket|png' } | ForEach-Object { $_.Trim() -replace ' +', ' ' })
        $lines[0, 2, 4] | Should -Be 'Bucket: cloud://test2-4a89da.b1/', 'Bucket: cloud://test2-4a89da.b2/', 'Bucket: cloud://test2-4a89da/'
        $lines[1, 3, 5] | Should -Be 'Removed 1 x/A.png', 'Removed 1 B.png', 'Removed 1 C.png'
    }

    It 'escape what could rewrite the terminal or disguise an ID' {
        $disguised = "a$([char] 0x202e)gnp.exe"
        $file = $disguised | New-CloudFile $emulator
        $found = $file | Get-TcbCloudFile
        $listed = Find-TcbCloudFile $disguised.Substring(0, 2)
        $gone = $file | Remove-TcbCloudFile
        $found.FileId, $listed.FileId, $gone.FileId | Should -BeExactly $file, $file, $file
        foreach ($object in $found, $listed, $gone) {
            foreach ($text in ($object | Format-Table | Out-String), ($object | Format-List | Out-String)) {
                $text | Should -Match 'a<U\+202E>gnp\.exe'
                $text.Contains("$([char] 0x202e)") | Should -BeFalse
            }
        }
    }

    It 'show a removal as a list, with all of its facts' {
        Get-Label ($removal | Format-List | Out-String) | Should -Be 'FileId', 'Outcome', 'EnvironmentId', 'Status', 'Message', 'RequestId', 'Attempts'
    }

    It 'show a file that was found without its link' {
        $file = 'B.png' | New-CloudFile $emulator | Get-TcbCloudFile
        $file.DownloadUrl | Should -Match 'sign='
        $table = $file | Format-Table | Out-String -Width 80
        $table | Should -Match '(?m)^ExpiresOn +Path *\r?$'
        $table | Should -Match "(?m)^$([regex]::Escape($file.ExpiresOn.LocalDateTime.ToString())) +B\.png *\r?$"
        $list = $file | Format-List | Out-String
        Get-Label $list | Should -Be 'FileId', 'EnvironmentId', 'ExpiresOn', 'Status', 'Message', 'RequestId', 'Attempts'
        $table + $list + $file | Should -Not -Match 'sign=|download/'
        # Behind an object of another type, PowerShell uses no view.
        $mixed = 'text', $connection, $file | Out-String
        $mixed | Should -Match ([regex]::Escape($file.FileId))
        $mixed | Should -Not -Match 'sign=|download/'
    }

    It 'show the files of a listing: the bucket once, time, length and key in 80 columns' {
        $id = 'list/2024/08/6d85a2b9636a8b3b0f0e8a2b.png' | New-CloudFile $emulator
        $path = [IO.Path]::Combine($emulator.Files, $id.Substring(8))
        [IO.File]::WriteAllText($path, 'content')
        [IO.File]::SetLastWriteTime($path, [DateTime]::new(2026, 12, 30, 20, 40, 50))
        $found = Find-TcbCloudFile list/
        $time = $found.LastModified.LocalDateTime
        $copy = [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($found))
        $table = $found | Out-String -Width 80
        $table | Should -Match "(?m)^   Bucket: cloud://$($emulator.Bucket)/\r?$"
        $table | Should -Match '(?m)^LastModified +Length +Key *\r?$'
        $table | Should -Match "(?m)^$([regex]::Escape($time.ToString('g'))) +7 +$($found.Key) *\r?$"
        $copy | Out-String -Width 80 | Should -Match " 7 +$($found.Key) *\r?\n"
        $list = $found | Format-List | Out-String
        Get-Label $list | Should -Be 'FileId', 'EnvironmentId', 'Key', 'Length', 'LastModified', 'ETag'
        $list | Should -Match ([regex]::Escape("LastModified  : $time"))
    }

    It 'show a saved file: the bucket once, outcome, length and key in 80 columns' {
        $id = 'save/2024/08/6d85a2b9636a8b3b0f0e8a2b0f0c0e8a.png' | New-CloudFile $emulator
        [IO.File]::WriteAllText([IO.Path]::Combine($emulator.Files, $id.Substring(8)), 'content')
        $saved = $id | Save-TcbCloudFile "$TestDrive/backup"
        $table = $saved | Out-String -Width 80
        $table | Should -Match "(?m)^   Bucket: cloud://$($emulator.Bucket)/\r?$"
        $table | Should -Match '(?m)^Outcome +Length +Key *\r?$'
        $table | Should -Match '(?m)^Saved +7 +save/2024/08/6d85a2b9636a8b3b0f0e8a2b0f0c0e8a\.png *\r?$'
        ($id | Save-TcbCloudFile "$TestDrive/backup" | Out-String -Width 80) | Should -Match '(?m)^AlreadySaved +7 +save'
        $list = $saved | Format-List | Out-String -Width 500
        Get-Label $list | Should -Be 'FileId', 'EnvironmentId', 'Path', 'Length', 'Outcome', 'Attempts'
        $list | Should -Match ([regex]::Escape($saved.Path))
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
        Get-Label $list | Should -Be 'EnvironmentId', 'Endpoint', 'Authentication', 'IsDryRun', 'TokenExpiresOn'
        $list | Should -Match 'TokenExpiresOn +: not known'
    }

    It 'are Chinese in a Chinese session, with the names of the properties as headings' {
        $file = 'C.png' | New-CloudFile $emulator | Get-TcbCloudFile
        $dryRun = Connect-TcbEnvironment test2-4a89da -AccessToken x -Endpoint $emulator.Endpoint -WhatIf
        $culture = [Threading.Thread]::CurrentThread.CurrentUICulture
        try {
            [Threading.Thread]::CurrentThread.CurrentUICulture = 'zh-CN'
            $tables = $removal, $file | ForEach-Object { $_ | Format-Table | Out-String -Width 80 }
            $list = $connection | Format-List | Out-String
            $mark = $dryRun | Format-Table | Out-String -Width 200
        }
        finally { [Threading.Thread]::CurrentThread.CurrentUICulture = $culture }
        $bucket = [regex]::Unescape('\u5b58\u50a8\u6876\uff1a')
        foreach ($table in $tables) { $table | Should -Match "(?m)^   ${bucket}cloud://$($emulator.Bucket)/\r?$" }
        $tables[0] | Should -Match '(?m)^Outcome +Attempts +Path *\r?$'
        $list | Should -Match ([regex]::Unescape('TokenExpiresOn : \u672a\u77e5'))
        $mark | Should -Match ([regex]::Unescape('AccessToken\uff08\u8bd5\u8fd0\u884c\uff09'))
    }

    It 'show the time of a token by the clock on the wall' {
        $credential = [pscredential]::new('wx0000000000000001', (ConvertTo-SecureString '00000000000000000000000000000001' -AsPlainText -Force))
        $renewed = Connect-TcbEnvironment test2-4a89da -Credential $credential -Endpoint $emulator.Endpoint
        # As the user's culture writes it: a string with the time in it would be the same everywhere.
        $time = $renewed.TokenExpiresOn.ToLocalTime().ToString()
        $renewed | Format-List | Out-String | Should -Match ([regex]::Escape("TokenExpiresOn : $time"))
        $renewed | Format-Table | Out-String -Width 200 | Should -Match ([regex]::Escape("$($renewed.TokenExpiresOn.LocalDateTime.ToString()) http"))
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
        @{ line = 'Find-TcbCloudFile x | Where-Object Last'; expected = 'LastModified' }
        @{ line = 'Find-TcbCloudFile x | Sort-Object Le'; expected = 'Length' }
        @{ line = '(Remove-TcbCloudFile x).At'; expected = 'Attempts' }
        @{ line = 'Save-TcbCloudFile x y | Where-Object Out'; expected = 'Outcome' }
        @{ line = 'Save-TcbCloudFile x y | ForEach-Object { $_.Pa'; expected = 'Path' }
        @{ line = 'Get-TcbEnvironment | Select-Object Tok'; expected = 'TokenExpiresOn' }
        @{ line = 'Connect-TcbEnvironment x -AccessToken y | Where-Object Auth'; expected = 'Authentication' }
    ) {
        Get-Completion $line | Should -Contain $expected
    }

    # If a completer offers nothing, PowerShell would offer the files of the folder.
    It 'offers no file names for <_>' -ForEach @(
        foreach ($cmdlet in 'Remove-TcbCloudFile', 'Get-TcbCloudFile') {
            foreach ($parameter in 'Environment', 'BatchSize', 'ThrottleLimit', 'MaximumRetryCount') { "$cmdlet x -$parameter " }
            "$cmdlet -FileId "
        }
        'Get-TcbCloudFile x -LinkLifetime '
        foreach ($parameter in 'FileId', 'Environment', 'BatchSize', 'ThrottleLimit', 'MaximumRetryCount') { "Save-TcbCloudFile x -$parameter " }
        foreach ($parameter in 'Prefix', 'LastModifiedBefore', 'LastModifiedAfter', 'Environment', 'MaximumRetryCount') { "Find-TcbCloudFile -$parameter " }
        foreach ($parameter in 'TimeoutSec', 'AccessToken', 'ComponentAppId', 'ComponentAccessToken', 'AuthorizerAppId', 'AuthorizerRefreshToken', 'CloudBaseAccessToken') {
            "Connect-TcbEnvironment x -$parameter "
        }
    ) {
        Push-Location (Get-RepositoryFolder)
        try { Get-Completion $_ | Should -BeNullOrEmpty }
        finally { Pop-Location }
        Get-Completion "$_`$PSVersionT" | Should -Be '$PSVersionTable'
    }

    It 'offers files where a file belongs' {
        Push-Location (Get-RepositoryFolder)
        try {
            Get-Completion 'Remove-TcbCloudFile x -JournalPath README' | Should -Contain ([IO.Path]::Combine('.', 'README.md'))
            Get-Completion 'Save-TcbCloudFile samp' | Should -Contain ([IO.Path]::Combine('.', 'samples'))
        }
        finally { Pop-Location }
    }

    It 'offers nothing of a variable that holds no environment ID' {
        $env:TCB_ENVIRONMENT_ID = 'test; Remove-Item x'
        Get-Completion 'Connect-TcbEnvironment test' | Where-Object { $_ -like '*Remove-Item*' } | Should -BeNullOrEmpty
    }
}
