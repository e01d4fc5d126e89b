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
            function Remove-AzStorageBlob($Container, $Context, $Blob, [switch] $Force) { Remove-Item "$standIn/$Blob" -ErrorAction Stop }
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
            # Nothing that the job fetched is left behind.
            Get-ChildItem $temp -Directory | Should -BeNullOrEmpty
        }
    }

    BeforeEach { New-Container 120 }

    It 'deletes the files of the list, says so, and leaves a closed journal, log and retry list in the container' {
        Invoke-Job
        Test-Gone
        $said[-1] | Should -Match 'END exit code 0$'
        @($said -match 'Z Removed 120$') | Should -HaveCount 1
        $names = (Get-ChildItem $container).Name | Sort-Object
        $names -notlike 'ids.txt.journal.*' | Should -Be 'ids.txt', 'ids.txt.log', 'ids.txt.retry.txt', 'runbook.ps1'
        $names -like 'ids.txt.journal.*' | Should -Match '^ids\.txt\.journal\.\d{8}T\d{6}Z-[0-9a-f-]{36}\.jsonl$'
        ($said -join '') + (Get-Content "$container/*" -Raw) | Should -Not -Match $secret
    }

    It 'starts anew after a job that came to its end' {
        Invoke-Job
        $null = $ids | ForEach-Object { $_.Substring($_.IndexOf('/', 8) + 1) } | New-CloudFile $emulator
        Invoke-Job
        @($said -match 'Z Removed 120$') | Should -HaveCount 1
        Test-Gone
    }

    It 'fails where files failed, and says where they stand' {
        Add-Content "$container/ids.txt" "cloud://$($emulator.Bucket)/missing.png" -Encoding utf8
        Invoke-Job
        $said[-1] | Should -Match '^FAILED Some files of ids.txt failed'
        Get-Content "$container/ids.txt.retry.txt" -Encoding utf8 | Should -Be "cloud://$($emulator.Bucket)/missing.png"
    }

    It 'fails where it ended early, keeps what was done, and goes on from there' {
        $emulator = Start-Emulator -Option '--fault', 'errcode-45009:2-3'
        try {
            # Three full batches: whichever comes first is deleted.
            New-Container 150
            Invoke-Job
            $said -match '^FAILED ids.txt ended early' | Should -HaveCount 1
            @($said -match 'ENDED EARLY QuotaExhausted') | Should -HaveCount 1
            $done = @(Get-Content "$container/ids.txt.journal.jsonl" -Encoding utf8 | ForEach-Object { ConvertFrom-Json $_ } | Where-Object { $_.PSObject.Properties['outcome'] -and $_.outcome -eq 'Removed' })
            $done | Should -HaveCount 50
            # The quota is new.
            do { Invoke-Job } while ($said -match '^FAILED ids.txt ended early')
            @($said -match 'Z PreviouslyRemoved 50$') | Should -HaveCount 1
            Test-Gone
        }
        finally { Stop-Emulator $emulator }
        # The next job must not resume from it.
        "$container/ids.txt.journal.jsonl" | Should -Not -Exist
        @(Get-ChildItem $container -Filter 'ids.txt.journal.*.jsonl') | Should -HaveCount 1
    }

    It 'fails without a word about starting again, where that cannot help' {
        $emulator = Start-Emulator -Option '--fault', 'errcode-85088:100%'
        try { New-Container 50; Invoke-Job } finally { Stop-Emulator $emulator }
        $said[-1] | Should -Match '^FAILED ids.txt cannot be processed'
        @($said -match 'ENDED EARLY EnvironmentRefused') | Should -HaveCount 1
    }

    It 'goes on without a journal, where that was lost' {
        Invoke-Job
        Remove-Item "$container/ids.txt.journal.*"
        Invoke-Job '-IgnoreMissing $true'
        @($said -match 'Z AlreadyGone 120$') | Should -HaveCount 1
        $said[-1] | Should -Match 'END exit code 0$'
    }

    It 'fails for an empty list, unless that is allowed' {
        Set-Content "$container/ids.txt" ''
        Invoke-Job
        $said[-1] | Should -Match '^FAILED ids.txt cannot be processed'
        Invoke-Job '-AllowEmpty $true'
        $said[-1] | Should -Match 'END exit code 0$'
    }

    It 'fails before anything is deleted where the secret is wrong' {
        Invoke-Job -Secret 'wrong-secret-wrong'
        "$said" | Should -Match 'FAILED No connection .* stops working everywhere'
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
            $gallery = 'function Install-PSResource($Name, $Version, [switch] $TrustRepository) { "installed $Name $Version" }'
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
        # Typed values go into no script as text.
        $steps.script | Should -Not -Match '\$\{\{'
    }

    It 'pins its actions as CI does' {
        $pins = [regex]::Matches($workflow, '(?m)uses: (.+)$') | ForEach-Object { $_.Groups[1].Value }
        $pins | Should -HaveCount 3
        $pins | Where-Object { $_ -notmatch '^[\w/-]+@[0-9a-f]{40} # v\d' -or -not $ci.Contains($_) } | Should -BeNullOrEmpty
    }

    It 'installs the version that it was tested with, deletes, and keeps the journal under a name of its own' {
        Invoke-Step 'Install the module' | Should -Be 0
        $said | Should -Be "installed TcbPowerShell $((Test-ModuleManifest ([IO.Path]::Combine((Get-StagedModule), 'TcbPowerShell.psd1'))).Version)"
        Invoke-Step 'Delete' | Should -Be 0
        Test-Gone
        $names = (Get-ChildItem "$work/removal").Name | Sort-Object
        $names[0] | Should -Match '^journal\.\d{8}T\d{6}Z-[0-9a-f-]{36}\.jsonl$'
        $names[1..9] | Should -Be 'log.txt', 'retry.txt'
        "$said" | Should -Not -Match $secret
        # All that is uploaded has a fixed name.
        $uploaded = [regex]::Matches($workflow, '(?m)^ {12}removal/.+$') | ForEach-Object { $_.Value.Trim() }
        foreach ($name in $names) { @($uploaded | Where-Object { "removal/$name" -like $_ }) | Should -HaveCount 1 }
    }

    It 'goes on from the journal of a run that ended early' {
        $emulator = Start-Emulator -Option '--fault', 'errcode-45009:2-3'
        try {
            New-List "$work/ids.txt" 150
            Invoke-Step 'Delete' | Should -Be 20
            do { $exitCode = Invoke-Step 'Delete' } while ($exitCode -eq 20)
            $exitCode | Should -Be 0
            @($said -match 'Z PreviouslyRemoved 50$') | Should -HaveCount 1
            Test-Gone
        }
        finally { Stop-Emulator $emulator }
    }

    It 'takes no path for a list: <_>' -ForEach '../ids.txt', '.env', "ids.txt`n", '/etc/passwd', 'removal/journal.jsonl' {
        $env:LIST = $_
        { Invoke-Step 'Delete' } | Should -Throw '*is not the name of a list*'
        "$work/removal" | Should -Not -Exist
    }

    It 'fails where a file failed' {
        Add-Content "$work/ids.txt" "cloud://$($emulator.Bucket)/missing.png" -Encoding utf8
        Invoke-Step 'Delete' -Process | Should -Be 10
        Get-Content "$work/removal/retry.txt" -Encoding utf8 | Should -Be "cloud://$($emulator.Bucket)/missing.png"
    }
}

Describe '.github/workflows' {
    BeforeAll {
        $folder = [IO.Path]::Combine((Get-RepositoryFolder), '.github', 'workflows')
        $release = [IO.File]::ReadAllText([IO.Path]::Combine($folder, 'release.yml')).Replace("`r", '')
    }

    It 'pins each action to a commit' {
        $uses = Get-ChildItem $folder -Filter *.yml | ForEach-Object { [regex]::Matches([IO.File]::ReadAllText($_.FullName), '(?m)uses: (.+?)\r?$') } | ForEach-Object { $_.Groups[1].Value }
        $uses | Where-Object { $_ -notmatch '^[\w/-]+@[0-9a-f]{40} # v\d|^\./' } | Should -BeNullOrEmpty
    }

    It 'tests whole versions of PowerShell, and the one of dotnet pwsh' {
        $versions = [regex]::Match([IO.File]::ReadAllText([IO.Path]::Combine($folder, 'ci.yml')), 'powershell: \[(.+)\]').Groups[1].Value -split ', ' | ForEach-Object { $_.Trim("'") }
        $versions | Where-Object { $_ -notmatch '^\d+\.\d+\.\d+$' } | Should -BeNullOrEmpty
        $tools = Get-Content ([IO.Path]::Combine((Get-RepositoryFolder), '.config', 'dotnet-tools.json')) -Raw | ConvertFrom-Json
        $versions | Should -Contain $tools.tools.powershell.version
    }

    It 'releases only a tag on main' -Skip:(-not ((Get-Command git, bash -ErrorAction SilentlyContinue).Count -eq 2)) {
        $step = [regex]::Match($release, '(?m)^ {6}- name: The tag is on main\n {8}run: \|\n((?: {10}.*\n)+)').Groups[1].Value -replace '(?m)^ {10}'
        $upstream = [IO.Path]::Combine($TestDrive, 'upstream')
        $work = [IO.Path]::Combine($TestDrive, 'checkout')
        $git = @('-c', 'user.name=a', '-c', 'user.email=a@example.com', '-c', 'commit.gpgsign=false')
        git init -q -b main $upstream
        foreach ($name in 'v1.0.0', 'v1.1.0') {
            git $git -C $upstream commit -q --allow-empty -m $name
            git $git -C $upstream tag -a $name -m $name
        }
        git -C $upstream checkout -q -b other
        git $git -C $upstream commit -q --allow-empty -m other
        git -C $upstream tag v1.2.0
        git clone -q $upstream $work
        [IO.File]::WriteAllText([IO.Path]::Combine($work, 'step.sh'), $step)
        foreach ($case in @{ tag = 'v1.0.0'; exit = 0 }, @{ tag = 'v1.1.0'; exit = 0 }, @{ tag = 'v1.2.0'; exit = 1 }) {
            git -C $work checkout -q $case.tag
            Push-Location $work
            try { $said = bash -e step.sh } finally { Pop-Location }
            $LASTEXITCODE | Should -Be $case.exit
            if ($case.exit) { $said | Should -Match '^::error::' }
        }
    }
}
