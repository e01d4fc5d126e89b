Describe 'Remove-TcbCloudFile' {
    BeforeAll {
        Import-Module ([IO.Path]::Combine($PSScriptRoot, 'TestHelpers.psm1')) -Force
        Import-Module (Get-StagedModule) -ErrorAction Stop
        $emulator = Start-Emulator
        $connection = Connect-TcbEnvironment $emulator.EnvironmentId -AccessToken $emulator.Token -Endpoint $emulator.Endpoint
        $chinese = [regex]::Unescape('\u5546\u54c1\u56fe')
        $script:run = 0
        # Real paths hold all of this.
        $bar, $lower = Get-OddName
        $odd = "$chinese/a  b.png", 'R&D/50% off+gift #7.csv', $bar, "$chinese/'quoted' ``tick`` `$dollar.png", 'UPPER.PNG', $lower
        $missing = "cloud://$($emulator.Bucket)/not-there.png"
        $malformed = 'cloud:/test2-4a89da/one-slash.png'
        $elsewhere = 'cloud://prod-8f21c0.7072-prod-8f21c0/a.png'
    }

    AfterAll {
        Disconnect-TcbEnvironment
        Stop-Emulator $emulator
    }

    BeforeEach {
        $script:run++
        $ids = @($odd | ForEach-Object { "run$run/$_" } | New-CloudFile $emulator)
        $before = @(Get-EmulatorRequest $emulator).Count
        $list = [IO.Path]::Combine($TestDrive, 'ids.txt')
        [IO.File]::WriteAllLines($list, [string[]] $ids)
        function Get-NewRequest { Get-EmulatorRequest $emulator | Select-Object -Skip $before }
        function Get-Left { $ids | Where-Object { Test-CloudFile $emulator $_ } }
    }

    Context 'What goes in' -Tag 'rule1' {
        It 'takes a list from a file' {
            $result = Get-Content $list -Encoding utf8 | Remove-TcbCloudFile
            $result.FileId | Should -Be $ids
            $result.Outcome | Sort-Object -Unique | Should -Be 'Removed'
            Get-Left | Should -BeNullOrEmpty
            @(Get-NewRequest) | Should -HaveCount 1
        }

        It 'takes a list as an argument' {
            (Remove-TcbCloudFile $ids).FileId | Should -Be $ids
            Get-Left | Should -BeNullOrEmpty
        }

        It 'takes CSV with a FileId column' {
            $csv = [IO.Path]::Combine($TestDrive, 'ids.csv')
            $ids | ForEach-Object { [pscustomobject] @{ Name = 'x'; FileId = $_ } } | Export-Csv $csv -Encoding utf8 -NoTypeInformation
            (Import-Csv $csv -Encoding utf8 | Remove-TcbCloudFile).FileId | Should -Be $ids
        }

        It 'takes objects with an Id' {
            ($ids | ForEach-Object { [pscustomobject] @{ Id = $_ } } | Remove-TcbCloudFile).FileId | Should -Be $ids
        }

        It 'takes the lines of a database export' {
            $lines = $ids | ForEach-Object { @{ _id = 1; fileId = $_ } | ConvertTo-Json -Compress }
            ($lines | ConvertFrom-Json | Remove-TcbCloudFile).FileId | Should -Be $ids
        }

        It 'takes any property by a script block' {
            $records = $ids | ForEach-Object { @{ file_id = $_ } | ConvertTo-Json -Compress } | ConvertFrom-Json
            ($records | Remove-TcbCloudFile -FileId { $_.file_id }).FileId | Should -Be $ids
        }

        It 'takes its own results again, live and from a file' {
            $result = $ids | Remove-TcbCloudFile
            ($result | Remove-TcbCloudFile -IgnoreMissing).Outcome | Sort-Object -Unique | Should -Be 'AlreadyGone'
            $clixml = [IO.Path]::Combine($TestDrive, 'results.xml')
            $result | Export-Clixml $clixml
            (Import-Clixml $clixml | Remove-TcbCloudFile -IgnoreMissing).FileId | Should -Be $ids
        }

        It 'skips blank lines and counts them' {
            $said = @('', $ids[0], '  ', $null, $ids[1], "`t") | Remove-TcbCloudFile -Verbose 4>&1 |
                Where-Object { $_ -is [Management.Automation.VerboseRecord] }
            @($said.Message -match '^Skipped entries .*: 4\.$') | Should -HaveCount 1
            @(Get-Left) | Should -HaveCount ($ids.Count - 2)
        }

        It 'does nothing for nothing' {
            @() | Remove-TcbCloudFile | Should -BeNullOrEmpty
            Remove-TcbCloudFile @() | Should -BeNullOrEmpty
            Remove-TcbCloudFile $null | Should -BeNullOrEmpty
            Get-NewRequest | Should -BeNullOrEmpty
        }

        It 'splits what is over the limit of a request' {
            $many = 1..120 | ForEach-Object { "run$run/many/$_.png" } | New-CloudFile $emulator
            ($many | Remove-TcbCloudFile).Count | Should -Be 120
            (Get-NewRequest | ForEach-Object { $_.fileIds.Count } | Sort-Object) | Should -Be 20, 50, 50
        }

        It 'takes its parameters splatted, and defaults from $PSDefaultParameterValues' {
            $parameters = @{ FileId = $ids; BatchSize = 3; ThrottleLimit = 1; MaximumRetryCount = 0; Environment = $connection }
            (Remove-TcbCloudFile @parameters).Count | Should -Be $ids.Count
            (Get-NewRequest | ForEach-Object { $_.fileIds.Count }) | Should -Be 3, 3

            $again = @($odd | ForEach-Object { "run$run/again/$_" } | New-CloudFile $emulator)
            $PSDefaultParameterValues = @{ 'Remove-TcbCloudFile:BatchSize' = 1; '*-Tcb*:IgnoreMissing' = $true }
            $again + $missing | Remove-TcbCloudFile | Should -HaveCount ($again.Count + 1)
            @(Get-NewRequest) | Should -HaveCount (2 + $again.Count + 1)
        }

        It 'refuses <_>' -ForEach '-BatchSize 51', '-BatchSize 0', '-ThrottleLimit 0', '-ThrottleLimit 65', '-MaximumRetryCount 101' {
            { [scriptblock]::Create("'$missing' | Remove-TcbCloudFile $_ -ErrorAction Stop").Invoke() } | Should -Throw
            Get-NewRequest | Should -BeNullOrEmpty
        }
    }

    Context 'What comes out' {
        BeforeEach { $result = @($ids | Remove-TcbCloudFile) }

        It 'is one typed object for each file' {
            $result | Should -HaveCount $ids.Count
            $result[0].GetType().FullName | Should -Be 'TcbPowerShell.CloudFileRemoval'
            (Get-Command Remove-TcbCloudFile).OutputType.Name | Should -Be 'TcbPowerShell.CloudFileRemoval'
            $result[0].EnvironmentId | Should -Be $emulator.EnvironmentId
            $result[0].Status | Should -Be 0
            $result[0].Attempts | Should -Be 1
        }

        It 'becomes JSON to the letter' {
            $json = $result | ConvertTo-Json | ConvertFrom-Json
            $json.FileId | Should -Be $ids
            $json[0].PSObject.Properties.Name | Should -Be 'FileId', 'EnvironmentId', 'Outcome', 'Status', 'Message', 'RequestId', 'Attempts'
        }

        It 'groups, measures, sorts and selects' {
            $groups = @{}
            $result + @($ids[0] | Remove-TcbCloudFile -IgnoreMissing) | Group-Object Outcome | ForEach-Object { $groups[$_.Name] = $_.Count }
            $groups.Count | Should -Be 2
            $groups.Removed | Should -Be $ids.Count
            $groups.AlreadyGone | Should -Be 1
            ($result | Measure-Object Attempts -Sum).Sum | Should -Be $ids.Count
        }

        It 'is a table that cuts no ID' {
            $long = "cloud://$($emulator.Bucket)/" + ('x' * 150) + '-end.png'
            $text = $long | Remove-TcbCloudFile -IgnoreMissing | Format-Table | Out-String -Width 80
            $text | Should -Match "Bucket: cloud://$([regex]::Escape($emulator.Bucket))/"
            $text | Should -Match 'Outcome +Attempts +Path'
            $text | Should -Match 'AlreadyGone +1 +x'
            ($text -replace '\s') | Should -Match ('x{150}-end\.png')
        }

        It 'is a list with all of its facts' {
            $text = $result[0] | Format-List | Out-String -Width 200
            foreach ($name in 'FileId', 'EnvironmentId', 'Outcome', 'Status', 'Message', 'RequestId', 'Attempts') { $text | Should -Match $name }
        }

        It 'is its file ID as text' { "$($result[0])" | Should -Be $ids[0] }
    }

    Context 'What fails' {
        It 'is an error with the ID as its target, and the rest goes on' {
            $result = @($ids[0], $missing, $malformed, $elsewhere, $ids[1] | Remove-TcbCloudFile -ErrorVariable failed -ErrorAction SilentlyContinue)
            $result.FileId | Should -Be $ids[0], $ids[1]
            $failed | Should -HaveCount 3
            $failed.TargetObject | Sort-Object | Should -Be ($missing, $malformed, $elsewhere | Sort-Object)
            ($failed.FullyQualifiedErrorId -replace ',.*' | Sort-Object) | Should -Be 'CloudFileNotFound', 'FileInOtherEnvironment', 'InvalidFileId'
            (Get-NewRequest).fileIds | Should -Be $ids[0], $missing, $ids[1]
        }

        It 'makes a list for another try' {
            $retry = [IO.Path]::Combine($TestDrive, 'retry.txt')
            $ids + $missing | Remove-TcbCloudFile -ErrorVariable failed -ErrorAction SilentlyContinue | Out-Null
            $failed.TargetObject | Set-Content $retry -Encoding utf8
            Get-Content $retry -Encoding utf8 | Should -Be $missing
        }

        It 'has category and advice: <id>' -ForEach @(
            @{ id = 'CloudFileNotFound'; file = 'missing'; category = 'ObjectNotFound'; advice = '-IgnoreMissing' }
            @{ id = 'InvalidFileId'; file = 'malformed'; category = 'InvalidArgument'; advice = 'cloud://' }
            @{ id = 'FileInOtherEnvironment'; file = 'elsewhere'; category = 'InvalidArgument'; advice = 'prod-8f21c0' }
        ) {
            Remove-TcbCloudFile (Get-Variable $file -ValueOnly) -ErrorVariable failed -ErrorAction SilentlyContinue
            $failed[0].FullyQualifiedErrorId | Should -Be "$id,TcbPowerShell.RemoveTcbCloudFileCommand"
            $failed[0].CategoryInfo.Category | Should -Be $category
            "$($failed[0])" | Should -Match ([regex]::Escape($advice))
        }

        It 'is refused without being sent: <problem>' -ForEach @(
            @{ problem = 'cloud:// alone'; id = 'cloud://' }
            @{ problem = 'no path'; id = 'cloud://test2-4a89da.7465' }
            @{ problem = 'another scheme'; id = 'https://example.com/a.png' }
            @{ problem = 'a space in front'; id = ' cloud://test2-4a89da.7465/a.png' }
            @{ problem = '5,000 characters'; id = 'cloud://test2-4a89da.7465/' + ('a' * 5000) }
            @{ problem = 'U+FFFD'; id = "cloud://test2-4a89da.7465/$([char] 0xfffd).png" }
        ) {
            $result = @($id, $ids[0] | Remove-TcbCloudFile -ErrorVariable failed -ErrorAction SilentlyContinue)
            $result.FileId | Should -Be $ids[0]
            $failed[0].TargetObject | Should -Be $id
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'InvalidFileId,*'
            (Get-NewRequest).fileIds | Should -Be $ids[0]
        }

        It 'names the encoding where a list was read in the wrong one' {
            # A list in Latin-1, as other programs write it, read as UTF-8.
            [IO.File]::WriteAllBytes($list, [Text.Encoding]::GetEncoding(28591).GetBytes("cloud://$($emulator.Bucket)/caf$([char] 0xe9).png"))
            Get-Content $list -Encoding utf8 | Remove-TcbCloudFile -ErrorVariable failed -ErrorAction SilentlyContinue
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'InvalidFileId,*'
            "$($failed[0])" | Should -Match 'U\+FFFD.*encoding'
        }

        It 'names what is missing where objects have no FileId' {
            Get-Item $TestDrive | Remove-TcbCloudFile -ErrorVariable failed -ErrorAction SilentlyContinue
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'InvalidFileId,*'
            "$($failed[0])" | Should -Match 'has no FileId or Id property'
            Get-NewRequest | Should -BeNullOrEmpty
        }

        It 'is a result where missing files are ignored' {
            $result = $missing | Remove-TcbCloudFile -IgnoreMissing -ErrorAction Stop
            $result.Outcome | Should -Be 'AlreadyGone'
            $result.Status | Should -Be -503003
        }

        It 'stops at the first with -ErrorAction Stop, and the session goes on' {
            $caught = $null
            try { $missing, $ids[0] | Remove-TcbCloudFile -BatchSize 1 -ThrottleLimit 1 -ErrorAction Stop | Out-Null } catch { $caught = $_ }
            $caught.FullyQualifiedErrorId | Should -BeLike 'CloudFileNotFound,*'
            $caught.TargetObject | Should -Be $missing
            $left = @(Get-Left)
            $left | Should -Not -BeNullOrEmpty
            @($left | Remove-TcbCloudFile -IgnoreMissing) | Should -HaveCount $left.Count
        }

        It 'is silent with -ErrorAction Ignore, and not in $Error' {
            $Error.Clear()
            $missing | Remove-TcbCloudFile -ErrorAction Ignore | Should -BeNullOrEmpty
            $Error | Should -BeNullOrEmpty
        }
    }

    Context 'What ends a run' -Tag 'rule10' {
        It 'is caught, with the open IDs as its target, while the results stay in -OutVariable' {
            $bad = Connect-TcbEnvironment $emulator.EnvironmentId -AccessToken wrong-token-wrong -Endpoint $emulator.Endpoint
            try {
                $stopped = $null
                try { $ids | Remove-TcbCloudFile -Environment $bad -OutVariable removed | Out-Null } catch { $stopped = $_ }
                $stopped.FullyQualifiedErrorId | Should -BeLike 'TokenRejected,*'
                $stopped.CategoryInfo.Category | Should -Be 'AuthenticationError'
                , $stopped.TargetObject | Should -BeOfType [string[]]
                $stopped.TargetObject | Should -Be $ids
                $removed | Should -BeNullOrEmpty
                "$stopped" | Should -Match "Nothing was deleted: 0 removed earlier, $($ids.Count) without a result"
                $stopped | Format-List * -Force | Out-String | Should -Not -Match 'wrong-token-wrong'
                @(Get-Left) | Should -HaveCount $ids.Count
            }
            finally { Connect-TcbEnvironment $emulator.EnvironmentId -AccessToken $emulator.Token -Endpoint $emulator.Endpoint }
        }

        It 'is no connection, before anything is read' {
            Disconnect-TcbEnvironment
            try {
                $script:read = 0
                { $ids | ForEach-Object { $script:read++; $_ } | Remove-TcbCloudFile } | Should -Throw -ErrorId 'NotConnected,*'
                $script:read | Should -Be 0
            }
            finally { Connect-TcbEnvironment $emulator.EnvironmentId -AccessToken $emulator.Token -Endpoint $emulator.Endpoint }
        }

        It 'stops at once with Select-Object -First, and the session goes on' {
            $many = @(1..500 | ForEach-Object { "run$run/first/$_.png" } | New-CloudFile $emulator)
            $result = $many | Remove-TcbCloudFile -BatchSize 5 -ThrottleLimit 2 | Select-Object -First 1
            $many | Should -Contain $result.FileId
            # Only what had left by then is gone, and nothing is sent behind the user's back.
            $sent = @(Get-NewRequest).Count
            Start-Sleep -Milliseconds 300
            @(Get-NewRequest).Count | Should -Be $sent
            $rest = @($many | Where-Object { Test-CloudFile $emulator $_ })
            $rest.Count | Should -BeGreaterThan 250
            ($rest | Remove-TcbCloudFile).Count | Should -Be $rest.Count
        }

        It 'is an error downstream' {
            { $ids | Remove-TcbCloudFile | ForEach-Object { throw 'downstream' } } | Should -Throw 'downstream'
            $left = @(Get-Left)
            $left | Remove-TcbCloudFile -IgnoreMissing | Should -HaveCount $left.Count
        }
    }

    Context 'Rehearsing' {
        It 'names file and environment with -WhatIf, and sends nothing' {
            $said = Get-HostText { $ids | Remove-TcbCloudFile -WhatIf | Should -BeNullOrEmpty }
            @($said -match '^What if: ') | Should -HaveCount $ids.Count
            @($said -cmatch '^What if: .*test2-4a89da.*UPPER\.PNG') | Should -HaveCount 1
            Get-NewRequest | Should -BeNullOrEmpty
            @(Get-Left) | Should -HaveCount $ids.Count
        }

        It 'obeys $WhatIfPreference, through a whole script and without a connection' {
            $said = Invoke-NewPowerShell "`$WhatIfPreference = `$true; Connect-TcbEnvironment test2-4a89da -AccessToken x -Endpoint $($emulator.Endpoint); '$($ids[4])' | Remove-TcbCloudFile; Disconnect-TcbEnvironment; 'end'"
            @($said | Where-Object { $_ -match '^What if:' }) | Should -HaveCount 3
            # The connection is shown as a table, which ends behind it.
            $said | Should -Contain 'end'
            Get-NewRequest | Should -BeNullOrEmpty
        }

        It 'is not fooled by -WhatIf:$false' {
            $WhatIfPreference = $true
            ($ids | Remove-TcbCloudFile -WhatIf:$false).Count | Should -Be $ids.Count
        }

        It 'finds bad IDs as a real run does' {
            $ids[0], $malformed, $elsewhere | Remove-TcbCloudFile -WhatIf -ErrorVariable failed -ErrorAction SilentlyContinue
            $failed.TargetObject | Should -Be $malformed, $elsewhere
        }

        It 'asks nobody by default, nor with -Confirm:$false' {
            # This session has no one to ask: a prompt would be an error.
            $script = "`$null = Connect-TcbEnvironment test2-4a89da -AccessToken $($emulator.Token) -Endpoint $($emulator.Endpoint); "
            $script += "('$($ids[4])' | Remove-TcbCloudFile).Outcome; `$ConfirmPreference = 'Low'; ('$($ids[5])' | Remove-TcbCloudFile -Confirm:`$false).Outcome"
            Invoke-NewSession $script | Should -Be 'Removed', 'Removed'
        }

        It 'asks with -Confirm: where nobody can answer nothing is deleted' {
            $script = "`$null = Connect-TcbEnvironment test2-4a89da -AccessToken $($emulator.Token) -Endpoint $($emulator.Endpoint); "
            Invoke-NewPowerShell ($script + "'$($ids[4])' | Remove-TcbCloudFile -Confirm") 2>&1 | Out-Null
            Test-CloudFile $emulator $ids[4] | Should -BeTrue
        }
    }

    Context 'Streams' {
        It 'says one verbose line for each request, and a summary' {
            # PowerShell's own ShouldProcess says one for each file.
            $said = @($ids | Remove-TcbCloudFile -BatchSize 3 -Verbose 4>&1 |
                Where-Object { $_ -is [Management.Automation.VerboseRecord] -and $_.Message -notlike 'Performing the operation*' })
            $said | Should -HaveCount 3
            $said[0].Message | Should -Match '^Files: 3 sent, 3 removed, 0 failed, 0 without a result; \d+ ms'
            $said[2].Message | Should -Match '^Summary: results: 6 Removed; errors: none; .* requests: 2;'
        }

        It 'shows the traffic on debug, without the token' {
            # Not -Debug, which asks before it goes on.
            $DebugPreference = 'Continue'
            $said = $ids | Remove-TcbCloudFile 5>&1 | Where-Object { $_ -is [Management.Automation.DebugRecord] } | Out-String -Width 4000
            $said | Should -Match 'POST .*/tcb/batchdeletefile\?access_token=\*\*\*'
            $said | Should -Match 'fileid_list'
            $said | Should -Not -Match $emulator.Token
        }

        It 'asks nothing with -Debug: verbose lines are debug lines there' {
            if ($PSVersionTable.PSVersion.Major -lt 7) { Set-ItResult -Skipped -Because 'Windows PowerShell asks at debug lines, too'; return }
            $said = @($ids | Remove-TcbCloudFile -Debug -BatchSize 3 -Confirm:$false 5>&1 | Where-Object { $_ -is [Management.Automation.DebugRecord] })
            @($said | Where-Object { $_.Message -like 'Files: 3 sent, 3 removed*' }) | Should -HaveCount 2
            $said[-1].Message | Should -BeLike 'Summary: results: 6 Removed;*'
        }

        It 'has a summary that adds up when the pipeline stops: <how>' -ForEach @(
            @{ how = 'Select-Object -First'; script = { $ids | Remove-TcbCloudFile -BatchSize 2 -ThrottleLimit 1 -InformationVariable said | Select-Object -First 1 }; ended = 'Stopped' }
            @{ how = '-ErrorAction Stop'; script = { try { $ids[0], $missing + $ids[1..5] | Remove-TcbCloudFile -BatchSize 2 -ThrottleLimit 1 -InformationVariable said -ErrorAction Stop } catch { $null = $_ } }; ended = 'CloudFileNotFound' }
        ) {
            $null = . $script
            $summary = $said.MessageData
            $summary.EndedBy | Should -Be $ended
            $summary.Succeeded | Should -Be 1
            $summary.Open | Should -BeGreaterThan 0
        }

        It 'is otherwise silent, but for the summary' {
            $summary, $results = @($ids | Remove-TcbCloudFile *>&1).Where({ $_ -is [Management.Automation.InformationRecord] }, 'Split')
            $summary.Tags | Should -Be 'TcbSummary'
            $results | ForEach-Object { $_.GetType().Name } | Sort-Object -Unique | Should -Be 'CloudFileRemoval'
        }
    }

    Context 'Other threads' {
        It 'shares a connection with Start-ThreadJob' -Skip:(-not (Get-Command Start-ThreadJob -ErrorAction SilentlyContinue)) {
            $module = Get-StagedModule
            $jobs = foreach ($id in $ids) {
                Start-ThreadJob { Import-Module $using:module; $using:id | Remove-TcbCloudFile -Environment $using:connection }
            }
            $result = $jobs | Receive-Job -Wait -AutoRemoveJob
            $result.FileId | Sort-Object | Should -Be ($ids | Sort-Object)
            Get-Left | Should -BeNullOrEmpty
        }

        It 'shares a connection with ForEach-Object -Parallel' -Skip:($PSVersionTable.PSVersion.Major -lt 7) {
            $module = Get-StagedModule
            # Not a script block here: Windows PowerShell has no such parameter, but must read this file.
            $parameters = @{ Parallel = { Import-Module $using:module; $_ | Remove-TcbCloudFile -Environment $using:connection }; ThrottleLimit = 3 }
            $result = $ids | ForEach-Object @parameters
            $result.FileId | Sort-Object | Should -Be ($ids | Sort-Object)
            Get-Left | Should -BeNullOrEmpty
        }
    }
}
