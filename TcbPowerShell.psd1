@{
    RootModule             = if ($PSEdition -eq 'Core') { 'net8.0/TcbPowerShell.dll' } else { 'netstandard2.0/TcbPowerShell.dll' }
    ModuleVersion          = '0.1.0'
    GUID                   = '68a53cbc-3e48-4305-9878-7866f8915e6b'
    Author                 = 'TcbPowerShell contributors'
    CompanyName            = 'Community'
    Copyright              = '(c) TcbPowerShell contributors. MIT License.'
    Description            = 'Deletes WeChat/Tencent CloudBase (TCB) cloud storage files in bulk: IDs from the pipeline, batched and concurrent, one result or error for each file.'
    PowerShellVersion      = '5.1'
    DotNetFrameworkVersion = '4.7.2'
    CompatiblePSEditions   = @('Core', 'Desktop')
    TypesToProcess         = @('TcbPowerShell.Types.ps1xml')
    FormatsToProcess       = @('TcbPowerShell.Format.ps1xml')
    CmdletsToExport        = @('Connect-TcbEnvironment', 'Disconnect-TcbEnvironment', 'Find-TcbCloudFile', 'Get-TcbCloudFile', 'Get-TcbEnvironment', 'Remove-TcbCloudFile')
    FunctionsToExport      = @()
    AliasesToExport        = @()
    VariablesToExport      = @()
    PrivateData            = @{
        PSData = @{
            LicenseUri   = 'https://github.com/TcbPowerShell/TcbPowerShell/blob/main/LICENSE'
            ProjectUri   = 'https://github.com/TcbPowerShell/TcbPowerShell'
            ReleaseNotes = 'https://github.com/TcbPowerShell/TcbPowerShell/blob/main/CHANGELOG.md'
            # Prerelease = 'rc1' makes the version 0.1.0-rc1, in the gallery and in the package alike.
            Tags         = @('WeChat', 'Weixin', 'MiniProgram', 'Tencent', 'CloudBase', 'TCB', 'CloudStorage', 'Delete', 'Bulk', 'PSEdition_Core', 'PSEdition_Desktop', 'Windows', 'Linux', 'MacOS')
        }
    }
}
