Describe 'Ways to be trusted' {
    BeforeAll {
        Import-Module ([IO.Path]::Combine($PSScriptRoot, 'TestHelpers.psm1')) -Force
        Import-Module (Get-StagedModule) -ErrorAction Stop
        $secret = 'app-secret-that-nobody-may-see-01'
        $tokenFile = [IO.Path]::Combine($TestDrive, 'cloudbase_access_token')
        $emulator = Start-Emulator -Option '--app-secret', $secret, '--cloudbase-token', 'cloud-hosting-token', '--cloudbase-token-file', $tokenFile
        $common = @{ EnvironmentId = $emulator.EnvironmentId; Endpoint = $emulator.Endpoint }
        # Connected is connected when a file goes.
        function Remove-OneFile { New-CloudFile $emulator "$([guid]::NewGuid()).png" | Remove-TcbCloudFile }
    }

    AfterAll {
        Disconnect-TcbEnvironment
        Stop-Emulator $emulator
    }

    It 'is AppID and AppSecret' {
        $credential = [pscredential]::new('wx0000000000000001', (ConvertTo-SecureString $secret -AsPlainText -Force))
        $connection = Connect-TcbEnvironment @common -Credential $credential
        $connection.Authentication | Should -Be 'AppCredential'
        $connection.TokenExpiresOn | Should -BeGreaterThan ([DateTimeOffset]::UtcNow.AddMinutes(90))
        (Remove-OneFile).Outcome | Should -Be 'Removed'
        $connection | Format-List * -Force | Out-String | Should -Not -Match $secret
    }

    It 'is refused at once where the AppSecret is wrong' {
        $credential = [pscredential]::new('wx0000000000000001', (ConvertTo-SecureString 'wrong-secret-wrong' -AsPlainText -Force))
        $caught = $null
        try { Connect-TcbEnvironment @common -Credential $credential } catch { $caught = $_ }
        $caught.FullyQualifiedErrorId | Should -BeLike 'AppSecretRejected,*'
        $caught | Format-List * -Force | Out-String | Should -Not -Match 'wrong-secret-wrong'
    }

    It 'is an authorizer of a third-party platform' {
        $authorizer = @{
            ComponentAppId = 'wx0000000000000002'; ComponentAccessToken = 'emulator-component-token'
            AuthorizerAppId = 'wx0000000000000003'; AuthorizerRefreshToken = 'emulator-refresh-token'
        }
        (Connect-TcbEnvironment @common @authorizer).Authentication | Should -Be 'Authorizer'
        (Remove-OneFile).Outcome | Should -Be 'Removed'
    }

    It 'is the platform itself' {
        (Connect-TcbEnvironment @common -ComponentAccessToken emulator-component-token).Authentication | Should -Be 'Component'
        (Remove-OneFile).Outcome | Should -Be 'Removed'
        (Get-EmulatorRequest $emulator | Select-Object -Last 1).path | Should -Be '/componenttcb/batchdeletefile'
    }

    It 'is the cloud hosting token, by value or from its file' {
        (Connect-TcbEnvironment @common -CloudBaseAccessToken cloud-hosting-token).Authentication | Should -Be 'CloudBaseToken'
        (Remove-OneFile).Outcome | Should -Be 'Removed'
        (Connect-TcbEnvironment @common -CloudBaseAccessTokenPath $tokenFile).Authentication | Should -Be 'CloudBaseToken'
        (Remove-OneFile).Outcome | Should -Be 'Removed'
    }

    It "is the user's own token server" {
        $script:asked = 0
        (Connect-TcbEnvironment @common -TokenProvider { $script:asked++; 'emulator-access-token' }).Authentication | Should -Be 'TokenProvider'
        (Remove-OneFile).Outcome | Should -Be 'Removed'
        $script:asked | Should -BeGreaterThan 0
    }

    It 'is what the environment variables say' {
        $names = 'TCB_ENVIRONMENT_ID', 'TCB_ACCESS_TOKEN', 'TCB_APP_ID', 'TCB_APP_SECRET'
        $before = @{}
        foreach ($name in $names) { $before[$name] = [Environment]::GetEnvironmentVariable($name) }
        try {
            $env:TCB_ENVIRONMENT_ID = $emulator.EnvironmentId
            $env:TCB_ACCESS_TOKEN = 'emulator-access-token'
            (Connect-TcbEnvironment -EnvironmentVariable -Endpoint $emulator.Endpoint).EnvironmentId | Should -Be $emulator.EnvironmentId
            (Remove-OneFile).Outcome | Should -Be 'Removed'
            $env:TCB_ACCESS_TOKEN = $null
            { Connect-TcbEnvironment -EnvironmentVariable -Endpoint $emulator.Endpoint } | Should -Throw -ErrorId 'EnvironmentVariableMissing,*'
        }
        finally { foreach ($name in $names) { [Environment]::SetEnvironmentVariable($name, $before[$name]) } }
    }
}
