# Loads the build for this edition. The manifest cannot choose it: it has to be plain data, which tools read without running it.
$build = if ($PSVersionTable.PSEdition -eq 'Core') { 'net8.0' } else { 'netstandard2.0' }
Import-Module ([IO.Path]::Combine($PSScriptRoot, $build, 'TcbPowerShell.dll'))
