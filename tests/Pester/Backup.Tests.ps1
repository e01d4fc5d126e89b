# samples/backup.ps1: every file byte for byte, also where it was stopped in the middle.
Describe 'samples/backup.ps1' {
    BeforeAll {
        Import-Module ([IO.Path]::Combine($PSScriptRoot, 'TestHelpers.psm1')) -Force
        Import-Module (Get-StagedModule) -ErrorAction Stop
        $emulator = Start-Emulator
        $null = Connect-TcbEnvironment $emulator.EnvironmentId -AccessToken $emulator.Token -Endpoint $emulator.Endpoint
        $backup = [IO.Path]::Combine((Get-SampleFolder), 'backup.ps1')
        $chinese = [regex]::Unescape('\u5546\u54c1\u56fe')

        # Each file has bytes and a length of its own; one is empty.
        function New-Bytes([int] $Count, [string] $Path) {
            $random = [Random]::new($Count)
            for ($i = 0; $i -lt $Count; $i++) {
                $id = New-CloudFile $emulator ($Path -f $i)
                $bytes = [byte[]]::new($i * 7)
                $random.NextBytes($bytes)
                [IO.File]::WriteAllBytes([IO.Path]::Combine($emulator.Files, $id.Substring(8)), $bytes)
                $id
            }
        }
        function New-List([string[]] $FileId) {
            $list = [IO.Path]::Combine($TestDrive, "$([guid]::NewGuid()).txt")
            [IO.File]::WriteAllLines($list, $FileId)
            $list
        }
        function Get-Base64([string] $Path) { [Convert]::ToBase64String([IO.File]::ReadAllBytes($Path)) }
        function Test-Copies([string] $Folder, [string[]] $FileId) {
            $rows = @(Import-Csv "$Folder/backup.csv" -Encoding utf8)
            $rows.FileId | Sort-Object -CaseSensitive | Should -Be ($FileId | Sort-Object -CaseSensitive)
            @($rows.Path | Sort-Object -Unique) | Should -HaveCount $FileId.Count
            $rows | Where-Object { (Get-Base64 "$Folder/$($_.Path)") -cne (Get-Base64 ([IO.Path]::Combine($emulator.Files, $_.FileId.Substring(8)))) } | Should -BeNullOrEmpty
            @(Get-ChildItem $Folder -Recurse -File -Filter *%part) | Should -HaveCount 0
        }
    }

    AfterAll {
        Disconnect-TcbEnvironment
        Stop-Emulator $emulator
    }

    It 'continues where Ctrl+C stopped it, byte for byte' {
        $ids = @(New-Bytes 400 "many/$chinese {0}/x.png")
        $list = New-List $ids
        $folder = "$TestDrive/many"
        $shell = [powershell]::Create([initialsessionstate]::CreateDefault())
        $null = $shell.AddScript("Import-Module '$(Get-StagedModule)'; `$null = Connect-TcbEnvironment $($emulator.EnvironmentId) -AccessToken $($emulator.Token) -Endpoint $($emulator.Endpoint); & '$backup' -List '$list' -Folder '$folder'")
        $output = [Management.Automation.PSDataCollection[psobject]]::new()
        $run = $shell.BeginInvoke([Management.Automation.PSDataCollection[psobject]]::new(), $output)
        while ($output.Count -lt 50 -and -not $run.IsCompleted) { $null = $run.AsyncWaitHandle.WaitOne(10) }
        $shell.Stop()
        $shell.Dispose()
        $before = @(Import-Csv "$folder/backup.csv" -Encoding utf8)
        $before.Count | Should -BeGreaterThan 49
        $before.Count | Should -BeLessThan 400

        $saved = @(& $backup -List $list -Folder $folder)

        $saved.Count + $before.Count | Should -Be 400
        Test-Copies $folder $ids
    }

    It 'keeps files apart whose names differ only in case or cannot be names' {
        $accent = 'e' + [char] 0x301
        # In memory, where each file holds its ID: not every system takes these names.
        $ids = 'UPPER.PNG', 'upper.png', 'a|b?.txt', 'a%7Cb.txt', 'dots./end', 'trail .x /y', 'con', 'sub/NUL.txt', 'Com1/x', 'conclusion',
            "$accent.png", "$($accent.Normalize()).png", 'Folder/1.png', 'folder/1.png', 'c:stream' | ForEach-Object { "cloud://$($emulator.Bucket)/$_" }
        $list = New-List $ids
        $inMemory = Start-Emulator -List $list
        $null = Connect-TcbEnvironment $emulator.EnvironmentId -AccessToken $inMemory.Token -Endpoint $inMemory.Endpoint
        $folder = "$TestDrive/odd"
        try {
            $saved = @(& $backup -List $list -Folder $folder)
            @(& $backup -List $list -Folder $folder) | Should -HaveCount 0
        }
        finally {
            Stop-Emulator $inMemory
            $null = Connect-TcbEnvironment $emulator.EnvironmentId -AccessToken $emulator.Token -Endpoint $emulator.Endpoint
        }
        $saved.FileId | Sort-Object -CaseSensitive | Should -Be ($ids | Sort-Object -CaseSensitive)
        [Collections.Generic.HashSet[string]]::new([string[]] ($saved.Path | ForEach-Object { $_.Normalize().ToUpperInvariant() })).Count | Should -Be $ids.Count
        $name = '(?i)^(con|nul|com1)(\.|$)|[. ]$|[<>:"|?*\\]'
        @($saved.Path | ForEach-Object { $_.Split('/') } | Where-Object { $_ -match $name }) | Should -HaveCount 0
        @($saved.Path | Where-Object { $_ -like '*/conclusion' }) | Should -HaveCount 1
        foreach ($row in Import-Csv "$folder/backup.csv" -Encoding utf8) { [IO.File]::ReadAllText("$folder/$($row.Path)") | Should -BeExactly $row.FileId }
        @(Get-ChildItem $folder -Recurse -File) | Should -HaveCount ($ids.Count + 1)
    }

    It 'keeps a file and a folder of the same name apart, whichever comes first' {
        # Only a list in memory can have both.
        $list = New-List 'x', 'x/1', 'y/1', 'y', 'x/2', 'y/2', 'X'
        $ids = [IO.File]::ReadAllLines($list) | ForEach-Object { "cloud://$($emulator.Bucket)/$_" }
        [IO.File]::WriteAllLines($list, [string[]] $ids)
        $inMemory = Start-Emulator -List $list
        $null = Connect-TcbEnvironment $emulator.EnvironmentId -AccessToken $inMemory.Token -Endpoint $inMemory.Endpoint
        $folder = "$TestDrive/same"
        try {
            # The second run knows the names of the first only from backup.csv.
            $null = & $backup -List (New-List $ids[0..3]) -Folder $folder
            $null = & $backup -List $list -Folder $folder
        }
        finally {
            Stop-Emulator $inMemory
            $null = Connect-TcbEnvironment $emulator.EnvironmentId -AccessToken $emulator.Token -Endpoint $emulator.Endpoint
        }
        $rows = @(Import-Csv "$folder/backup.csv" -Encoding utf8)
        $rows.FileId | Sort-Object -CaseSensitive | Should -Be ($ids | Sort-Object -CaseSensitive)
        # In memory a file holds its own ID.
        foreach ($row in $rows) { [IO.File]::ReadAllText("$folder/$($row.Path)") | Should -BeExactly $row.FileId }
    }

    It 'writes nothing outside the folder, and does not take another file for one with dots in its path' {
        $inside = 'victim.txt' | New-CloudFile $emulator
        $bucket = "cloud://$($emulator.Bucket)"
        # As a service with public links would answer, which cannot refuse them by their signature.
        function Get-TcbCloudFile {
            param([Parameter(ValueFromPipeline = $true)] [string] $FileId, $ThrottleLimit)
            process { [pscustomobject] @{ FileId = $FileId; DownloadUrl = (TcbPowerShell\Get-TcbCloudFile $inside).DownloadUrl } }
        }
        $ids = "$bucket/../../victim.txt", "$bucket/x/..", "$bucket/./victim.txt", "$bucket/..\..\victim.txt", "$bucket//etc/victim.txt", "$bucket/.../x"
        $folder = "$TestDrive/outer/inner"
        $saved = @(& $backup -List (New-List $ids) -Folder $folder -ErrorVariable failed -ErrorAction SilentlyContinue)
        $failed.TargetObject | Sort-Object -Unique | Should -Be ($ids[0..2] | Sort-Object)
        $saved.FileId | Sort-Object | Should -Be ($ids[3..5] | Sort-Object)
        @(Get-ChildItem "$TestDrive/outer" -Recurse -File -Force).Count | Should -Be 4
        @(Get-ChildItem $folder -Recurse -File -Force).Count | Should -Be 4
    }

    It 'downloads again what is shorter than it was, or was torn from the list' {
        $ids = @(New-Bytes 5 'again/{0}.bin')
        $list = New-List $ids
        $folder = "$TestDrive/again"
        $null = & $backup -List $list -Folder $folder
        $row = Import-Csv "$folder/backup.csv" -Encoding utf8 | Where-Object FileId -EQ $ids[4]
        [IO.File]::WriteAllText("$folder/$($row.Path)", 'short')
        $index = [IO.File]::ReadAllText("$folder/backup.csv")
        (& $backup -List $list -Folder $folder).FileId | Should -Be $ids[4]
        [IO.File]::WriteAllText("$folder/backup.csv", $index.Substring(0, $index.Length - 30))
        @(& $backup -List $list -Folder $folder) | Should -Not -BeNullOrEmpty
        Test-Copies $folder $ids
    }

    It 'reports what it cannot save, without the link, and saves the rest' {
        $ids = @(New-Bytes 3 'some/{0}.bin')
        $folder = "$TestDrive/some"
        # A folder stands where the copy should be.
        $null = New-Item -ItemType Directory "$folder/$($ids[1].Substring(8))"
        $missing = "cloud://$($emulator.Bucket)/not-there.png"
        $saved = @(& $backup -List (New-List ($ids + '' + $missing)) -Folder $folder -ErrorVariable failed -ErrorAction SilentlyContinue)
        $saved.FileId | Sort-Object | Should -Be $ids[0], $ids[2]
        $failed.TargetObject | Sort-Object -Unique | Should -Be (@($ids[1], $missing) | Sort-Object)
        "$failed" | Should -Not -Match 'sign='
    }
}
