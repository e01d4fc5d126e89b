Describe 'Save-TcbCloudFile' {
    BeforeAll {
        Import-Module ([IO.Path]::Combine($PSScriptRoot, 'TestHelpers.psm1')) -Force
        Import-Module (Get-StagedModule) -ErrorAction Stop
        $chinese = [regex]::Unescape('\u5546\u54c1\u56fe')

        # Each file has bytes and a length of its own; one is empty.
        function New-Bytes([int] $Count, [string] $Path) {
            $random = [Random]::new($Count)
            for ($i = 0; $i -lt $Count; $i++) {
                $id = New-CloudFile $emulator ($Path -f $i)
                $bytes = [byte[]]::new($i * 7)
                $random.NextBytes($bytes)
                [IO.File]::WriteAllBytes((Get-CloudPath $id), $bytes)
                $id
            }
        }
        function Get-CloudPath([string] $FileId) { [IO.Path]::Combine($emulator.Files, $FileId.Substring(8)) }
        function Get-Base64([string] $Path) { [Convert]::ToBase64String([IO.File]::ReadAllBytes($Path)) }
        function Get-LookUpCount { @(Get-EmulatorRequest $emulator | Where-Object kind -EQ 'Lookup').Count }
    }

    BeforeEach {
        $emulator = Start-Emulator
        $null = Connect-TcbEnvironment $emulator.EnvironmentId -AccessToken $emulator.Token -Endpoint $emulator.Endpoint
        $backup = [IO.Path]::Combine($TestDrive, [guid]::NewGuid().ToString('n'))
    }

    AfterEach {
        Disconnect-TcbEnvironment
        Stop-Emulator $emulator
    }

    It 'saves each file byte for byte, with its time, and changes nothing in the cloud' {
        $ids = @(New-Bytes 60 "many/$chinese {0}/R&D 50% off+gift #7.png") + @('UPPER.PNG' + (Get-OddName) | New-CloudFile $emulator)
        [IO.File]::SetLastWriteTimeUtc((Get-CloudPath $ids[1]), [DateTime]::new(2024, 2, 3, 4, 5, 6))
        $missing = "cloud://$($emulator.Bucket)/not-there.png"

        $saved = @($ids + $missing | Save-TcbCloudFile $backup -ErrorVariable failed -ErrorAction SilentlyContinue)

        $saved.FileId | Sort-Object | Should -Be ($ids | Sort-Object)
        @($saved.Path | Sort-Object -Unique) | Should -HaveCount $ids.Count
        foreach ($file in $saved) {
            Get-Base64 $file.Path | Should -Be (Get-Base64 (Get-CloudPath $file.FileId))
            $file.Length | Should -Be (Get-Item -LiteralPath $file.Path).Length
        }
        (Get-Item -LiteralPath ($saved | Where-Object FileId -EQ $ids[1]).Path).LastWriteTimeUtc | Should -Be ([DateTime]::new(2024, 2, 3, 4, 5, 6))
        $failed.TargetObject | Should -Be $missing
        $ids | ForEach-Object { Test-CloudFile $emulator $_ | Should -BeTrue }
        @(Get-EmulatorRequest $emulator | Where-Object kind -EQ 'Delete') | Should -BeNullOrEmpty
    }

    It 'lets only what was saved reach Remove-TcbCloudFile, and a second run finishes the rest' {
        $ids = @(New-Bytes 120 'tmp/{0}.bin')
        # A file of the user stands where a copy should be.
        $mine = ($ids[5] | Save-TcbCloudFile $backup).Path
        [IO.File]::WriteAllText($mine, 'mine')

        $removed = @(Find-TcbCloudFile tmp/ | Save-TcbCloudFile $backup -ErrorVariable notSaved -ErrorAction SilentlyContinue | Remove-TcbCloudFile)

        $removed.Count | Should -Be 119
        $notSaved.TargetObject | Should -Be $ids[5]
        $notSaved.FullyQualifiedErrorId | Should -BeLike 'CloudFileNotSaved,*'
        [IO.File]::ReadAllText($mine) | Should -Be 'mine'
        (Find-TcbCloudFile tmp/).FileId | Should -Be $ids[5]
        (Find-TcbCloudFile tmp/ | Save-TcbCloudFile $backup -Force | Remove-TcbCloudFile).FileId | Should -Be $ids[5]
        [IO.File]::ReadAllBytes($mine).Length | Should -Be 35
    }

    It 'does not save again what is saved, but what has changed' {
        $ids = @(New-Bytes 5 'again/{0}.bin')
        ($ids | Save-TcbCloudFile $backup).Outcome | Select-Object -Unique | Should -Be 'Saved'
        ($ids | Save-TcbCloudFile $backup).Outcome | Select-Object -Unique | Should -Be 'AlreadySaved'
        (Find-TcbCloudFile again/ | Save-TcbCloudFile $backup).Outcome | Select-Object -Unique | Should -Be 'AlreadySaved'
        [IO.File]::WriteAllText((Get-CloudPath $ids[2]), 'a newer version')
        $second = @($ids | Save-TcbCloudFile $backup -ErrorVariable failed -ErrorAction SilentlyContinue)
        $second | Should -HaveCount 4
        $failed.TargetObject | Should -Be $ids[2]
        $third = @($ids | Save-TcbCloudFile $backup -Force)
        ($third | Where-Object Outcome -EQ 'Saved').FileId | Should -Be $ids[2]
        [IO.File]::ReadAllText(($third | Where-Object FileId -EQ $ids[2]).Path) | Should -Be 'a newer version'
    }

    It 'continues where Ctrl+C stopped it' {
        $ids = @(New-Bytes 400 'stopped/{0}.bin')
        $shell = [powershell]::Create([initialsessionstate]::CreateDefault())
        $null = $shell.AddScript("param(`$ids) Import-Module '$(Get-StagedModule)'; `$null = Connect-TcbEnvironment $($emulator.EnvironmentId) -AccessToken $($emulator.Token) -Endpoint $($emulator.Endpoint); `$ids | Save-TcbCloudFile '$backup'").AddArgument($ids)
        $output = [Management.Automation.PSDataCollection[psobject]]::new()
        $run = $shell.BeginInvoke([Management.Automation.PSDataCollection[psobject]]::new(), $output)
        while ($output.Count -lt 50 -and -not $run.IsCompleted) { $null = $run.AsyncWaitHandle.WaitOne(5) }
        $shell.Stop()
        $before = @($output | ForEach-Object { $_.FileId })
        $shell.Dispose()

        $saved = @($ids | Save-TcbCloudFile $backup)

        $saved.FileId | Sort-Object | Should -Be ($ids | Sort-Object)
        ($saved | Where-Object { $before -contains $_.FileId }).Outcome | Select-Object -Unique | Should -Be 'AlreadySaved'
        foreach ($file in $saved) { Get-Base64 $file.Path | Should -Be (Get-Base64 (Get-CloudPath $file.FileId)) }
        # The copies, and no more data than them.
        @(Get-ChildItem $backup -Recurse -File | Where-Object { $_.Name -match '\.bin' }) | Should -HaveCount 400
    }

    It 'stops at once with <name>, and the folder can be used again' -ForEach @(
        @{ name = 'Select-Object -First'; script = { $ids | Save-TcbCloudFile $backup -ThrottleLimit 2 | Select-Object -First 3 } }
        @{ name = '-ErrorAction Stop'; script = { try { $ids[0..2] + $ids[0].Replace('0.bin', 'missing') | Save-TcbCloudFile $backup -ErrorAction Stop } catch { $_ } } }
    ) {
        $ids = @(New-Bytes 60 'first/{0}.bin')
        $first = @(& $script)
        $first.Count | Should -BeGreaterThan 0
        @($ids | Save-TcbCloudFile $backup) | Should -HaveCount 60
    }

    It 'says with -WhatIf what would be saved, sends nothing, and passes nothing on' {
        $ids = @(New-Bytes 3 'dry/{0}.bin')
        $said = @(Get-HostText { $ids | Save-TcbCloudFile $backup -WhatIf | Remove-TcbCloudFile })
        foreach ($id in $ids) { @($said -match [regex]::Escape($id)).Count | Should -BeGreaterThan 0 }
        $WhatIfPreference = $true
        $ids | Save-TcbCloudFile $backup | Remove-TcbCloudFile -WhatIf:$false
        $WhatIfPreference = $false
        [IO.Directory]::Exists($backup) | Should -BeFalse
        Get-LookUpCount | Should -Be 0
        $ids | ForEach-Object { Test-CloudFile $emulator $_ | Should -BeTrue }
    }

    It 'takes the folder as PowerShell writes paths: <path>' -ForEach @(
        @{ path = 'copies' }
        @{ path = './co[p]ies' }
        @{ path = 'Here:/copies' }
    ) {
        $id = 'a.png' | New-CloudFile $emulator
        $null = New-PSDrive Here FileSystem $TestDrive -ErrorAction Ignore
        Push-Location $TestDrive
        try { $saved = $id | Save-TcbCloudFile $path }
        finally { Pop-Location }
        Remove-PSDrive Here -ErrorAction Ignore
        $name = [IO.Path]::GetFileName($path)
        $saved.Path | Should -Match ([regex]::Escape([IO.Path]::DirectorySeparatorChar + $name + [IO.Path]::DirectorySeparatorChar))
        [IO.Directory]::Delete([IO.Path]::Combine($TestDrive, $name), $true)
    }

    It 'refuses <script> before anything is sent' -ForEach @(
        @{ script = { 'cloud://x/y' | Save-TcbCloudFile $unset }; errorId = 'ParameterArgumentValidationError*' }
        @{ script = { 'cloud://x/y' | Save-TcbCloudFile '' }; errorId = 'ParameterArgumentValidationError*' }
        @{ script = { 'cloud://x/y' | Save-TcbCloudFile ' ' }; errorId = 'InvalidPath*' }
        @{ script = { 'cloud://x/y' | Save-TcbCloudFile Env:\x }; errorId = 'InvalidPath*' }
        @{ script = { 'cloud://x/y' | Save-TcbCloudFile (Get-StagedModule | Get-ChildItem -Filter *.psd1).FullName }; errorId = 'DestinationUnavailable*' }
    ) {
        $script | Should -Throw -ErrorId $errorId
        @(Get-EmulatorRequest $emulator) | Should -HaveCount 0
    }

    It 'is refused a folder that another run uses' {
        $ids = @(New-Bytes 3 'two/{0}.bin')
        $said = @($ids | Save-TcbCloudFile $backup -BatchSize 1 | ForEach-Object { try { $ids[0] | Save-TcbCloudFile $backup } catch { $_ } })
        $said.FullyQualifiedErrorId | Select-Object -Unique | Should -BeLike 'DestinationUnavailable,*'
        @($ids | Save-TcbCloudFile $backup) | Should -HaveCount 3
    }

    It 'speaks Chinese in a Chinese session, and scripts rely on the same names' {
        $id = 'a.png' | New-CloudFile $emulator
        $setup = "`$null = Connect-TcbEnvironment $($emulator.EnvironmentId) -AccessToken $($emulator.Token) -Endpoint $($emulator.Endpoint)"
        $run = "`$s = '$id' | Save-TcbCloudFile '$backup'; `$s.Outcome; Set-Content -LiteralPath `$s.Path other; '$id' | Save-TcbCloudFile '$backup' -ErrorVariable e -ErrorAction SilentlyContinue; `$e.FullyQualifiedErrorId; `$e.Exception.Message; `$e.Exception.Data['EnglishMessage']"
        $said = @(Invoke-NewSession "[Threading.Thread]::CurrentThread.CurrentUICulture = 'zh-CN'; & { $setup; $run }")
        $said[0, 1] | Should -Be 'Saved', 'CloudFileNotSaved,TcbPowerShell.SaveTcbCloudFileCommand'
        $said[2] | Should -Match '[\u4e00-\u9fff]'
        $said[3] | Should -Match 'was not saved, and it was not deleted'
        $said[3] | Should -Not -Match '[\u4e00-\u9fff]'
    }

    It 'leaves no link in streams, dumps, a transcript or the folder' {
        $ids = @(New-Bytes 3 'secret/{0}.bin')
        [IO.File]::WriteAllText(($ids[1] | Save-TcbCloudFile $backup).Path, 'mine')
        $transcript = [IO.Path]::Combine($TestDrive, 'transcript.txt')
        $null = Start-Transcript $transcript
        try {
            $DebugPreference = $VerbosePreference = 'Continue'
            $all = @($ids | Save-TcbCloudFile $backup -ErrorVariable failed *>&1)
            $all | Out-Default
        }
        finally { $null = Stop-Transcript }
        $saved = @($all | Where-Object { $_ -is [TcbPowerShell.SavedCloudFile] })
        $dumps = foreach ($value in $saved + $failed[0] + $failed[0].Exception) {
            $value | Format-List * -Force | Out-String -Width 5000
            [Management.Automation.PSSerializer]::Serialize($value, 2)
        }
        $everything = "$dumps $($all | Out-String -Width 5000)" + [IO.File]::ReadAllText($transcript)
        Get-ChildItem $backup -Recurse -File | Where-Object { $_.Extension -ne '.bin' } | ForEach-Object { $everything += [IO.File]::ReadAllText($_.FullName) }
        $saved | Should -HaveCount 2
        $failed | Should -HaveCount 1
        $everything | Should -Match 'secret/0\.bin'
        $everything | Should -Not -Match 'sign=[0-9a-f]{8}'
    }
}
