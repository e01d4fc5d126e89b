# docs/en-US/recipes.md and faq.md: every code block, in the order of the page and as it stands, against the emulator. The unit tests hold the
# Chinese pages to the same code.
BeforeDiscovery {
    $page = (('recipes.md', 'faq.md' | ForEach-Object {
        [IO.File]::ReadAllText([IO.Path]::Combine($PSScriptRoot, '..', '..', 'docs', 'en-US', $_))
    }) -join "`n").Replace("`r", '')
    $recipes = foreach ($section in [regex]::Matches($page, '(?ms)^## (.+?)\n(.*?)(?=^## |\z)')) {
        $blocks = [regex]::Matches($section.Groups[2].Value, '(?ms)^```(powershell|sh)\n(.*?)\n```$')
        @{
            recipe = $section.Groups[1].Value
            code   = @($blocks | Where-Object { $_.Groups[1].Value -eq 'powershell' } | ForEach-Object { $_.Groups[2].Value })
            shell  = @($blocks | Where-Object { $_.Groups[1].Value -eq 'sh' } | ForEach-Object { $_.Groups[2].Value })
        }
    }
    # A question can do without code.
    $recipes = @($recipes | Where-Object { $_.code })
}

Describe 'The recipes' {
    BeforeAll {
        Import-Module ([IO.Path]::Combine($PSScriptRoot, 'TestHelpers.psm1')) -Force
        Import-Module (Get-StagedModule)
        $usual = Start-Emulator
        $modulePath = $env:PSModulePath
        $env:PSModulePath = [IO.Path]::GetDirectoryName((Get-StagedModule)) + [IO.Path]::PathSeparator + $modulePath
        $names = 'TCB_ENVIRONMENT_ID', 'TCB_ACCESS_TOKEN', 'TCB_APP_ID', 'TCB_APP_SECRET', 'TOKEN_SERVER_KEY'
        $environmentBefore = @{}
        foreach ($name in $names) { $environmentBefore[$name] = [Environment]::GetEnvironmentVariable($name) }

        # The secret store and the token server of the recipes.
        $global:TcbSecrets = @{ TcbAccessToken = 'emulator-access-token'; TcbAppSecret = '00000000000000000000000000000001' }
        function global:Get-Credential {
            [pscredential]::new('wx0000000000000001', (ConvertTo-SecureString $global:TcbSecrets.TcbAppSecret -AsPlainText -Force))
        }
        function global:Set-Secret([string] $Name, $Secret) { $global:TcbSecrets[$Name] = $Secret }
        function global:Get-Secret([string] $Name, [switch] $AsPlainText) {
            $secret = $global:TcbSecrets[$Name]
            if ($secret -is [string] -and -not $AsPlainText) { ConvertTo-SecureString $secret -AsPlainText -Force } else { $secret }
        }
        $global:TcbCalls = [Collections.Generic.List[string]]::new()
        function global:Invoke-RestMethod($Uri, $Method, $Headers, $Body, $TimeoutSec) {
            if ($Uri -like 'https://api.weixin.qq.com/cgi-bin/*' -and $Method -eq 'Post') {
                $global:TcbCalls.Add("$Uri $Body")
                return [pscustomobject] @{ errcode = 0; access_token = 'stable'; quota = [pscustomobject] @{ daily_limit = 10; used = 4; remain = 6 } }
            }
            if ($Uri -ne 'https://tokens.example.com/wechat' -or $Headers.Authorization -ne 'Bearer key') { throw 'who are you?' }
            [pscustomobject] @{ access_token = 'emulator-access-token' }
        }
        # On the PATH or not: another one of this kind.
        function global:pwsh { Start-PowerShell @args }
        # Between two tries of a runbook that ended early, which none may.
        function global:Start-Sleep { throw 'There was nothing to wait for.' }

        function Test-Connection([string] $Authentication) {
            (Get-TcbEnvironment).Authentication | Should -Be $Authentication
            (New-CloudFile $emulator "$([guid]::NewGuid()).png" | Remove-TcbCloudFile).Outcome | Should -Be 'Removed'
        }
        function Test-Left([string[]] $FileId) { $FileId | ForEach-Object { Test-CloudFile $emulator $_ | Should -BeTrue } }
        function Test-Gone([string[]] $FileId) { $FileId | ForEach-Object { Test-CloudFile $emulator $_ | Should -BeFalse } }
        function Read-Lines([string] $Path) { @(Get-Content $Path -Encoding utf8) }
        function Read-Entries { @(Get-Content run.jsonl -Encoding utf8 | ForEach-Object { ConvertFrom-Json $_ }) }

        # Must be true after each block; a block without an entry here fails. $said is what it wrote, $files are there when a recipe begins.
        $checks = @{
            'Secrets from SecretManagement'  = @(
                { $global:TcbSecrets.TcbApp.UserName | Should -Be 'wx0000000000000001' }
                { Test-Connection 'AppCredential' }
                { $said.Authentication | Should -Be 'AccessToken', 'AppCredential'; Test-Connection 'AppCredential' }
            )
            'A central token server'         = @(, { Test-Connection 'TokenProvider' })
            'IDs from a database export'     = @(
                { Read-Lines 'ids.txt' | Where-Object { $_ } | Should -Be $files[0..3]; Test-Left $files }
                { Read-Lines 'ids.txt' | Should -Be $files[4..5]; Test-Left $files }
                { $said.FileId | Should -Be $files[0..3]; Test-Gone $files[0..3]; Test-Left $files[4..9] }
                { $said.FileId | Should -Be $files[6..7]; $errors | Should -BeNullOrEmpty; Test-Gone $files[6..7]; Test-Left ($files[4..5] + $files[8..9]) }
                { $said.FileId | Should -Be $files[4..5]; Test-Gone $files[4..5]; Test-Left $files[8..9]; Set-Content ids.txt 'b', 'a', 'b', 'B', "a$([char] 0xad)" -Encoding utf8 }
                { Read-Lines 'unique.txt' | Should -HaveCount 4; Test-Left $files[8..9] }
            )
            'Check the list and keep evidence' = @(
                {
                    $said[0] | Should -Be ($files.Count + 2)
                    ($said | Where-Object Name -EQ 'test2-4a89da').Count | Should -Be $files.Count
                    ($said | Where-Object Name -Like '*/images').Count | Should -Be ($files.Count - 2)
                    @($said | Where-Object { $_ -is [string] }) | Should -HaveCount ($files.Count + 2)
                    Test-Left $files
                }
                { ($said | Sort-Object Name).Name | Should -Be 'FileInOtherEnvironment', 'InvalidFileId'; Test-Left $files }
                {
                    Test-Gone $files
                    $copy = Get-Item removal-* | Where-Object PSIsContainer
                    Read-Lines "$copy/ids.txt" | Should -Be (Read-Lines 'ids.txt')
                    Read-Lines "$copy/run.jsonl" | Should -Be (Read-Lines 'run.jsonl')
                    (Import-Csv "$copy.csv").Hash | Should -HaveCount 2
                }
            )
            'Which files still exist'        = @(, {
                    Read-Lines 'missing.txt' | Should -Be $missing
                    $said | Should -Be "$($files.Count) files exist, 1 do not"
                    # An ID of another environment and one that is none are errors too, and no missing files.
                    $failed | Should -HaveCount 3
                    Test-Left $files
                })
            'Find files and folders to delete' = @(
                {
                    $said.FileId | Sort-Object | Should -Be ($stored | Where-Object { $_ -like '*/images/*' } | Sort-Object)
                    $script:left = @(Find-TcbCloudFile -All -IncludeFolder)
                    $left.FileId | Sort-Object | Should -Be ($stored | Where-Object { $_ -notlike '*/images/*' } | Sort-Object)
                }
                {
                    $old = @($left | Where-Object { $_.LastModified -lt (Get-Date).AddDays(-90) -and -not $_.Key.EndsWith('/') })
                    $old.Count | Should -BeIn (1..($left.Count - 2))
                    $said[0].Count | Should -Be $old.Count
                    $said.FileId | Sort-Object | Should -Be ($old.FileId | Sort-Object)
                    $script:left = @($left | Where-Object { $old -notcontains $_ })
                    (Find-TcbCloudFile -All -IncludeFolder).FileId | Should -Be $left.FileId
                }
                {
                    $said | Should -HaveCount 20
                    $said[0].Length | Should -Be ($left | Measure-Object Length -Maximum).Maximum
                }
                {
                    $said.Folder | Sort-Object | Should -Be 'docs/', 'docs/old/'
                    [math]::Round(($said | Measure-Object MB -Sum).Sum * 1MB) | Should -Be ($left | Measure-Object Length -Sum).Sum
                    $said[0].MB | Should -BeGreaterThan $said[1].MB
                }
            )
            'Files that no record refers to' = @(
                {
                    $said | Should -Be '6 files are used'
                    Read-Lines 'unused.txt' | Sort-Object | Should -Be ($files[4, 5, 8] | Sort-Object)
                    Test-Left $files
                }
                { $said.FileId | Sort-Object | Should -Be ($files[4, 5, 8] | Sort-Object); Test-Gone $files[4, 5, 8]; Test-Left ($files[0..3] + $files[6, 7, 9]) }
            )
            'Check a run against the bucket' = @(, { $said | Should -Be '4 of 12 files are left'; Test-Left $files[6..9] })
            'Lists from other tools'         = @(
                { Read-Lines 'ids.txt' | Should -Be $files; Remove-Item ids.txt }
                { Read-Lines 'ids.txt' | Should -Be $files; Test-Left $files }
            )
            'Back up, delete and verify'     = @(
                { $said.FileId | Sort-Object | Should -Be ($files[2..5] | Sort-Object); $notSaved | Should -BeNullOrEmpty; Test-Gone $files[2..5]; Test-Left ($files[0, 1] + $files[6..9] + $docs) }
                {
                    $said.FileId | Sort-Object | Should -Be ($files[0, 1] + $files[6..9] | Sort-Object)
                    $notSaved.TargetObject | Sort-Object | Should -Be ($files[2..5] + $missing | Sort-Object)
                    Test-Gone $files
                    $copies = @(Get-ChildItem backup -Recurse -File | Where-Object { $_.Extension -eq '.png' } | ForEach-Object { [IO.File]::ReadAllText($_.FullName) })
                    $copies | Sort-Object | Should -Be ($files | Sort-Object)
                }
                {
                    $rows = @(Import-Csv saved.csv -Encoding utf8)
                    $rows.FileId | Should -Be $docs
                    foreach ($row in $rows) { [IO.File]::ReadAllText($row.Path) | Should -BeExactly $row.FileId }
                    Test-Left $docs
                    # One that was approved, and one that was not.
                    $list = Read-Lines 'ids.txt'
                    Set-Content ids.txt ($docs + $missing) -Encoding utf8
                    $other = New-CloudFile $emulator 'docs/other.png'
                }
                { $said.FileId | Should -Be $docs; Test-Gone $docs; Test-Left $other; Set-Content ids.txt $list -Encoding utf8 }
                { $said | Should -Be "0 files are left, $($files.Count + 1) are gone, 0 have no answer" }
            )
            'Put saved files back'           = @(, {
                    $said.CloudPath | Should -Be ($saved | ForEach-Object { $_.Split('/', 4)[3] })
                    foreach ($pair in $said) { [IO.File]::ReadAllText($pair.LocalPath) | Should -BeLike "*/$([WildcardPattern]::Escape($pair.CloudPath))" }
                    $said[-1].LocalPath | Should -BeLike '*a%25b.png'
                    Test-Left $files
                })
            'Practice with the emulator'     = @(
                { Test-Gone $files; $stopped | Should -BeNullOrEmpty; (Read-Lines 'rehearsal.jsonl').Count | Should -BeGreaterThan $files.Count }
                { $said | Should -Be $files.Count }
            )
            'Resume an interrupted run'      = @(
                { $said | ForEach-Object { "$($_.Name) $($_.Count)" } | Sort-Object | Should -Be 'PreviouslyRemoved 4', 'Removed 6'; Test-Gone $files }
                { $said | Should -BeNullOrEmpty }
                { $said.Outcome | Select-Object -Unique | Should -Be 'AlreadyGone' }
            )
            'Export the failures with their reasons' = @(, {
                    $rows = @(Import-Csv failed.csv -Encoding utf8)
                    ($rows | Sort-Object ErrorId).ErrorId | Should -Be 'CloudFileNotFound', 'FileInOtherEnvironment', 'InvalidFileId'
                    ($rows | Sort-Object FileId).FileId | Should -Be ($wrong | Sort-Object)
                    $row = $rows | Where-Object ErrorId -EQ 'CloudFileNotFound'
                    $row.Code | Should -Be '-503003'
                    $row.Reason | Should -BeLike '*no such file*'
                    Test-Gone $files
                })
            'A large job without output'     = @(, {
                    $said | Should -HaveCount 1
                    $said.Outcomes['Removed'] | Should -Be $files.Count
                    $said.Errors['CloudFileNotFound'] | Should -Be 1
                    ($said | Out-String) | Should -Match 'Outcomes +: .*Removed'
                    Test-Gone $files
                })
            'Parallel runs'                  = @(
                { 1..2 | ForEach-Object { Read-Lines "part-$_.txt" } | Where-Object { $_ } | Should -Be $files; (Get-Item part-*.txt).Count | Should -Be 2 }
                {
                    Test-Gone $files
                    @($said -match 'END exit code 0$') | Should -HaveCount 2
                    # Closed, each under a name of its own.
                    (Get-Item part-?.txt.journal.*-*.jsonl).Count | Should -Be 2
                    Get-Item part-*.journal.jsonl | Should -BeNullOrEmpty
                }
            )
            'The journal as an audit trail'  = @(
                {
                    @($entries | Where-Object outcome -EQ 'Removed').fileId | Should -Be $files
                    ($said | Where-Object Name -EQ 'Removed').Count | Should -Be $files.Count
                    # Two runs sent it.
                    ($said | Where-Object Name -EQ 'CloudFileNotFound').Count | Should -Be 1
                    $rows = @(Import-Csv not-removed.csv -Encoding utf8)
                    $rows.fileId | Should -Be $missing
                    $rows.outcome | Should -Be 'CloudFileNotFound'
                    # Every member that a line has is in the page's table.
                    foreach ($member in (Read-Entries | ForEach-Object { $_.PSObject.Properties.Name } | Select-Object -Unique)) { $page | Should -Match "``$member``" }
                }
                {
                    $said | Should -HaveCount 2
                    foreach ($run in $said) {
                        $run.Service | Should -Match '^127\.0\.0\.1:\d+$'
                        $run.By | Should -Be "$([Environment]::UserName)@$([Environment]::MachineName)"
                        $run.How | Should -Be 'Completed'
                        $run.Ended | Should -BeGreaterOrEqual $run.Started
                    }
                    foreach ($member in ($runs.Group.run | ForEach-Object { $_.PSObject.Properties.Name } | Select-Object -Unique)) { $page | Should -Match "``$member``" }
                }
                { $said | Should -HaveCount 1; $said.outcome | Should -Be 'Removed' }
            )
            'A report of each run'           = @(, {
                    Test-Gone $files
                    $said[-1] | Should -Be "Removed: $($files.Count), failed: 1, open: 0"
                    (Get-Content report.json -Raw -Encoding utf8 | ConvertFrom-Json).Errors.CloudFileNotFound | Should -Be 1
                })
            'Can it delete the wrong files?' = @(, {
                    # Listed, and saved.
                    ($said | Where-Object { -not $_.PSObject.Properties['Path'] }).Key | Sort-Object | Should -Be ($old.Key | Sort-Object)
                    ($said | Where-Object { $_.PSObject.Properties['Path'] }).FileId | Sort-Object | Should -Be ($old.Id | Sort-Object)
                    foreach ($path in $said.Path) { $path | Should -Exist }
                    Test-Left $files
                })
            'How long do 100,000 files take, and what does a backup cost?' = @(, { $said.Count | Should -Be 1; Test-Left $files })
            'How many calls do 100,000 files need, and which limits are there?' = @(
                {
                    $said.remain | Should -Be 6
                    $TcbCalls[0] | Should -BeLike 'https://api.weixin.qq.com/cgi-bin/stable_token *"client_credential"*'
                    $TcbCalls[0] | Should -BeLike '*wx0000000000000001*'
                    $TcbCalls[1] | Should -Be 'https://api.weixin.qq.com/cgi-bin/openapi/quota/get?access_token=stable {"cgi_path":"/tcb/batchdeletefile"}'
                }
                {
                    $said.errcode | Should -Be 0
                    $TcbCalls[2] | Should -Be 'https://api.weixin.qq.com/cgi-bin/clear_quota/v2?appid=wx0000000000000001&appsecret=00000000000000000000000000000001 '
                }
            )
            'Windows PowerShell 5.1 or PowerShell 7?' = @(, { $said | Should -Be $PSVersionTable.PSVersion })
            'Where is the environment ID?'   = @(, { $said | Should -Be 'other-1a2b3c', 'test2-4a89da'; Test-Left $files })
            'Where do I get file IDs?'       = @(
                { Read-Lines 'ids.txt' | Where-Object { $_ } | Should -Be ($files[0..3] + $files[6..7]); Test-Left $files }
                { Read-Lines 'ids.txt' | Should -Be $files; Test-Left $files }
            )
            'Unattended runs with an exit code' = @(, { Test-Gone $files; $LASTEXITCODE | Should -Be 0; $said[-1] | Should -Match 'END exit code 0$' })
        }
    }

    AfterAll {
        Stop-Emulator $usual
        Remove-Item function:Get-Credential, function:Set-Secret, function:Get-Secret, function:Invoke-RestMethod, function:Start-Sleep, function:pwsh
        Remove-Variable TcbSecrets, TcbCalls -Scope Global
        $env:PSModulePath = $modulePath
    }

    BeforeEach {
        $env:TOKEN_SERVER_KEY = 'key'
        $env:TCB_ENVIRONMENT_ID = 'test2-4a89da'
        $env:TCB_ACCESS_TOKEN = if ($recipe -notlike 'Unattended*') { 'emulator-access-token' }
        $there = [IO.Path]::Combine($TestDrive, [guid]::NewGuid().ToString('n'))
        $null = [IO.Directory]::CreateDirectory($there)
        Push-Location $there
        # The emulator of the recipe about it is started as the page says.
        $option = @(if ($shell) { "$shell" -replace '^tcb-emulator --port 8080 --files ids.txt ' -replace '--log requests.jsonl$' -split ' ' -ne '' })
        $emulator = if ($shell) { Start-Emulator -Option $option } else { $usual }
        # Folders that are objects, which no file system has, and files of all ages.
        if ($recipe -like 'Find*') {
            $stored = @(
                'images/', 'images/1.png', 'images/empty/', 'images2.png', 'docs/', 'docs/last'
                1..60 | ForEach-Object { "docs/old/$_.txt"; "docs/$('x' * $_).txt" }
            ) | ForEach-Object { "cloud://$($usual.Bucket)/$_" }
            [IO.File]::WriteAllLines("$there/stored.txt", [string[]] $stored)
            $emulator = Start-Emulator -List "$there/stored.txt" -Option '--oldest', '200'
        }
        # Earlier recipes may have left files.
        if ($recipe -match '^(Files|Check a run|Back up)' -and [IO.Directory]::Exists($emulator.Files)) { Get-ChildItem $emulator.Files | Remove-Item -Recurse }
        $page = [IO.File]::ReadAllText([IO.Path]::Combine($PSScriptRoot, '..', '..', 'docs', 'en-US', 'recipes.md'))

        $files = @('A.png', 'B.png' + (1..8 | ForEach-Object { "images/$_ $([char] 0x4e2d)$([char] 0x6587)+&#.png" }) | New-CloudFile $emulator)
        $missing = "cloud://$($emulator.Bucket)/missing.png"
        $wrong = @("cloud://other-1a2b3c.7465/C.png", 'no ID')
        if ($recipe -notmatch '^(Check|Which|Export)') { $wrong = @() }
        if ($recipe -like 'Where is*') { $wrong = @('cloud://other-1a2b3c.7465/C.png') }
        if ($recipe -match '^(Which|Back up|Export|A large|A report)') { $wrong += $missing }
        # Each file holds its ID.
        foreach ($file in $files) { [IO.File]::WriteAllText([IO.Path]::Combine($emulator.Files, $file.Substring(8)), $file) }
        if ($recipe -like 'Files*') {
            foreach ($file in $files[0..8]) { [IO.File]::SetLastWriteTimeUtc([IO.Path]::Combine($emulator.Files, $file.Substring(8)), [DateTime]::UtcNow.AddDays(-2)) }
        }
        # Older than the 90 days of the question.
        if ($recipe -like 'Can it*') {
            $old = @('tmp/1.png', 'tmp/2.png' | New-CloudFile $emulator | ForEach-Object { [pscustomobject] @{ Key = $_.Split('/', 4)[3]; Id = $_ } })
            foreach ($file in $old) { [IO.File]::SetLastWriteTimeUtc([IO.Path]::Combine($emulator.Files, $file.Id.Substring(8)), [DateTime]::UtcNow.AddDays(-91)) }
            $null = New-CloudFile $emulator 'tmp/new.png'
        }
        # Encoded and signed as the service's links are, and two that are none.
        if ($recipe -like 'Where do I get*') {
            $links = $files | ForEach-Object {
                'https://7465-test2-4a89da-1258717764.tcb.qcloud.la/' + (($_.Split('/', 4)[3].Split('/') | ForEach-Object { [uri]::EscapeDataString($_) }) -join '/')
            }
            @($links[0]) + @($links[1..9] | ForEach-Object { "$_`?sign=0123456789abcdef&t=1700000000" }) + 'https://example.com/x.png' + 'no link' |
                Set-Content links.txt -Encoding utf8
        }
        # As the two tools print them.
        if ($recipe -like 'Lists*') {
            $number = 0
            $line = [string] [char] 0x2502
            $header = [regex]::Unescape('\u5e8f\u53f7'), 'Key', 'LastModified', 'ETag', 'Size(KB)'
            $rows = @(, $header) + @($files | ForEach-Object { , @((++$number), $_.Split('/', 4)[3], '2024-05-24T10:56:40.000Z', '"9a0364b9e99bb480dd25e1f0284c8555"', '0.01') }) +
                @(, @((++$number), 'images/', '2024-05-24T10:56:40.000Z', '"d41d8cd98f00b204e9800998ecf8427e"', '0'))
            @([string] [char] 0x250c + [char] 0x2500) + ($rows | ForEach-Object { "$line $($_ -join " $line ") $line"; [string] [char] 0x251c + [char] 0x2500 }) |
                Set-Content list.txt -Encoding utf8
            @{ data = @($files + 'cloud://x/a "b"/' | ForEach-Object { @{ Key = $_.Split('/', 4)[3]; Size = '1' } }) } | ConvertTo-Json -Depth 3 | Set-Content list.json -Encoding utf8
        }
        # Four files that are old enough, and one that is not in the list.
        if ($recipe -like 'Back up*') {
            foreach ($file in $files[2..5]) { [IO.File]::SetLastWriteTimeUtc([IO.Path]::Combine($emulator.Files, $file.Substring(8)), [DateTime]::UtcNow.AddDays(-100)) }
            $docs = @('docs/1.png' | New-CloudFile $emulator)
            [IO.File]::WriteAllText([IO.Path]::Combine($emulator.Files, $docs[0].Substring(8)), $docs[0])
        }
        Set-Content ids.txt ($files + '' + $wrong) -Encoding utf8
        @{ file_id = $files[0] }, @{ other = 1 }, @{ file_id = $files[1..2] }, @{ file_id = $null }, @{ file_id = $files[3] }, @{ images = @() }, @{ images = $files[6..7] } |
            ForEach-Object { ConvertTo-Json $_ -Compress } | Set-Content export.json -Encoding utf8
        $files[4..5] | Select-Object @{ n = '_id'; e = { 'x' } }, @{ n = 'file_id'; e = { $_ } } | Export-Csv export.csv -Encoding utf8 -NoTypeInformation
        $runbook = [IO.File]::ReadAllText([IO.Path]::Combine((Get-SampleFolder), 'runbook.ps1'))
        $runbook.Replace('[object] $Endpoint', "[object] `$Endpoint = '$($emulator.Endpoint)'") | Set-Content runbook.ps1 -Encoding utf8

        $PSDefaultParameterValues = @{ 'Connect-TcbEnvironment:Endpoint' = $emulator.Endpoint }
        $null = Connect-TcbEnvironment test2-4a89da -AccessToken emulator-access-token
        if ($recipe -like 'Resume an*') { $files[0..3] | Remove-TcbCloudFile -JournalPath run.jsonl | Out-Null }
        if ($recipe -like 'Check a run*') { $files[0..5] | Remove-TcbCloudFile | Out-Null }
        if ($recipe -like 'The journal*') {
            $files + $missing | Remove-TcbCloudFile -JournalPath run.jsonl -ErrorAction SilentlyContinue | Out-Null
            $missing | Remove-TcbCloudFile -JournalPath run.jsonl -ErrorAction SilentlyContinue
        }
        # The name of the last copy differs: it has a code for the percent sign.
        if ($recipe -like 'Put saved*') {
            $saved = @($files) + @(New-CloudFile $emulator 'put/a%b.png')
            [IO.File]::WriteAllText([IO.Path]::Combine($emulator.Files, $saved[-1].Substring(8)), $saved[-1])
            $saved | Save-TcbCloudFile backup -ThrottleLimit 1 | Out-Null
        }
    }

    AfterEach {
        Pop-Location
        foreach ($name in $names) { [Environment]::SetEnvironmentVariable($name, $environmentBefore[$name]) }
        if ($emulator -ne $usual) { Stop-Emulator $emulator }
    }

    It '<recipe>' -ForEach $recipes {
        $checks.Keys | Should -Contain $recipe
        $code.Count | Should -Be $checks[$recipe].Count
        # The list of the second pipeline names files that the first one has deleted.
        $refused = if ($recipe -like 'Back up*') { $wrong + $files[2..5] } else { $wrong }
        for ($block = 0; $block -lt $code.Count; $block++) {
            # Parts of six lines, the emulator's own address and where its log is. Nothing else is changed.
            $text = $code[$block].Replace('-ReadCount 100000', '-ReadCount 6').Replace('http://127.0.0.1:8080', $emulator.Endpoint).Replace('requests.jsonl', $emulator.Log)
            $said = @(. ([scriptblock]::Create($text)) 2>&1)
            $errors = @($said | Where-Object { $_ -is [Management.Automation.ErrorRecord] })
            $errors | Where-Object { $refused -notcontains $_.TargetObject } | Should -BeNullOrEmpty
            $said = @($said | Where-Object { $errors -notcontains $_ })
            . $checks[$recipe][$block]
        }
    }
}
