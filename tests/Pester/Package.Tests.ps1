# The package as the gallery takes it and as its installers lay it down. TCB_PACKAGE names one that is tested instead of one made here.
BeforeDiscovery {
    $isGiven = [bool] $env:TCB_PACKAGE
    # On Windows the folder of the user's modules cannot be a test's own.
    $onWindows = $env:OS -eq 'Windows_NT'
}

Describe 'The package' {
    BeforeAll {
        Import-Module ([IO.Path]::Combine($PSScriptRoot, 'TestHelpers.psm1')) -Force
        Add-Type -AssemblyName System.IO.Compression, System.IO.Compression.FileSystem
        $root = Get-RepositoryFolder
        $dotnet = if ($env:DOTNET_HOST_PATH) { $env:DOTNET_HOST_PATH } else { 'dotnet' }
        $work = [IO.Path]::Combine([IO.Path]::GetTempPath(), "tcb-package-$([guid]::NewGuid().ToString('n'))")
        $null = [IO.Directory]::CreateDirectory($work)

        # The name of a module's folder below a module path.
        function Get-VersionFolder([string] $ModulePath) { (Get-ChildItem ([IO.Path]::Combine($ModulePath, 'TcbPowerShell'))).FullName }

        # A path from the temporary folder on: what lies before it has several spellings on Windows and macOS.
        function Get-Tail([string] $Path) { $Path.Substring($Path.LastIndexOf('tcb-')) }

        # Names with their folders, in one order everywhere.
        function Get-FileName([string] $Folder) {
            @(Get-ChildItem $Folder -Recurse -File -Force | ForEach-Object { $_.FullName.Substring($Folder.Length + 1).Replace('\', '/') }) | Sort-Object
        }

        function Get-Nuspec([string] $Package) {
            $archive = [IO.Compression.ZipFile]::OpenRead($Package)
            try {
                $reader = [IO.StreamReader]::new($archive.GetEntry('TcbPowerShell.nuspec').Open())
                ([xml] $reader.ReadToEnd()).package.metadata
            }
            finally { $archive.Dispose() }
        }

        # Like Install-PSResource and Install-Module.
        function Expand-Package([string] $Package, [string] $ModulePath) {
            $folder = [IO.Path]::Combine($ModulePath, 'TcbPowerShell', (Get-Nuspec $Package).version.Split('-')[0])
            [IO.Compression.ZipFile]::ExtractToDirectory($Package, $folder)
            foreach ($name in '_rels', 'package', '[Content_Types].xml', 'TcbPowerShell.nuspec') {
                Remove-Item -LiteralPath ([IO.Path]::Combine($folder, $name)) -Recurse -Force
            }
        }

        # Runs build.ps1, which packs and installs, in that folder.
        function New-Package([string] $Folder) {
            $data, $analyzers = $env:XDG_DATA_HOME, $env:RunAnalyzers
            # A folder of its own for the user's modules: this is where PowerShell looks for them, too.
            $env:XDG_DATA_HOME = [IO.Path]::Combine($Folder, 'data')
            # They ran when the module was built for these tests, and take longer than the rest of the build.
            $env:RunAnalyzers = 'false'
            $task = if ($env:OS -eq 'Windows_NT') { 'Pack' } else { 'Pack, Install' }
            $other = [IO.Path]::Combine($root, 'output', 'release', "tcb-emulator.0.0.0-$([guid]::NewGuid().ToString('n')).nupkg")
            $null = New-Item $other -Force
            try {
                $said = Start-PowerShell -NoProfile -NonInteractive -Command "& '$([IO.Path]::Combine($root, 'build.ps1'))' -Task $task"
                if ($LASTEXITCODE -ne 0) { throw $said -join [Environment]::NewLine }
                # The tests below read the package that is left.
                Remove-Item $other -ErrorAction Stop
                Copy-Item ([IO.Path]::Combine($root, 'output', 'release', 'TcbPowerShell.*.nupkg')) $Folder
            }
            finally { $env:XDG_DATA_HOME, $env:RunAnalyzers = $data, $analyzers }
        }

        $package = $env:TCB_PACKAGE
        if (-not $package) {
            # dotnet test runs two versions of Pester at once and gives them one folder: what the first has made there, the second tests, too.
            $release = if ($env:TCB_SHARED) { $env:TCB_SHARED } else { $work }
            $turn = [Threading.Mutex]::new($false, 'TcbPowerShell.Package.Tests')
            try { $null = $turn.WaitOne() } catch [Threading.AbandonedMutexException] { Write-Verbose 'The other run was ended. It is our turn.' }
            try {
                if (-not (Get-ChildItem $release -Filter *.nupkg)) { New-Package $release }
                $package = (Get-ChildItem $release -Filter *.nupkg).FullName
            }
            finally {
                $turn.ReleaseMutex()
                $turn.Dispose()
            }
        }
        $modules = [IO.Path]::Combine($work, 'Modules')
        Expand-Package $package $modules
        $unpacked = Get-VersionFolder $modules
        $manifest = [IO.Path]::Combine($unpacked, 'TcbPowerShell.psd1')
        $info = Test-ModuleManifest $manifest -ErrorAction Stop -WarningAction Stop
        $metadata = Get-Nuspec $package
    }

    AfterAll { if (Test-Path $work) { Remove-Item $work -Recurse -Force } }

    It 'holds the module as it is staged, and nothing else' {
        Get-FileName $unpacked | Should -Be (Get-FileName (Get-StagedModule))
    }

    It 'says in its nuspec what the manifest says' {
        $version = $info.Version.ToString()
        if ($info.PrivateData.PSData.Prerelease) { $version += "-$($info.PrivateData.PSData.Prerelease)" }
        $metadata.id | Should -Be 'TcbPowerShell'
        $metadata.version | Should -Be $version
        [IO.Path]::GetFileName($package) | Should -Be "TcbPowerShell.$version.nupkg"
        $metadata.authors | Should -Be $info.Author
        $metadata.description | Should -Be $info.Description
        $metadata.copyright | Should -Be $info.Copyright
        $metadata.projectUrl | Should -Be $info.ProjectUri
        $metadata.releaseNotes | Should -Be $info.ReleaseNotes
        $metadata.license.InnerText | Should -Be 'MIT'
        $metadata.readme | Should -Be 'README.md'
        $metadata.tags.Split(' ') | Should -Be (@('PSModule') + $info.Tags)
        $metadata.dependencies | Should -BeNullOrEmpty
    }

    It 'has a manifest that is plain data: tools read it without running it' {
        $data = Import-PowerShellDataFile $manifest -ErrorAction Stop
        $data.RootModule | Should -Be 'TcbPowerShell.psm1'
        $data.Description | Should -Be $info.Description
    }

    It 'has a readme whose links lead somewhere' {
        $readme = [IO.File]::ReadAllText([IO.Path]::Combine($unpacked, 'README.md'))
        $readme | Should -BeLike '# TcbPowerShell*;*'
        $links = [regex]::Matches($readme, '\]\(([^)]+)\)').ForEach({ $_.Groups[1].Value })
        $links | Where-Object { $_ -notmatch '^(https://|#)' } | Should -BeNullOrEmpty
        $links | Should -Contain 'https://github.com/TcbPowerShell/TcbPowerShell/blob/main/docs/en-US/faq.md'
        $readme | Should -Match '!\[[^\]]+\]\(https://raw\.githubusercontent\.com/[^)]+\.svg\)'
    }

    It 'names what a person looks for in the gallery' {
        $info.Tags | Should -Contain 'PSEdition_Core'
        $info.Tags | Should -Contain 'PSEdition_Desktop'
        foreach ($link in $info.LicenseUri, $info.ProjectUri, $info.ReleaseNotes) { $link | Should -BeLike 'https://*' }
    }

    It 'runs samples/quickstart.ps1 where it is unpacked into a module path' {
        $samples = Get-SampleFolder
        $list = [IO.Path]::Combine($samples, 'quickstart-ids.txt')
        $retry = [IO.Path]::Combine($work, 'retry.txt')
        $emulator = Start-Emulator -List $list
        try {
            $script = "& '$([IO.Path]::Combine($samples, 'quickstart.ps1'))' -Endpoint $($emulator.Endpoint) -EnvironmentId $($emulator.EnvironmentId)"
            $said = @(Invoke-NewPowerShell -ModulePath $modules "$script -AccessToken $($emulator.Token) -RetryList '$retry'; (Get-Module TcbPowerShell).ModuleBase")
            $deleted = (Get-EmulatorRequest $emulator | Measure-Object deleted -Sum).Sum
        }
        finally { Stop-Emulator $emulator }
        Get-Tail $said[-1] | Should -Be (Get-Tail $unpacked)
        $said[-2] | Should -Match '^\d{4} removed, \d failed, see '
        # One ID stands twice in the list: both occurrences are answered, one file is deleted.
        $said[-2] | Should -BeLike "$($deleted + 1) removed, *"
    }

    It 'is a prerelease where the manifest says so' -Skip:$isGiven {
        $later = [IO.Path]::Combine($work, 'Prerelease')
        $null = [IO.Directory]::CreateDirectory($later)
        Copy-Item $unpacked $later -Recurse
        $folder = [IO.Path]::Combine($later, [IO.Path]::GetFileName($unpacked))
        $changed = [IO.Path]::Combine($folder, 'TcbPowerShell.psd1')
        $text = [IO.File]::ReadAllText($changed)
        [IO.File]::WriteAllText($changed, [regex]::Replace($text, "(?m)^ *Tags ", "            Prerelease = 'rc1'`n`$0"))
        $said = & $dotnet pack ([IO.Path]::Combine($root, 'src', 'TcbPowerShell')) --no-build --output $later "-p:StagedModule=$folder/" "-p:ModuleManifest=$changed" "-p:NuspecOutputPath=$later/"
        $LASTEXITCODE | Should -Be 0 -Because ($said -join [Environment]::NewLine)
        $made = [IO.Path]::Combine($later, "TcbPowerShell.$($info.Version)-rc1.nupkg")
        (Get-Nuspec $made).version | Should -Be "$($info.Version)-rc1"
        $modules = [IO.Path]::Combine($later, 'Modules')
        Expand-Package $made $modules
        Invoke-NewPowerShell -ModulePath $modules '$module = Get-Module TcbPowerShell; "$($module.Version) $($module.PrivateData.PSData.Prerelease)"' |
            Should -Be "$($info.Version) rc1"
    }

    It 'is installed for the current user by build.ps1' -Skip:($isGiven -or $onWindows) {
        $installed = [IO.Path]::Combine($release, 'data', 'powershell', 'Modules')
        Get-FileName (Get-VersionFolder $installed) | Should -Be (Get-FileName $unpacked)
        $data = $env:XDG_DATA_HOME
        $env:XDG_DATA_HOME = [IO.Path]::Combine($release, 'data')
        try { $base = Invoke-NewPowerShell -ModulePath 'none' '(Get-Module TcbPowerShell).ModuleBase' }
        finally { $env:XDG_DATA_HOME = $data }
        Get-Tail $base | Should -Be (Get-Tail (Get-VersionFolder $installed))
    }
}
