# The samples for Azure Automation and GitHub Actions, each in processes of its own, with stand-ins for what only those places have.
BeforeAll {
    Import-Module ([IO.Path]::Combine($PSScriptRoot, 'TestHelpers.psm1')) -Force
    $secret = '00000000000000000000000000000001'

    # A list with a name and paths as people have them.
    function New-List([string] $Path, [int] $Count) {
        $script:ids = @(1..$Count | ForEach-Object { "$([char] 0x7167)$([char] 0x7247) $_+&#.png" } | New-CloudFile $emulator)
        $ids | Set-Content $Path -Encoding utf8
    }
    function Test-Gone { $ids | Where-Object { Test-CloudFile $emulator $_ } | Should -BeNullOrEmpty }
}

Describe 'samples/azure-automation.ps1' {
    BeforeAll {
        $sample = [IO.Path]::Combine((Get-SampleFolder), 'azure-automation.ps1')
        # A storage container that is a folder, and the assets of the account. As in Azure, a name that is not there is an error.
        $azure = {
            param($container, $secret, $endpoint)
            function Connect-AzAccount([switch] $Identity) { 'an account' }
            function New-AzStorageContext([string] $StorageAccountName, [switch] $UseConnectedAccount) { "context of $StorageAccountName" }
            function Get-AzStorageBlob($Container, $Context, $Prefix) { Get-ChildItem $standIn -Filter "$Prefix*" | Select-Object Name }
            function Get-AzStorageBlobContent($Container, $Context, $Blob, $Destination) {
                if ($Context -ne 'context of files') { throw 'no access' }
                Copy-Item "$standIn/$Blob" $Destination -ErrorAction Stop
                'a blob'
            }
            function Set-AzStorageBlobContent($Container, $Context, $File, $Blob, [switch] $Force) { Copy-Item $File "$standIn/$Blob" -Force; 'a blob' }
            function Get-AutomationVariable($Name) { @{ TcbEnvironmentId = 'test2-4a89da' }[$Name] }
            function Get-AutomationPSCredential($Name) {
                if ($Name -eq 'TcbApp') { [pscredential]::new('wx0000000000000001', (ConvertTo-SecureString $secret -AsPlainText -Force)) }
            }
            $standIn = $container
            $PSDefaultParameterValues = @{ 'Connect-TcbEnvironment:Endpoint' = $endpoint }
        }

        function New-Container([int] $Count) {
            $script:container = [IO.Path]::Combine($emulator.Folder, 'container')
            $script:temp = [IO.Path]::Combine($emulator.Folder, 'temp')
            foreach ($folder in $container, $temp) { $null = [IO.Directory]::CreateDirectory($folder) }
            Copy-Item ([IO.Path]::Combine((Get-SampleFolder), 'runbook.ps1')) $container
            New-List "$container/ids.txt" $Count
        }

        function Invoke-Job([string] $Parameters, [string] $Secret = $secret) {
            $stub = ". { $azure } '$container' '$Secret' '$($emulator.Endpoint)'; `$env:TMPDIR = `$env:TEMP = `$env:TMP = '$temp'"
            $script:said = Invoke-NewPowerShell "$stub; Set-StrictMode -Version Latest; try { & '$sample' -StorageAccount files $Parameters } catch { `"FAILED `$_`" }"
            # What the job had fetched is not left behind.
            Get-ChildItem $temp -Directory | Should -BeNullOrEmpty
        }
    }

    BeforeEach {
        $emulator = Start-Emulator
        New-Container 120
    }
    AfterEach { Stop-Emulator $emulator }

    It 'deletes the files of the list, says so, and leaves journal, log and retry list in the container' {
        Invoke-Job
        Test-Gone
        $said[-1] | Should -Match 'END exit code 0$'
        @($said -match 'Z Removed 120$') | Should -HaveCount 1
        (Get-ChildItem $container).Name | Sort-Object | Should -Be 'ids.txt', 'ids.txt.journal.jsonl', 'ids.txt.log', 'ids.txt.retry.txt', 'runbook.ps1'
        ($said -join '') + (Get-Content "$container/*" -Raw) | Should -Not -Match $secret
    }

    It 'goes on from the journal of the job before it' {
        Invoke-Job
        Invoke-Job
        @($said -match 'Z PreviouslyRemoved 120$') | Should -HaveCount 1
        (Get-EmulatorRequest $emulator | Where-Object deleted | Measure-Object deleted -Sum).Sum | Should -Be 120
    }

    It 'fails where files failed, and says where they stand' {
        Add-Content "$container/ids.txt" "cloud://$($emulator.Bucket)/missing.png" -Encoding utf8
        Invoke-Job
        $said[-1] | Should -Match '^FAILED Some files of ids.txt failed'
        Get-Content "$container/ids.txt.retry.txt" -Encoding utf8 | Should -Be "cloud://$($emulator.Bucket)/missing.png"
    }

    It 'fails where it ended early, and keeps what was done' {
        Stop-Emulator $emulator
        $emulator = Start-Emulator -Option '--fault', 'errcode-45009:2-999'
        # Three full batches: whichever comes first is deleted.
        New-Container 150
        Invoke-Job
        $said -match '^FAILED ids.txt ended early' | Should -HaveCount 1
        @($said -match 'ENDED EARLY QuotaExhausted') | Should -HaveCount 1
        @(Get-Content "$container/ids.txt.journal.jsonl" -Encoding utf8 | ForEach-Object { ConvertFrom-Json $_ } | Where-Object outcome -EQ 'Removed') | Should -HaveCount 50
    }

    It 'fails without a word about starting again, where that cannot help' {
        Stop-Emulator $emulator
        $emulator = Start-Emulator -Option '--fault', 'errcode-85088:100%'
        New-Container 50
        Invoke-Job
        $said[-1] | Should -Match '^FAILED ids.txt cannot be processed'
        @($said -match 'ENDED EARLY EnvironmentRefused') | Should -HaveCount 1
    }

    It 'goes on without a journal, where that was lost' {
        Invoke-Job
        Remove-Item "$container/ids.txt.journal.jsonl"
        Invoke-Job '-IgnoreMissing $true'
        @($said -match 'Z AlreadyGone 120$') | Should -HaveCount 1
        $said[-1] | Should -Match 'END exit code 0$'
    }

    It 'fails before anything is deleted where the secret is wrong' {
        Invoke-Job -Secret 'wrong-secret-wrong'
        "$said" | Should -Match 'FAILED No connection .* Check the secret'
        "$said" | Should -Not -Match 'wrong-secret-wrong'
        $ids | ForEach-Object { Test-CloudFile $emulator $_ | Should -BeTrue }
    }
}

Describe 'samples/github-actions.yml' {
    BeforeAll {
        $workflow = [IO.File]::ReadAllText([IO.Path]::Combine((Get-SampleFolder), 'github-actions.yml')).Replace("`r", '')
        $ci = [IO.File]::ReadAllText([IO.Path]::Combine((Get-SampleFolder), '..', '.github', 'workflows', 'ci.yml'))
        # The steps that are scripts: a line, or a block of lines that are further in.
        $steps = @([regex]::Matches($workflow, '(?m)^ {6}- name: (?<name>.+)\n(?: {8}.*\n)*? {8}run: (?:\|\n(?<script>(?: {10}.*\n)+)|(?<script>.+))') |
            ForEach-Object { @{ name = $_.Groups['name'].Value; script = $_.Groups['script'].Value -replace '(?m)^ {10}' } })

        # A step as the runner starts one: a process of its own that stops at the first error.
        function Invoke-Step([string] $Name) {
            $step = $steps | Where-Object { $_.name -eq $Name }
            $frame = "Set-Location '$work'; `$PSDefaultParameterValues = @{ 'Connect-TcbEnvironment:Endpoint' = '$($emulator.Endpoint)' }; `$ErrorActionPreference = 'stop';"
            $gallery = 'function Install-PSResource($Name, [switch] $TrustRepository) { "installed $Name" }'
            $script:said = Invoke-NewPowerShell "$frame $gallery`n$($step.script)"
            $LASTEXITCODE
        }
    }

    BeforeEach {
        $emulator = Start-Emulator
        $work = [IO.Path]::Combine($emulator.Folder, 'work')
        $null = [IO.Directory]::CreateDirectory($work)
        Copy-Item ([IO.Path]::Combine((Get-SampleFolder), 'runbook.ps1')) $work
        New-List "$work/ids.txt" 120
        $variables = @{ LIST = 'ids.txt'; TCB_ENVIRONMENT_ID = 'test2-4a89da'; TCB_APP_ID = 'wx0000000000000001'; TCB_APP_SECRET = $secret }
        $before = @{}
        foreach ($name in $variables.Keys) {
            $before[$name] = [Environment]::GetEnvironmentVariable($name)
            [Environment]::SetEnvironmentVariable($name, $variables[$name])
        }
    }
    AfterEach {
        foreach ($name in $before.Keys) { [Environment]::SetEnvironmentVariable($name, $before[$name]) }
        Stop-Emulator $emulator
    }

    It 'names the variables that its steps get' {
        foreach ($name in $variables.Keys) { $workflow | Should -Match "(?m)^ {10}${name}: \`$\{\{ (inputs|vars|secrets)\.(list|$name) \}\}$" }
        # What a person typed goes into no script as text.
        $steps.script | Should -Not -Match '\$\{\{'
    }

    It 'pins its actions as CI does' {
        $pins = [regex]::Matches($workflow, '(?m)uses: (.+)$') | ForEach-Object { $_.Groups[1].Value }
        $pins | Should -HaveCount 3
        $pins | Where-Object { $_ -notmatch '^[\w/-]+@[0-9a-f]{40} # v\d' -or -not $ci.Contains($_) } | Should -BeNullOrEmpty
    }

    It 'installs, deletes, and goes on from a journal that lies there' {
        Invoke-Step 'Install the module' | Should -Be 0
        $said | Should -Be 'installed TcbPowerShell'
        Invoke-Step 'Delete' | Should -Be 0
        Test-Gone
        (Get-ChildItem "$work/removal").Name | Sort-Object | Should -Be 'journal.jsonl', 'log.txt', 'retry.txt'
        Invoke-Step 'Delete' | Should -Be 0
        @($said -match 'Z PreviouslyRemoved 120$') | Should -HaveCount 1
        "$said" | Should -Not -Match $secret
    }

    It 'fails where a file failed' {
        Add-Content "$work/ids.txt" "cloud://$($emulator.Bucket)/missing.png" -Encoding utf8
        Invoke-Step 'Delete' | Should -Be 1
        Get-Content "$work/removal/retry.txt" -Encoding utf8 | Should -Be "cloud://$($emulator.Bucket)/missing.png"
    }
}
