Describe 'Connections' {
    BeforeAll {
        Import-Module ([IO.Path]::Combine($PSScriptRoot, 'TestHelpers.psm1')) -Force
        Import-Module (Get-StagedModule) -ErrorAction Stop
        $endpoint = 'http://127.0.0.1:9'
        $token = 'a-token-that-nobody-may-see'
        # Every text that a connection can be turned into.
        function Get-AllText($Connection) {
            $clixml = [IO.Path]::Combine($TestDrive, 'connection.xml')
            $Connection | Export-Clixml $clixml -Depth 8
            @(
                $Connection | Out-String
                $Connection | Format-List * -Force | Out-String
                $Connection | Format-Custom -Depth 8 | Out-String
                $Connection | ConvertTo-Json -Depth 8 -WarningAction SilentlyContinue
                $Connection | ConvertTo-Csv | Out-String
                "$Connection"
                [IO.File]::ReadAllText($clixml)
            ) -join "`n"
        }
    }

    BeforeEach { Disconnect-TcbEnvironment }
    AfterAll { Disconnect-TcbEnvironment }

    Context 'Connect-TcbEnvironment' {
        It 'emits the connection and makes it the default' {
            $connection = Connect-TcbEnvironment test2-4a89da -AccessToken $token -Endpoint $endpoint
            $connection.GetType().FullName | Should -Be 'TcbPowerShell.TcbEnvironment'
            $connection.EnvironmentId | Should -Be 'test2-4a89da'
            $connection.Endpoint | Should -Be "$endpoint/"
            $connection.Authentication | Should -Be 'AccessToken'
            [object]::ReferenceEquals((Get-TcbEnvironment), $connection) | Should -BeTrue
        }

        It 'takes a SecureString, as Read-Host and a secret store give it' {
            $secure = ConvertTo-SecureString $token -AsPlainText -Force
            (Connect-TcbEnvironment test2-4a89da -AccessToken $secure).EnvironmentId | Should -Be 'test2-4a89da'
        }

        It 'goes to the service where no endpoint is given' {
            (Connect-TcbEnvironment test2-4a89da -AccessToken $token).Endpoint | Should -Be 'https://api.weixin.qq.com/'
        }

        It 'takes its parameters splatted and the environment from the pipeline' {
            $parameters = @{ AccessToken = $token; Endpoint = $endpoint; TimeoutSec = 5 }
            ('one' | Connect-TcbEnvironment @parameters).EnvironmentId | Should -Be 'one'
            ([pscustomobject] @{ EnvironmentId = 'two' } | Connect-TcbEnvironment @parameters).EnvironmentId | Should -Be 'two'
        }

        It 'replaces the default: the last one counts' {
            $null = Connect-TcbEnvironment one -AccessToken $token -Endpoint $endpoint
            $null = Connect-TcbEnvironment two -AccessToken $token -Endpoint $endpoint
            (Get-TcbEnvironment).EnvironmentId | Should -Be 'two'
        }

        It 'returns a connection for dry runs with -WhatIf' {
            $connection = Connect-TcbEnvironment test2-4a89da -AccessToken $token -Endpoint $endpoint -WhatIf
            $connection.IsDryRun | Should -BeTrue
            (Get-TcbEnvironment | Out-String) | Should -Match 'AccessToken \(dry run\)'
            { 'cloud://test2-4a89da.x/a.png' | Remove-TcbCloudFile -WhatIf -ErrorAction Stop } | Should -Not -Throw
            { 'cloud://test2-4a89da.x/a.png' | Remove-TcbCloudFile -ErrorAction Stop } | Should -Throw -ErrorId 'NotConnected,*'
        }

        It 'reaches a loopback address without the proxy of the system, for tokens and for files' {
            $emulator = Start-Emulator
            try {
                $id = 'a.txt' | New-CloudFile $emulator
                # A proxy that is not there: what went to it would fail. The variable is read once in a process.
                $before = $env:http_proxy
                $env:http_proxy = 'http://127.0.0.1:9'
                $said = Invoke-NewPowerShell (
                    '$credential = [pscredential]::new("wx0000000000000001", (ConvertTo-SecureString 00000000000000000000000000000001 -AsPlainText -Force)); ' +
                    "`$null = Connect-TcbEnvironment test2-4a89da -Credential `$credential -Endpoint $($emulator.Endpoint); (Remove-TcbCloudFile '$id').Outcome")
                $env:http_proxy = $before
                $said | Should -Be 'Removed'
            }
            finally { Stop-Emulator $emulator }
        }

        It 'refuses <problem>' -ForEach @(
            @{ problem = 'plain http beyond this machine'; parameters = @{ Endpoint = 'http://api.weixin.qq.com.example' }; errorId = 'InvalidEndpoint' }
            @{ problem = 'a password in the address'; parameters = @{ Endpoint = 'https://user:hidden-pass@example.com' }; errorId = 'InvalidEndpoint' }
            @{ problem = 'a relative address'; parameters = @{ Endpoint = 'api.weixin.qq.com' }; errorId = 'InvalidEndpoint' }
            @{ problem = 'a token that was read with its line end'; parameters = @{ AccessToken = "a-token`n" }; errorId = 'InvalidSecret' }
            @{ problem = 'a proxy password with no proxy'; parameters = @{ NoProxy = $true; ProxyCredential = [pscredential]::new('a', [securestring]::new()) }; errorId = 'InvalidProxy' }
        ) {
            $all = @{ AccessToken = $token; Endpoint = $endpoint }
            foreach ($name in $parameters.Keys) { $all[$name] = $parameters[$name] }
            $caught = $null
            try { Connect-TcbEnvironment test2-4a89da @all } catch { $caught = $_ }
            $caught.FullyQualifiedErrorId | Should -BeLike "$errorId,*"
            $caught | Out-String | Should -Not -Match 'hidden-pass'
        }
    }

    Context 'Get-TcbEnvironment' {
        It 'says what to do where there is none' {
            $caught = $null
            try { Get-TcbEnvironment } catch { $caught = $_ }
            $caught.FullyQualifiedErrorId | Should -BeLike 'NotConnected,*'
            $caught.CategoryInfo.Category | Should -Be 'ConnectionError'
            "$caught" | Should -Match 'Connect-TcbEnvironment'
        }
    }

    Context 'Disconnect-TcbEnvironment' {
        It 'forgets the default, and calling it twice is no error' {
            $null = Connect-TcbEnvironment test2-4a89da -AccessToken $token -Endpoint $endpoint
            Disconnect-TcbEnvironment | Should -BeNullOrEmpty
            { Get-TcbEnvironment -ErrorAction Stop } | Should -Throw -ErrorId 'NotConnected,*'
            { Disconnect-TcbEnvironment -ErrorAction Stop } | Should -Not -Throw
        }

        It 'keeps it with -WhatIf' {
            $null = Connect-TcbEnvironment test2-4a89da -AccessToken $token -Endpoint $endpoint
            Disconnect-TcbEnvironment -WhatIf
            (Get-TcbEnvironment).EnvironmentId | Should -Be 'test2-4a89da'
        }
    }

    Context 'The connection as an object' {
        BeforeEach { $connection = Connect-TcbEnvironment test2-4a89da -AccessToken $token -Endpoint $endpoint }

        It 'is a table of its own' {
            $lines = @(($connection | Format-Table | Out-String -Width 120).Trim() -split '\r?\n')
            $lines[0] | Should -Match '^\W*EnvironmentId\W+.*Authentication\W+.*TokenExpiresOn\W+.*Endpoint'
            $lines[-1] | Should -Match '^test2-4a89da +AccessToken +http://127.0.0.1:9/'
        }

        It 'becomes JSON with its facts' {
            $json = $connection | ConvertTo-Json | ConvertFrom-Json
            $json.EnvironmentId | Should -Be 'test2-4a89da'
            $json.PSObject.Properties.Name | Should -Be 'EnvironmentId', 'Endpoint', 'Authentication', 'TokenExpiresOn', 'IsDryRun'
        }

        It 'shows its token to nobody' {
            Get-AllText $connection | Should -Match 'test2-4a89da'
            Get-AllText $connection | Should -Not -Match $token
        }

        It 'belongs to its runspace: another thread has no default' -Skip:(-not (Get-Command Start-ThreadJob -ErrorAction SilentlyContinue)) {
            $seen = Start-ThreadJob -ArgumentList (Get-StagedModule) {
                Import-Module $args[0]
                try { Get-TcbEnvironment } catch { $_.FullyQualifiedErrorId }
            } | Receive-Job -Wait -AutoRemoveJob
            $seen | Should -BeLike 'NotConnected,*'
            (Get-TcbEnvironment).EnvironmentId | Should -Be 'test2-4a89da'
        }
    }
}
