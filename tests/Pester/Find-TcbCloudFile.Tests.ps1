Describe 'Find-TcbCloudFile' -Tag 'rule14' {
    BeforeAll {
        Import-Module ([IO.Path]::Combine($PSScriptRoot, 'TestHelpers.psm1')) -Force
        Import-Module (Get-StagedModule) -ErrorAction Stop
        $emulator = Start-Emulator
        $chinese = [regex]::Unescape('\u5546\u54c1\u56fe')
        $ids = @("tmp/$chinese/a  b.png", 'tmp/R&D/50% off+gift #7.csv', 'tmp/UPPER.PNG', 'other/1.txt' + (Get-OddName) | New-CloudFile $emulator)
        # The length of each is the length of its ID.
        foreach ($id in $ids) { [IO.File]::WriteAllText([IO.Path]::Combine($emulator.Files, $id.Substring(8)), $id) }
        $below = $ids[0..2]

        # Two pages and a half, in memory.
        $list = [IO.Path]::Combine($TestDrive, 'many.txt')
        [IO.File]::WriteAllLines($list, [string[]] (1..2500 | ForEach-Object { "cloud://$($emulator.Bucket)/m/$($_ % 5)/$_.png" }))
        $many = Start-Emulator -List $list -Option '--oldest', '200'
        $pages = Connect-TcbEnvironment $many.EnvironmentId -AccessToken $many.Token -Endpoint $many.Endpoint
        function Get-PageCount { @(Get-EmulatorRequest $many | Where-Object kind -EQ 'List').Count }
    }

    BeforeEach { $null = Connect-TcbEnvironment $emulator.EnvironmentId -AccessToken $emulator.Token -Endpoint $emulator.Endpoint }

    AfterAll {
        Disconnect-TcbEnvironment
        Stop-Emulator $emulator
        Stop-Emulator $many
    }

    It 'gives exactly the files below a prefix, with the facts of the storage' {
        $files = @(Find-TcbCloudFile tmp/)
        $files.FileId | Sort-Object | Should -Be ($below | Sort-Object)
        foreach ($file in $files) {
            $item = Get-Item -LiteralPath ([IO.Path]::Combine($emulator.Files, $file.FileId.Substring(8)))
            $file.Length | Should -Be $item.Length
            [math]::Abs(($file.LastModified.UtcDateTime - $item.LastWriteTimeUtc).TotalMilliseconds) | Should -BeLessThan 1
            $file.ETag | Should -Be (Get-FileHash -LiteralPath $item.FullName -Algorithm MD5).Hash
            $file.FileId | Should -BeExactly "cloud://$($emulator.Bucket)/$($file.Key)"
        }
        (Find-TcbCloudFile -All).FileId | Sort-Object | Should -Be ($ids | Sort-Object)
    }

    It 'asks for no page that Select-Object does not want' {
        $before = Get-PageCount
        (Find-TcbCloudFile m/ -Environment $pages | Select-Object -First 10) | Should -HaveCount 10
        Get-PageCount | Should -Be ($before + 1)
        # The connection stays usable.
        @(Find-TcbCloudFile m/ -Environment $pages) | Should -HaveCount 2500
    }

    It 'can be grouped, summed up and filtered' {
        $groups = @(Find-TcbCloudFile -All -Environment $pages | Group-Object { $_.Key.Split('/')[1] })
        $groups.Count | Should -Be 5
        ($groups | Measure-Object Count -Sum).Sum | Should -Be 2500
        # In this emulator a file holds its own ID.
        ($groups[0].Group | Measure-Object Length -Sum).Sum | Should -Be ($groups[0].Group | ForEach-Object { $_.FileId.Length } | Measure-Object -Sum).Sum
        $date = (Get-Date).AddDays(-90)
        $old = @(Find-TcbCloudFile m/ -LastModifiedBefore $date -Environment $pages)
        $old.Count | Should -BeIn (500..2000)
        $old.FileId | Should -Be (Find-TcbCloudFile m/ -Environment $pages | Where-Object { $_.LastModified -lt $date }).FileId
        @(Find-TcbCloudFile m/ -LastModifiedAfter $date -Environment $pages).Count | Should -Be (2500 - $old.Count)
    }

    It 'pipes into the other cmdlets as it is, as a string and as a record' {
        (Find-TcbCloudFile tmp/ | Get-TcbCloudFile).FileId | Sort-Object | Should -Be ($below | Sort-Object)
        (Find-TcbCloudFile tmp/ | ForEach-Object { "$_" } | Get-TcbCloudFile).FileId | Sort-Object | Should -Be ($below | Sort-Object)
        (Find-TcbCloudFile tmp/ | ConvertTo-Csv | ConvertFrom-Csv | Get-TcbCloudFile).FileId | Sort-Object | Should -Be ($below | Sort-Object)
        (Find-TcbCloudFile tmp/ | Select-Object FileId, Length | Get-TcbCloudFile).FileId | Sort-Object | Should -Be ($below | Sort-Object)
    }

    It 'says with -WhatIf at the end what would be deleted, and deletes nothing' {
        $said = @(Get-HostText { Find-TcbCloudFile tmp/ | Remove-TcbCloudFile -WhatIf })
        foreach ($id in $below) { @($said -match [regex]::Escape($id)).Count | Should -BeGreaterThan 0 }
        $ids | ForEach-Object { Test-CloudFile $emulator $_ | Should -BeTrue }
    }

    It 'lists as usual under $WhatIfPreference' {
        $WhatIfPreference = $true
        @(Find-TcbCloudFile tmp/) | Should -HaveCount 3
    }

    It 'refuses <script>, which could mean everything' -ForEach @(
        @{ script = { Find-TcbCloudFile $unset }; errorId = 'InvalidPrefix*' }
        @{ script = { Find-TcbCloudFile -Prefix '' }; errorId = 'InvalidPrefix*' }
        @{ script = { Find-TcbCloudFile "cloud://$($emulator.Bucket)/$unset" }; errorId = 'InvalidPrefix*' }
        @{ script = { Find-TcbCloudFile -All -LastModifiedBefore $unset }; errorId = 'ParameterBindingFailed*' }
        @{ script = { Find-TcbCloudFile -All -LastModifiedAfter $null }; errorId = 'ParameterBindingFailed*' }
        @{ script = { Find-TcbCloudFile -All -LastModifiedBefore ([nullable[datetime]] $null) }; errorId = 'ParameterBindingFailed*' }
    ) {
        $script | Should -Throw -ErrorId $errorId
    }

    It 'needs a real connection, also for a dry run' {
        $dry = Connect-TcbEnvironment $emulator.EnvironmentId -AccessToken $emulator.Token -Endpoint $emulator.Endpoint -WhatIf
        { Find-TcbCloudFile tmp/ -Environment $dry } | Should -Throw -ErrorId 'NotConnected*'
        { Find-TcbCloudFile tmp/ } | Should -Throw -ErrorId 'NotConnected*'
        $null = Connect-TcbEnvironment $emulator.EnvironmentId -AccessToken $emulator.Token -Endpoint $emulator.Endpoint
        @(Find-TcbCloudFile tmp/) | Should -HaveCount 3
    }

    It 'fetches one temporary key for a connection, also for several runspaces at once' {
        $connection = Connect-TcbEnvironment $many.EnvironmentId -AccessToken $many.Token -Endpoint $many.Endpoint
        $before = @(Get-EmulatorRequest $many | Where-Object kind -EQ 'Key').Count
        $runs = @(1..3 | ForEach-Object {
                $shell = [powershell]::Create()
                $null = $shell.AddScript('param($module, $connection) Import-Module $module; @(Find-TcbCloudFile m/ -Environment $connection).Count').AddArgument((Get-StagedModule)).AddArgument($connection)
                @{ Shell = $shell; Result = $shell.BeginInvoke() }
            })
        foreach ($run in $runs) {
            $run.Shell.EndInvoke($run.Result) | Should -Be 2500
            $run.Shell.Dispose()
        }
        @(Get-EmulatorRequest $many | Where-Object kind -EQ 'Key').Count | Should -Be ($before + 1)
    }

    It 'deletes while it lists, each file once' {
        $removed = @(Find-TcbCloudFile m/ -LastModifiedAfter (Get-Date).AddDays(-90) -Environment $pages | Remove-TcbCloudFile -Environment $pages)
        $removed.Outcome | Select-Object -Unique | Should -Be 'Removed'
        @(Find-TcbCloudFile m/ -Environment $pages).Count | Should -Be (2500 - $removed.Count)
        # A delete request came before the last page was asked for.
        $kinds = @(Get-EmulatorRequest $many | Where-Object kind -In 'List', 'Delete' | ForEach-Object { $_.kind })
        [array]::IndexOf($kinds, 'Delete') | Should -BeLessThan ([array]::LastIndexOf($kinds, 'List'))
        (Find-TcbCloudFile tmp/ | Remove-TcbCloudFile).FileId | Sort-Object | Should -Be ($below | Sort-Object)
        $below | ForEach-Object { Test-CloudFile $emulator $_ | Should -BeFalse }
        Test-CloudFile $emulator $ids[3] | Should -BeTrue
    }
}

Describe 'samples/check-listing.ps1' {
    BeforeAll {
        Import-Module ([IO.Path]::Combine($PSScriptRoot, 'TestHelpers.psm1')) -Force
        Import-Module (Get-StagedModule) -ErrorAction Stop
        $script = [IO.Path]::Combine((Get-SampleFolder), 'check-listing.ps1')
        $modulePath = $env:PSModulePath
        $env:PSModulePath = [IO.Path]::GetDirectoryName((Get-StagedModule)) + [IO.Path]::PathSeparator + $modulePath
    }

    BeforeEach {
        $emulator = Start-Emulator -Option $option
        $null = Connect-TcbEnvironment $emulator.EnvironmentId -AccessToken $emulator.Token -Endpoint $emulator.Endpoint
        $ids = @('private-name-1.png', 'private-folder/2.png', 'trial.txt' | New-CloudFile $emulator)
    }

    AfterEach {
        Disconnect-TcbEnvironment
        Stop-Emulator $emulator
    }

    AfterAll { $env:PSModulePath = $modulePath }

    # The plan names the files that are to be deleted; the report, which is for others, names nothing.
    It 'tells what it will do, changes nothing, and reports no secret and no name' -ForEach @(@{ option = @() }) {
        $said = @(& $script *>&1 | ForEach-Object { "$_" })
        $report = $said[($said.IndexOf('Report:'))..($said.Count)] -join "`n"
        $said[0..7] -join "`n" | Should -Match 'uploads nothing[\s\S]+delete nothing'
        $report | Should -Match 'Can this credential list files\? +yes, files: 3'
        $report | Should -Match 'Is each file listed once\? +yes'
        $report | Should -Match 'How many requests for pages\? +1'
        $report | Should -Match 'Do all files have a length, a date and an ETag\? +3 of 3'
        $report | Should -Match 'Do the file IDs exist\? +3 of 3'
        $report | Should -Match 'Does uploadfile leave nothing behind\? +yes'
        $said -join "`n" | Should -Not -Match 'emulator-access-token|AKIDemulator|emulator-cos-token|q-sign|private|trial'
        $report | Should -Not -Match 'test2|7465|cloud://|127\.0'
        $ids | ForEach-Object { Test-CloudFile $emulator $_ | Should -BeTrue }
        @(Get-EmulatorRequest $emulator | Where-Object kind -EQ 'Delete') | Should -BeNullOrEmpty
    }

    It 'deletes the files that -RemoveFileId names, and no other' -ForEach @(@{ option = @() }) {
        $said = @(& $script -RemoveFileId $ids[2] *>&1 | ForEach-Object { "$_" })
        $report = $said[($said.IndexOf('Report:'))..($said.Count)] -join "`n"
        $said -join "`n" | Should -Match ([regex]::Escape("DELETE the files that you named: $($ids[2])"))
        $report | Should -Match 'Were the named files deleted\? +1 of 1'
        $report | Should -Match 'Does a look-up still find them\? +no'
        $report | Should -Match 'Does the listing still contain them\? +no'
        $report | Should -Not -Match 'private|trial'
        Test-CloudFile $emulator $ids[2] | Should -BeFalse
        $ids[0, 1] | ForEach-Object { Test-CloudFile $emulator $_ | Should -BeTrue }
    }

    It 'reports the error and its code if the credential cannot list' -ForEach @(@{ option = '--list-fault', 'errcode-48001' }) {
        $said = @(& $script *>&1 | ForEach-Object { "$_" }) -join "`n"
        $said | Should -Match 'Can this credential list files\? +no: ListingRefused, errcode 48001'
        $said | Should -Not -Match 'Do the file IDs exist'
    }

    It 'reports as much as there is if it ends early' -ForEach @(@{ option = '--list-fault', 'access-denied:2-99' }) {
        $said = @(& $script *>&1 | ForEach-Object { "$_" }) -join "`n"
        $said | Should -Match 'Do the file IDs exist\? +3 of 3[\s\S]+What ended this check\? +ListingRefused, HTTP 403'
    }

    # As after the README's two lines: the module is loaded by its path, and no module path has it.
    It 'uses the module of the session' -ForEach @(@{ option = @() }) {
        $path = $env:PSModulePath
        $env:PSModulePath = ''
        try { @(& $script *>&1) -match 'yes, files: 3' | Should -HaveCount 1 }
        finally { $env:PSModulePath = $path }
    }

    It 'finds the module that was built beside it, and not beside a copy of it in another folder: <folder>' -ForEach @(
        @{ option = @(); folder = 'samples'; there = $true; says = 'NotConnected' }
        @{ option = @(); folder = 'samples'; there = $false; says = 'ModuleMissing.+was not found.+build\.ps1 -Task Install.+Import-Module' }
        @{ option = @(); folder = 'jobs'; there = $true; says = 'ModuleMissing' }
    ) {
        $copy = [IO.Path]::Combine($TestDrive, [guid]::NewGuid())
        $null = [IO.Directory]::CreateDirectory([IO.Path]::Combine($copy, $folder))
        $null = [IO.Directory]::CreateDirectory([IO.Path]::Combine($copy, 'output'))
        Copy-Item $script ([IO.Path]::Combine($copy, $folder))
        if ($there) { Copy-Item (Get-StagedModule) ([IO.Path]::Combine($copy, 'output', 'TcbPowerShell')) -Recurse }
        $called = [IO.Path]::Combine($copy, $folder, 'check-listing.ps1')
        # A process, since this one has loaded the module from another folder.
        $try = "[Threading.Thread]::CurrentThread.CurrentUICulture = 'en-US'; `$env:PSModulePath = Join-Path `$PSHOME Modules; try { & '$called' } catch { `$_.FullyQualifiedErrorId + ': ' + `$_ }"
        $said = Start-PowerShell -NoProfile -NonInteractive -OutputFormat Text -EncodedCommand ([Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($try)))
        "$said" | Should -Match "^$says"
    }

    It 'speaks Chinese in a Chinese session' -ForEach @(@{ option = @() }) {
        $culture = [Threading.Thread]::CurrentThread.CurrentUICulture
        [Threading.Thread]::CurrentThread.CurrentUICulture = 'zh-CN'
        try { $said = @(& $script -RemoveFileId $ids[2] *>&1 | ForEach-Object { "$_" } | Where-Object { $_ }) }
        finally { [Threading.Thread]::CurrentThread.CurrentUICulture = $culture }
        $said | Should -HaveCount 22
        foreach ($line in $said) { $line | Should -Match '[\u4e00-\u9fff]' }
        $said -match ' (the|this|of|yes|no|files?) ' | Should -BeNullOrEmpty
    }

    It 'ends before it does anything if there is no connection' -ForEach @(@{ option = @() }) {
        Disconnect-TcbEnvironment
        { & $script } | Should -Throw -ErrorId 'NotConnected*'
    }
}
