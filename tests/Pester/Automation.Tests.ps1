# The samples for Azure Automation and GitHub Actions, with stand-ins for what only those places have.
BeforeAll {
    Import-Module ([IO.Path]::Combine($PSScriptRoot, 'TestHelpers.psm1')) -Force
    $secret = '00000000000000000000000000000001'

    # A list with a name and paths as people have them.
    function New-List([string] $Path, [int] $Count) {
        $script:ids = @(1..$Count | ForEach-Object { "$([char] 0x7167)$([char] 0x7247) $_+&#.png" } | New-CloudFile $emulator)
        $ids | Set-Content $Path -Encoding utf8
    }
    function Test-Gone { $ids | Where-Object { Test-CloudFile $emulator $_ } | Should -BeNullOrEmpty }

    $usual = $emulator = Start-Emulator
}

AfterAll { Stop-Emulator $usual }

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
            $folder = [IO.Path]::Combine($TestDrive, [guid]::NewGuid().ToString('n'))
            $script:container = [IO.Path]::Combine($folder, 'container')
            $script:temp = [IO.Path]::Combine($folder, 'temp')
            foreach ($folder in $container, $temp) { $null = [IO.Directory]::CreateDirectory($folder) }
            Copy-Item ([IO.Path]::Combine((Get-SampleFolder), 'runbook.ps1')) $container
            New-List "$container/ids.txt" $Count
        }

        function Invoke-Job([string] $Parameters, [string] $Secret = $secret) {
            $stub = ". { $azure } '$container' '$Secret' '$($emulator.Endpoint)'; Set-StrictMode -Version Latest"
            $before = @{}
            foreach ($name in 'TMPDIR', 'TEMP', 'TMP') {
                $before[$name] = [Environment]::GetEnvironmentVariable($name)
                [Environment]::SetEnvironmentVariable($name, $temp)
            }
            # As in the sandbox, whose jobs are sessions of one process.
            try { $script:said = Invoke-NewSession "$stub; try { & '$sample' -StorageAccount files $Parameters } catch { `"FAILED `$_`" }" }
            finally { foreach ($name in $before.Keys) { [Environment]::SetEnvironmentVariable($name, $before[$name]) } }
            # What the job had fetched is not left behind.
            Get-ChildItem $temp -Directory | Should -BeNullOrEmpty
        }
    }

    BeforeEach { New-Container 120 }

    It 'deletes the files of the list, says so, and leaves journal, log and retry list in the container' {
        Invoke-Job
        Test-Gone
        $said[-1] | Should -Match 'END exit code 0$'
        @($said -match 'Z Removed 120$') | Should -HaveCount 1
        (Get-ChildItem $container).Name | Sort-Object | Should -Be 'ids.txt', 'ids.txt.journal.jsonl', 'ids.txt.log', 'ids.txt.retry.txt', 'runbook.ps1'
        ($said -join '') + (Get-Content "$container/*" -Raw) | Should -Not -Match $secret
    }

    It 'goes on from the journal of the job before it' {
        $before = @(Get-EmulatorRequest $emulator).Count
        Invoke-Job
        Invoke-Job
        @($said -match 'Z PreviouslyRemoved 120$') | Should -HaveCount 1
        (Get-EmulatorRequest $emulator | Select-Object -Skip $before | Where-Object deleted | Measure-Object deleted -Sum).Sum | Should -Be 120
    }

    It 'fails where files failed, and says where they stand' {
        Add-Content "$container/ids.txt" "cloud://$($emulator.Bucket)/missing.png" -Encoding utf8
        Invoke-Job
        $said[-1] | Should -Match '^FAILED Some files of ids.txt failed'
        Get-Content "$container/ids.txt.retry.txt" -Encoding utf8 | Should -Be "cloud://$($emulator.Bucket)/missing.png"
    }

    It 'fails where it ended early, and keeps what was done' {
        $emulator = Start-Emulator -Option '--fault', 'errcode-45009:2-999'
        # Three full batches: whichever comes first is deleted.
        try { New-Container 150; Invoke-Job } finally { Stop-Emulator $emulator }
        $said -match '^FAILED ids.txt ended early' | Should -HaveCount 1
        @($said -match 'ENDED EARLY QuotaExhausted') | Should -HaveCount 1
        @(Get-Content "$container/ids.txt.journal.jsonl" -Encoding utf8 | ForEach-Object { ConvertFrom-Json $_ } | Where-Object outcome -EQ 'Removed') | Should -HaveCount 50
    }

    It 'fails without a word about starting again, where that cannot help' {
        $emulator = Start-Emulator -Option '--fault', 'errcode-85088:100%'
        try { New-Container 50; Invoke-Job } finally { Stop-Emulator $emulator }
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

        # A step stops at the first error. The runner starts it as -Process does, and knows it by its exit code.
        function Invoke-Step([string] $Name, [switch] $Process) {
            $file = [IO.Path]::Combine($TestDrive, "$([guid]::NewGuid()).ps1")
            [IO.File]::WriteAllText($file, ($steps | Where-Object { $_.name -eq $Name }).script)
            $frame = "Set-Location '$work'; `$PSDefaultParameterValues = @{ 'Connect-TcbEnvironment:Endpoint' = '$($emulator.Endpoint)' }; `$ErrorActionPreference = 'stop';"
            $gallery = 'function Install-PSResource($Name, [switch] $TrustRepository) { "installed $Name" }'
            $script = "$frame $gallery; & '$file'"
            $script:said = if ($Process) { Invoke-NewPowerShell "$script; exit `$LASTEXITCODE" } else { Invoke-NewSession $script }
            $LASTEXITCODE
        }
    }

    BeforeEach {
        $work = [IO.Path]::Combine($TestDrive, [guid]::NewGuid().ToString('n'))
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
        Invoke-Step 'Delete' -Process | Should -Be 1
        Get-Content "$work/removal/retry.txt" -Encoding utf8 | Should -Be "cloud://$($emulator.Bucket)/missing.png"
    }
}
