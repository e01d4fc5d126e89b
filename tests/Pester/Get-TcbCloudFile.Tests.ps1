Describe 'Get-TcbCloudFile' {
    BeforeAll {
        Import-Module ([IO.Path]::Combine($PSScriptRoot, 'TestHelpers.psm1')) -Force
        Import-Module (Get-StagedModule) -ErrorAction Stop
        $emulator = Start-Emulator
        $null = Connect-TcbEnvironment $emulator.EnvironmentId -AccessToken $emulator.Token -Endpoint $emulator.Endpoint
        $chinese = [regex]::Unescape('\u5546\u54c1\u56fe')
        $ids = @("$chinese/a  b.png", 'R&D/50% off+gift #7.csv', 'UPPER.PNG' + (Get-OddName) | New-CloudFile $emulator)
        foreach ($id in $ids) { [IO.File]::WriteAllText([IO.Path]::Combine($emulator.Files, $id.Substring(8)), $id) }
        $missing = "cloud://$($emulator.Bucket)/not-there.png"
    }

    AfterAll {
        Disconnect-TcbEnvironment
        Stop-Emulator $emulator
    }

    It 'gives a link for each file that exists, and the link downloads that file' {
        $files = $ids + $missing | Get-TcbCloudFile -ErrorVariable failed -ErrorAction SilentlyContinue
        $files.FileId | Should -Be $ids
        $failed.TargetObject | Should -Be $missing
        $client = [Net.WebClient]::new()
        $client.Encoding = [Text.Encoding]::UTF8
        # Each file holds its ID.
        foreach ($file in $files) { $client.DownloadString($file.DownloadUrl) | Should -BeExactly $file.FileId }
        $ids | ForEach-Object { Test-CloudFile $emulator $_ | Should -BeTrue }
    }

    It 'takes a list, an argument, objects and records' {
        $list = [IO.Path]::Combine($TestDrive, 'ids.txt')
        [IO.File]::WriteAllLines($list, [string[]] $ids)
        (Get-Content $list -Encoding utf8 | Get-TcbCloudFile).FileId | Should -Be $ids
        (Get-TcbCloudFile $ids).FileId | Should -Be $ids
        ($ids | ForEach-Object { @{ file_id = $_ } | ConvertTo-Json -Compress } | ConvertFrom-Json | Get-TcbCloudFile -FileId { $_.file_id }).FileId | Should -Be $ids
        ($ids | Get-TcbCloudFile | Get-TcbCloudFile).FileId | Should -Be $ids
        (@{ FileId = $ids[0] }, @{ id = $ids[1] }, [pscustomobject] @{ Id = $ids[2] } | Get-TcbCloudFile).FileId | Should -Be $ids[0..2]
    }

    It 'stops at once, and leaves the connection usable' {
        ($ids | Get-TcbCloudFile -BatchSize 1 | Select-Object -First 1).FileId | Should -BeIn $ids
        ($ids | Get-TcbCloudFile).FileId | Should -Be $ids
    }

    It 'pipes into Remove-TcbCloudFile' {
        $some = @('x/1.png', 'x/2.png' | New-CloudFile $emulator)
        ($some + $missing | Get-TcbCloudFile -ErrorAction SilentlyContinue | Remove-TcbCloudFile).FileId | Should -Be $some
    }
}
