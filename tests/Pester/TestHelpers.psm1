# Shared by the tests: the staged module, and the emulator as a program of its own with real files in a folder.

$root = [IO.Path]::GetFullPath([IO.Path]::Combine($PSScriptRoot, '..', '..'))
$dotnet = if ($env:DOTNET_HOST_PATH) { $env:DOTNET_HOST_PATH } else { 'dotnet' }
# The running ones. Each file of tests imports this module anew, and Run.ps1 looks at the list when all have ended.
if ($null -eq $global:TcbEmulators) { $global:TcbEmulators = [Collections.Generic.List[Diagnostics.Process]]::new() }
$emulators = $global:TcbEmulators

# The module that a user would install.
function Get-StagedModule {
    if ($env:TCB_STAGED_MODULE) { $env:TCB_STAGED_MODULE } else { [IO.Path]::Combine($root, 'output', 'TcbPowerShell') }
}

function Get-RepositoryFolder { $root }

# The cmdlets that have a page: the module must export these and nothing else.
function Get-CmdletName {
    [IO.Directory]::GetFiles([IO.Path]::Combine($root, 'docs', 'en-US'), '*-*.md') | ForEach-Object { [IO.Path]::GetFileNameWithoutExtension($_) } | Sort-Object
}

function Get-SampleFolder { [IO.Path]::Combine($root, 'samples') }

# The program as it was built last, in whatever configuration.
function Get-EmulatorProgram {
    $program = Get-ChildItem ([IO.Path]::Combine($root, 'src', 'TcbEmulator', 'bin')) -Filter TcbEmulator.dll -Recurse -ErrorAction SilentlyContinue |
        Sort-Object LastWriteTime | Select-Object -Last 1
    if (-not $program) { throw 'The emulator is not built. Run: dotnet build' }
    $program.FullName
}

# Starts an emulator on a free port, and each request becomes a line of its log. Its files lie in Folder; those of a list are in memory, since
# not every system takes every ID as a file name.
function Start-Emulator {
    param([string] $EnvironmentId = 'test2-4a89da', [string] $List, [string[]] $Option = @())

    $folder = [IO.Path]::Combine([IO.Path]::GetTempPath(), "tcb-pester-$([guid]::NewGuid().ToString('n'))")
    $null = [IO.Directory]::CreateDirectory($folder)
    $log = [IO.Path]::Combine($folder, 'requests.jsonl')
    $files = [IO.Path]::Combine($folder, 'files')
    $store = if ($List) { '--files', $List } else { '--root', $files }
    $arguments = @((Get-EmulatorProgram), '--env', $EnvironmentId, '--log', $log) + $store + $Option
    $start = [Diagnostics.ProcessStartInfo] @{
        FileName               = $dotnet
        Arguments              = ($arguments | ForEach-Object { '"{0}"' -f $_ }) -join ' '
        UseShellExecute        = $false
        RedirectStandardOutput = $true
    }
    $process = [Diagnostics.Process]::Start($start)
    $emulators.Add($process)
    $line = $process.StandardOutput.ReadLineAsync()
    if (-not $line.Wait(60000) -or $line.Result -notlike 'http*') {
        if (-not $process.HasExited) { $process.Kill() }
        throw "The emulator did not start: $($line.Result)"
    }
    [pscustomobject] @{
        EnvironmentId = $EnvironmentId
        Endpoint      = $line.Result
        Token         = 'emulator-access-token'
        Bucket        = "$EnvironmentId.7465-$EnvironmentId-1258717764"
        Folder        = $folder
        Files         = $files
        Log           = $log
        Process       = $process
    }
}

function Stop-Emulator {
    param($Emulator)

    if (-not $Emulator) { return }
    if (-not $Emulator.Process.HasExited) { $Emulator.Process.Kill() }
    $Emulator.Process.WaitForExit()
    $null = $emulators.Remove($Emulator.Process)
    $Emulator.Process.Dispose()
    [IO.Directory]::Delete($Emulator.Folder, $true)
}

# Two names, the second of which differs from UPPER.PNG in case only. Real files have them, and Windows and macOS do not take both.
function Get-OddName { if ($IsLinux) { 'a|b [1] (2).txt', 'upper.png' } else { 'a^b [1] (2).txt', 'lower.png' } }

# Creates a file on the service and gives its ID.
function New-CloudFile {
    param($Emulator, [Parameter(ValueFromPipeline = $true)] [string] $Path)

    process {
        $file = [IO.Path]::Combine($Emulator.Files, $Emulator.Bucket, $Path)
        $null = [IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName($file))
        [IO.File]::WriteAllText($file, '')
        "cloud://$($Emulator.Bucket)/$Path"
    }
}

# Whether the service still has it.
function Test-CloudFile {
    param($Emulator, [string] $FileId)

    [IO.File]::Exists([IO.Path]::Combine($Emulator.Files, $FileId.Substring('cloud://'.Length)))
}

# The requests so far. The log is written before the reply leaves, so who has the reply finds its request here.
function Get-EmulatorRequest {
    param($Emulator)

    $stream = [IO.FileStream]::new($Emulator.Log, 'OpenOrCreate', 'Read', 'ReadWrite')
    $reader = [IO.StreamReader]::new($stream)
    while ($null -ne ($line = $reader.ReadLine())) { $line | ConvertFrom-Json }
    $reader.Dispose()
}

# Starts another PowerShell of the same kind. If this one is the .NET tool, its process is dotnet and pwsh.dll an argument.
function Start-PowerShell {
    $program = [Diagnostics.Process]::GetCurrentProcess().MainModule.FileName
    [string[]] $first = @(if ([IO.Path]::GetFileNameWithoutExtension($program) -eq 'dotnet') { [IO.Path]::Combine($PSHOME, 'pwsh.dll') })
    & $program @first @args
}

# The same without profile: what a script sees that is run by itself. The module is the staged one, or the one that is found by name in ModulePath.
function Invoke-NewPowerShell {
    param([string] $Script, [string] $ModulePath)

    $import = "Import-Module '$(Get-StagedModule)'"
    if ($ModulePath) { $import = "`$env:PSModulePath = '$ModulePath' + [IO.Path]::PathSeparator + `$env:PSModulePath; Import-Module TcbPowerShell" }
    $Script = "[Threading.Thread]::CurrentThread.CurrentUICulture = 'en-US'; `$ProgressPreference = 'SilentlyContinue'; $import; $Script"
    Start-PowerShell -NoProfile -NonInteractive -OutputFormat Text -EncodedCommand ([Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($Script)))
}

# The same without a process, which takes ten times as long: a session for tests that ask only for a script's output and exit code. The
# environment variables are this process's.
function Invoke-NewSession {
    param([string] $Script)

    $shell = [powershell]::Create([initialsessionstate]::CreateDefault())
    try {
        $null = $shell.AddScript("[Threading.Thread]::CurrentThread.CurrentUICulture = 'en-US'; `$LASTEXITCODE = 0; Import-Module '$(Get-StagedModule)'; $Script`n`$LASTEXITCODE")
        [string[]] $output = $shell.Invoke()
        $global:LASTEXITCODE = [int] $output[-1]
        $output | Select-Object -SkipLast 1
    }
    finally { $shell.Dispose() }
}

# The lines that a script writes to the host, such as those of -WhatIf, which no stream carries. The header of the transcript comes with them.
function Get-HostText {
    param([scriptblock] $Script)

    $file = [IO.Path]::Combine([IO.Path]::GetTempPath(), "tcb-host-$([guid]::NewGuid().ToString('n')).txt")
    $null = Start-Transcript $file
    try { & $Script | Out-Null }
    finally {
        $null = Stop-Transcript
        $said = [IO.File]::ReadAllLines($file)
        [IO.File]::Delete($file)
    }
    $said
}

Export-ModuleMember -Function *-*
