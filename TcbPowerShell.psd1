@{
    RootModule             = 'TcbPowerShell.psm1'
    ModuleVersion          = '0.1.0'
    GUID                   = '68a53cbc-3e48-4305-9878-7866f8915e6b'
    Author                 = 'TcbPowerShell contributors'
    CompanyName            = 'Community'
    Copyright              = '(c) TcbPowerShell contributors. MIT License.'
    Description            = 'Finds, backs up and deletes files in WeChat/Tencent CloudBase (TCB) cloud storage in bulk: IDs from the pipeline, concurrent batches, one result or error for each file. 查找、备份、批量删除微信小程序云开发（TCB）云存储中的文件：从管道读取 fileID，分批并发处理，每个文件都有一个结果或一个错误。'
    PowerShellVersion      = '5.1'
    DotNetFrameworkVersion = '4.7.2'
    CompatiblePSEditions   = @('Core', 'Desktop')
    TypesToProcess         = @('TcbPowerShell.Types.ps1xml')
    FormatsToProcess       = @('TcbPowerShell.Format.ps1xml')
    CmdletsToExport        = @('Connect-TcbEnvironment', 'Disconnect-TcbEnvironment', 'Find-TcbCloudFile', 'Get-TcbCloudFile', 'Get-TcbEnvironment', 'Remove-TcbCloudFile', 'Save-TcbCloudFile')
    FunctionsToExport      = @()
    AliasesToExport        = @()
    VariablesToExport      = @()
    PrivateData            = @{
        PSData = @{
            LicenseUri   = 'https://github.com/TcbPowerShell/TcbPowerShell/blob/main/LICENSE'
            ProjectUri   = 'https://github.com/TcbPowerShell/TcbPowerShell'
            ReleaseNotes = 'https://github.com/TcbPowerShell/TcbPowerShell/blob/main/CHANGELOG.md'
            # Prerelease = 'rc1' makes the version 0.1.0-rc1, in the gallery and in the package alike.
            Tags         = @('WeChat', 'Weixin', 'MiniProgram', 'Tencent', 'TencentCloud', 'CloudBase', 'TCB', 'CloudStorage', 'Delete', 'Backup', 'Bulk', '微信', '小程序', '云开发', '云存储', '批量删除', 'PSEdition_Core', 'PSEdition_Desktop', 'Windows', 'Linux', 'MacOS')
        }
    }
}
