# Get-Help, and every example in it run as it stands. The texts themselves are held against the cmdlets by the unit tests.
BeforeDiscovery {
    Import-Module ([IO.Path]::Combine($PSScriptRoot, 'TestHelpers.psm1')) -Force
    Import-Module (Get-StagedModule)
    $examples = foreach ($cmdlet in Get-Command -Module TcbPowerShell) {
        $number = 0
        foreach ($example in (Get-Help $cmdlet.Name).examples.example) {
            @{ cmdlet = $cmdlet.Name; number = ++$number; code = $example.code; needsSeven = $example.code -match '-Parallel' }
        }
    }
}

Describe 'Get-Help' {
    BeforeAll {
        Import-Module ([IO.Path]::Combine($PSScriptRoot, 'TestHelpers.psm1')) -Force
        Import-Module (Get-StagedModule)
        # The thread's language is fixed once a pipeline runs: each language needs a session of its own.
        function Get-HelpIn([string] $Culture, [string] $Script) {
            Invoke-NewSession "[Threading.Thread]::CurrentThread.CurrentUICulture = '$Culture'; & { $Script }"
        }
        $chinese = '[\u4e00-\u9fff]'
    }

    It 'tells of <_> in full, with examples and parameters' -ForEach (Get-CmdletName) {
        $help = Get-Help $_ -Full | Out-String -Width 200
        $help | Should -Match 'Example 1'
        $help | Should -Match ([regex]::Escape("/docs/en-US/$_.md"))
        foreach ($parameter in (Get-Help $_ -Parameter * -ErrorAction Ignore)) { $help | Should -Match "-$($parameter.name) " }
        Get-Help $_ -Examples | Out-String | Should -Match $_
    }

    It 'is Chinese where the user reads Chinese' {
        $said = Get-HelpIn zh-CN 'Get-Help Remove-TcbCloudFile -Full | Out-String; (Get-Help Remove-TcbCloudFile -Parameter FileId).description.Text; Get-Help about_TcbPowerShell_Errors | Out-String'
        @($said -split '\n' -match $chinese).Count | Should -BeGreaterThan 100
    }

    It 'is English in a language that has no help of its own' {
        $said = Get-HelpIn fr-FR '(Get-Help Remove-TcbCloudFile).Synopsis'
        $said | Should -BeLike 'Deletes files*'
    }

    Context 'of topics' {
        BeforeAll {
            $topics = 'about_TcbPowerShell', 'about_TcbPowerShell_Errors', 'about_TcbPowerShell_Network'
            $path = [IO.Path]::GetDirectoryName((Get-StagedModule))
            $length = Invoke-NewPowerShell "Remove-Module TcbPowerShell; `$env:PSModulePath = '$path'; '$($topics -join "', '")' | ForEach-Object { (Get-Help `$_ | Out-String).Length }"
        }

        It 'finds <_>, also before the module is imported' -ForEach 'about_TcbPowerShell', 'about_TcbPowerShell_Errors', 'about_TcbPowerShell_Network' {
            Get-Help $_ | Out-String | Should -BeLike "*$_*"
            [int] $length[$topics.IndexOf($_)] | Should -BeGreaterThan 1000
        }
    }
}

Describe 'The examples' {
    BeforeAll {
        Import-Module ([IO.Path]::Combine($PSScriptRoot, 'TestHelpers.psm1')) -Force
        Import-Module (Get-StagedModule)
        $folder = [IO.Path]::Combine([IO.Path]::GetTempPath(), "tcb-examples-$([guid]::NewGuid().ToString('n'))")
        $null = [IO.Directory]::CreateDirectory($folder)
        $tokenFile = [IO.Path]::Combine($folder, 'cloudbase_access_token')
        $emulator = Start-Emulator -Option '--env', 'prod-9c31e2', '--cloudbase-token-file', $tokenFile
        $inContainer = Start-Emulator -Option '--open-interface-service'
        $modulePath = $env:PSModulePath
        $env:PSModulePath = [IO.Path]::GetDirectoryName((Get-StagedModule)) + [IO.Path]::PathSeparator + $modulePath

        # Stand-ins for a person at the keyboard, and for the secret store and the token server of the examples.
        function global:Read-Host { ConvertTo-SecureString 'emulator-access-token' -AsPlainText -Force }
        function global:Get-Credential {
            [pscredential]::new('wx0000000000000001', (ConvertTo-SecureString '00000000000000000000000000000001' -AsPlainText -Force))
        }
        function global:Invoke-RestMethod { [pscustomobject] @{ access_token = 'emulator-access-token' } }
        function global:Get-Secret([string] $Name, [switch] $AsPlainText) {
            $secret = if ($Name -eq 'TcbAppSecret') { '00000000000000000000000000000001' } else { $global:TcbRefreshToken }
            if ($AsPlainText) { $secret } else { ConvertTo-SecureString $secret -AsPlainText -Force }
        }
        # The service replaces the refresh token: who does not keep the new one is out.
        function global:Set-Secret([string] $Name, [securestring] $Secret) {
            $global:TcbRefreshToken = [pscredential]::new('x', $Secret).GetNetworkCredential().Password
        }
        $global:TcbRefreshToken = 'emulator-refresh-token'
    }

    AfterAll {
        Remove-Item function:Read-Host, function:Get-Credential, function:Invoke-RestMethod, function:Get-Secret, function:Set-Secret
        Remove-Variable TcbRefreshToken -Scope Global
        $env:PSModulePath = $modulePath
        foreach ($name in 'TCB_ENVIRONMENT_ID', 'TCB_APP_ID', 'TCB_APP_SECRET') { [Environment]::SetEnvironmentVariable($name, $null) }
        Stop-Emulator $emulator
        Stop-Emulator $inContainer
        if ($folder) { [IO.Directory]::Delete($folder, $true) }
    }

    # Nothing failed, and the retry list of an earlier run is still there.
    It 'The code of <_> that keeps what failed works in strict mode, and when nothing failed' -ForEach 'README.md', 'docs/en-US/Remove-TcbCloudFile.md', 'docs/en-US/about_TcbPowerShell.md' {
        $page = [IO.File]::ReadAllText([IO.Path]::Combine((Get-RepositoryFolder), $_)).Replace("`r", '')
        $blocks = @([regex]::Matches($page, '(?ms)^```powershell\n(.*?)\n```$') | ForEach-Object { $_.Groups[1].Value } | Where-Object { $_ -match 'retry\.txt' })
        $blocks | Should -HaveCount 1
        $there = [IO.Path]::Combine($folder, [guid]::NewGuid().ToString('n'))
        $null = [IO.Directory]::CreateDirectory($there)
        $null = Connect-TcbEnvironment test2-4a89da -AccessToken emulator-access-token -Endpoint $emulator.Endpoint
        $good = 'A.png' | New-CloudFile $emulator
        Push-Location $there
        try {
            $run = [scriptblock]::Create("Set-StrictMode -Version Latest; $($blocks[0])")
            foreach ($id in $good.Replace('A.png', 'missing.png'), $good) {
                Set-Content ids.txt $id -Encoding utf8
                Remove-Item run.jsonl -ErrorAction Ignore
                & $run 2>$null | Out-Null
                if ($id -eq $good) { Get-Content retry.txt | Should -BeNullOrEmpty } else { Get-Content retry.txt -Encoding utf8 | Should -Be $id }
            }
            # A run that ended early says so, and leaves no list that looks complete.
            $null = Connect-TcbEnvironment test2-4a89da -AccessToken not-a-token -Endpoint $emulator.Endpoint
            Remove-Item retry.txt, run.jsonl
            $warnings = @(& $run 3>&1 2>$null | Where-Object { $_ -is [Management.Automation.WarningRecord] })
            $warnings | Should -HaveCount 1
            "$warnings" | Should -BeLike '*40001*'
            'retry.txt' | Should -Not -Exist
        }
        finally { Pop-Location }
    }

    It '<cmdlet>, example <number>' -ForEach $examples {
        if ($needsSeven -and $PSVersionTable.PSVersion.Major -lt 7) { Set-ItResult -Skipped -Because 'it is for PowerShell 7'; return }
        $service = if ($code -match '-OpenInterfaceService') { $inContainer } else { $emulator }
        $PSDefaultParameterValues = @{ 'Connect-TcbEnvironment:Endpoint' = $service.Endpoint }
        $componentToken = 'emulator-component-token'
        $token = 'emulator-access-token'
        $credential = Get-Credential

        # The input of the examples: some files that exist, and one in ids.txt that does not.
        $ids = @('A.png', "list/$([char] 0x4e2d)$([char] 0x6587).png", 'list/3 3.png' | New-CloudFile $service)
        $missing = $ids[0].Replace('A.png', 'missing.png')
        # For the examples that list: a file of today, and one of a hundred days ago.
        $new, $old = @('tmp/new.png', 'tmp/old.png' | New-CloudFile $service)
        [IO.File]::SetLastWriteTimeUtc([IO.Path]::Combine($service.Files, $old.Substring(8)), [DateTime]::UtcNow.AddDays(-100))
        $there = [IO.Path]::Combine($folder, "example$number-$cmdlet")
        $null = [IO.Directory]::CreateDirectory($there)
        [IO.File]::WriteAllLines("$there/ids.txt", [string[]] ($ids + '' + $missing))
        [IO.File]::WriteAllLines("$there/list-1.txt", [string[]] $ids[0])
        [IO.File]::WriteAllLines("$there/list-2.txt", [string[]] $ids[1..2])
        $ids | Select-Object @{ n = 'Name'; e = { 'x' } }, @{ n = 'FileId'; e = { $_ } } | Export-Csv "$there/files.csv" -Encoding utf8 -NoTypeInformation
        $ids | ForEach-Object { @{ _id = 1; file_id = $_ } | ConvertTo-Json -Compress } | Set-Content "$there/export.json" -Encoding utf8

        # A connection is there, as after the examples of Connect-TcbEnvironment; here one with all that the others show.
        $connection = @{ ComponentAppId = 'wx0000000000000002'; ComponentAccessToken = $componentToken; AuthorizerAppId = 'wx0000000000000003' }
        $null = Connect-TcbEnvironment test2-4a89da @connection -AuthorizerRefreshToken $global:TcbRefreshToken -Endpoint $emulator.Endpoint -WarningAction SilentlyContinue
        Set-Secret TcbRefreshToken (Get-TcbEnvironment).GetAuthorizerRefreshToken()
        if ($cmdlet -eq 'Connect-TcbEnvironment') { Disconnect-TcbEnvironment }

        $script = [scriptblock]::Create($code.Replace('/.tencentcloudbase/wx/cloudbase_access_token', $tokenFile))
        Push-Location $there
        try { $said = @(. $script 2>&1 3>$null 4>$null) }
        finally { Pop-Location }

        $errors = @($said | Where-Object { $_ -is [Management.Automation.ErrorRecord] })
        $errors | Where-Object { $_.TargetObject -ne $missing } | Should -BeNullOrEmpty
        if ($code -match 'Find-TcbCloudFile') {
            $removes = $code -match 'Remove-TcbCloudFile'
            if ($code -notmatch '-WhatIf') { $said.Count | Should -BeGreaterThan 0 }
            Test-CloudFile $service $old | Should -Be (-not $removes)
            $ids + $new | ForEach-Object { Test-CloudFile $service $_ | Should -BeTrue }
        }
        elseif ($code -match 'Remove-TcbCloudFile') {
            Test-CloudFile $service $ids[0] | Should -Be ($code -match '-WhatIf')
            if ($code -match 'ids\.txt|list-|files\.csv|export\.json') { Test-CloudFile $service $ids[1] | Should -Be ($code -match '-WhatIf') }
        }
        if ($code -match 'retry\.txt') { Get-Content "$there/retry.txt" -Encoding utf8 | Should -Be $missing }
        if ($cmdlet -eq 'Disconnect-TcbEnvironment') { { Get-TcbEnvironment } | Should -Throw -ErrorId 'NotConnected*' }
        # A connection is proved by what it is for; nobody listens at an address that is written out.
        if ($cmdlet -eq 'Connect-TcbEnvironment' -and $code -notmatch '-Endpoint|prod-') { (Remove-TcbCloudFile $ids[0]).Outcome | Should -Be 'Removed' }
    }
}
