@{
    RootModule        = 'FloorModule.dll'
    ModuleVersion     = '0.1.0'
    GUID              = '0b9c9f0e-6f0c-4a57-9a43-5f3f0b1d6c55'
    PowerShellVersion = '5.1'
    FormatsToProcess  = @('FloorModule.Format.ps1xml')
    CmdletsToExport   = @('Write-FloorObject')
    FunctionsToExport = @()
    AliasesToExport   = @()
    VariablesToExport = @()
}
