# These tests cannot be unit tests, because their engine has no ConvertTo-Json, Export-Clixml or Start-Transcript. The spellings of a secret, and all
# streams, are tested there (SecretSearchTests).
Describe 'Secrets in dumps and transcripts' -Tag 'rule11' {
    BeforeAll {
        Import-Module ([IO.Path]::Combine($PSScriptRoot, 'TestHelpers.psm1')) -Force
        Import-Module (Get-StagedModule) -ErrorAction Stop
        $id = 'cloud://test-env.7465-test-env/a.png'
        $gone = 'cloud://test-env.7465-test-env/gone.png'

        # Answers a delete with the secrets it was told, and with the address and the body of the request: one file removed, one refused.
        function Start-Echo {
            param([string[]] $Secret)

            $probe = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
            $probe.Start()
            $port = $probe.LocalEndpoint.Port
            $probe.Stop()
            $listener = [Net.HttpListener]::new()
            $listener.Prefixes.Add("http://127.0.0.1:$port/")
            $listener.Start()
            $server = [powershell]::Create().AddScript({
                    param($listener, $secrets, $id, $gone)
                    while ($listener.IsListening) {
                        try { $context = $listener.GetContext() } catch { return }
                        $reader = [IO.StreamReader]::new($context.Request.InputStream)
                        $body = $reader.ReadToEnd()
                        $echo = "$secrets $($secrets | ForEach-Object { [uri]::EscapeDataString($_) }) $($context.Request.RawUrl) $body"
                        $reply = switch -Wildcard ($context.Request.RawUrl) {
                            '*stable_token*' { @{ access_token = $secrets[0]; expires_in = 7200 } }
                            '*api_authorizer_token*' { @{ authorizer_access_token = $secrets[0]; expires_in = 7200; authorizer_refresh_token = $secrets[1] } }
                            default {
                                @{
                                    errcode = 0; errmsg = $echo
                                    delete_list = @(@{ fileid = $gone; status = 0; errmsg = $echo }, @{ fileid = $id; status = 7; errmsg = $echo })
                                }
                            }
                        }
                        $bytes = [Text.Encoding]::UTF8.GetBytes((ConvertTo-Json $reply -Depth 5 -Compress))
                        $context.Response.ContentLength64 = $bytes.Length
                        $context.Response.OutputStream.Write($bytes, 0, $bytes.Length)
                        $context.Response.Close()
                    }
                }).AddArgument($listener).AddArgument($Secret).AddArgument($id).AddArgument($gone)
            $null = $server.BeginInvoke()
            [pscustomobject] @{ Endpoint = "http://127.0.0.1:$port"; Listener = $listener; Server = $server }
        }

        function Get-Dump {
            param($Value)

            $path = [IO.Path]::Combine($TestDrive, "$([guid]::NewGuid()).xml")
            $Value | Export-Clixml $path -Depth 3
            ($Value | Format-List * -Force | Out-String -Width 5000)
            ($Value | Out-String -Width 5000)
            ($Value | ConvertTo-Json -Depth 2 -Compress -WarningAction SilentlyContinue)
            [IO.File]::ReadAllText($path)
        }
    }

    AfterEach {
        Disconnect-TcbEnvironment
        if ($echo) {
            $echo.Listener.Stop()
            $echo.Server.Dispose()
        }
    }

    It 'has none of <Name>' -TestCases @(
        @{ Name = 'an access token'; Secret = @('MARKER/access+token='); Connect = { @{ AccessToken = $secret[0] } } }
        @{ Name = 'an AppSecret and its token'; Secret = 'MARKER/fetched+token=', 'MARKER-app-secret'
            Connect = { @{ Credential = [pscredential]::new('wx1', (ConvertTo-SecureString $secret[1] -AsPlainText -Force)) } }
        }
        @{ Name = 'a refresh token and a component token'; Secret = 'MARKER/authorizer+token=', 'MARKER/new+refresh+token', 'MARKER/old+refresh+token', 'MARKER/component+token'
            Connect = { @{ ComponentAppId = 'wx2'; ComponentAccessToken = $secret[3]; AuthorizerAppId = 'wx3'; AuthorizerRefreshToken = $secret[2] } }
        }
        @{ Name = 'a component token'; Secret = @('MARKER/component+token'); Connect = { @{ ComponentAccessToken = $secret[0] } } }
        @{ Name = 'a cloud hosting token'; Secret = @('MARKER/cloud+hosting+token'); Connect = { @{ CloudBaseAccessToken = $secret[0] } } }
        @{ Name = 'a token provider'; Secret = @('MARKER/provided+token'); Connect = { @{ TokenProvider = { 'MARKER/provided+token' } } } }
        @{ Name = 'a proxy password'; Secret = 'MARKER/access+token=', 'MARKER-proxy-password'
            Connect = {
                @{ AccessToken = $secret[0]; Proxy = $echo.Endpoint
                    ProxyCredential = [pscredential]::new('user', (ConvertTo-SecureString $secret[1] -AsPlainText -Force))
                }
            }
        }
        @{ Name = 'a signed link'; Secret = 'an-access-token', 'https://b.example/a.png?sign=MARKER&t=1'; Connect = { @{ AccessToken = $secret[0] } } }
    ) {
        $echo = Start-Echo $Secret
        $parameters = & $Connect
        $transcript = [IO.Path]::Combine($TestDrive, "$([guid]::NewGuid()).txt")
        $null = Start-Transcript $transcript
        try {
            $DebugPreference = $VerbosePreference = 'Continue'
            $connection = Connect-TcbEnvironment test-env -Endpoint $echo.Endpoint @parameters -WarningVariable warned -WarningAction SilentlyContinue
            $all = $gone, $id | Remove-TcbCloudFile -ErrorAction Continue -ErrorVariable failed -InformationVariable said *>&1
            $all | Out-Default
        }
        finally { $null = Stop-Transcript }
        $results = @($all | Where-Object { $_ -is [TcbPowerShell.CloudFileRemoval] })
        $dumps = @(Get-Dump $connection; Get-Dump $results; Get-Dump $said; Get-Dump $failed[0]; Get-Dump $failed[0].Exception) -join "`n"
        $everything = $dumps + [IO.File]::ReadAllText($transcript) + ($all | Out-String -Width 5000) + ($warned | Out-String)

        $results | Should -HaveCount 1
        $failed | Should -HaveCount 1
        # The texts of the service are there, without the secrets.
        $results[0].Message | Should -Match '\*\*\*'
        $failed[0].Exception.ServiceMessage | Should -Match '\*\*\*'
        $everything | Should -Not -Match 'MARKER'
        [uri]::UnescapeDataString($everything) | Should -Not -Match 'MARKER'
    }

    # The temporary key is valid for the whole account.
    It 'has none of what a listing gets and sends' {
        $key = 'AKID-MARKER-id', 'MARKER/secret+key=', 'MARKER/session+token='
        $upload = 'q-sign-algorithm=sha1&q-ak=AKID-MARKER-id&q-signature=MARKER', 'MARKER/upload+token'
        $probe = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $probe.Start()
        $port = $probe.LocalEndpoint.Port
        $probe.Stop()
        $listener = [Net.HttpListener]::new()
        $listener.Prefixes.Add("http://127.0.0.1:$port/")
        $listener.Start()
        $server = [powershell]::Create().AddScript({
                param($listener, $key, $upload, $port)
                $pages = 0
                while ($listener.IsListening) {
                    try { $context = $listener.GetContext() } catch { return }
                    $body = [IO.StreamReader]::new($context.Request.InputStream).ReadToEnd()
                    $echo = "$key $($key | ForEach-Object { [uri]::EscapeDataString($_) }) $($context.Request.Headers['Authorization']) $($context.Request.RawUrl)"
                    $status = 200
                    $reply = switch -Wildcard ($context.Request.RawUrl) {
                        '*uploadfile*' {
                            $path = (ConvertFrom-Json $body).path
                            @{ errcode = 0; url = "http://127.0.0.1:$port/bucket/$path"; file_id = "cloud://test-env.bucket/$path"; authorization = $upload[0]; token = $upload[1] } | ConvertTo-Json
                        }
                        '*getqcloudtoken*' { @{ errcode = 0; secretid = $key[0]; secretkey = $key[1]; token = $key[2]; expired_time = 4000000000 } | ConvertTo-Json }
                        '*batchdownloadfile*' {
                            @{ errcode = 0; errmsg = $echo; file_list = @(@{ fileid = 'cloud://test-env.bucket/a.png'; status = 0; errmsg = $echo; download_url = 'https://x.example/a.png?sign=MARKER' }) } | ConvertTo-Json -Depth 5
                        }
                        default {
                            if (++$pages -eq 1) {
                                '<ListBucketResult><Name>bucket</Name><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextMarker>a.png</NextMarker><Contents><Key>a.png</Key>' +
                                '<LastModified>2019-05-24T10:56:40.000Z</LastModified><ETag>"x"</ETag><Size>1</Size></Contents></ListBucketResult>'
                            }
                            else {
                                $status = 403
                                "<Error><Code>AccessDenied</Code><Message>denied $([Security.SecurityElement]::Escape($echo))</Message><RequestId>$([Security.SecurityElement]::Escape($echo))</RequestId></Error>"
                            }
                        }
                    }
                    $bytes = [Text.Encoding]::UTF8.GetBytes($reply)
                    $context.Response.StatusCode = $status
                    $context.Response.ContentLength64 = $bytes.Length
                    $context.Response.OutputStream.Write($bytes, 0, $bytes.Length)
                    $context.Response.Close()
                }
            }).AddArgument($listener).AddArgument($key).AddArgument($upload).AddArgument($port)
        $null = $server.BeginInvoke()
        $echo = [pscustomobject] @{ Listener = $listener; Server = $server }
        $transcript = [IO.Path]::Combine($TestDrive, "$([guid]::NewGuid()).txt")
        $connection = Connect-TcbEnvironment test-env -Endpoint "http://127.0.0.1:$port" -AccessToken 'MARKER/access+token='
        $null = Start-Transcript $transcript
        try {
            $DebugPreference = $VerbosePreference = 'Continue'
            $all = & { try { Find-TcbCloudFile -All } catch { $_ } } *>&1
            $all | Out-Default
        }
        finally { $null = Stop-Transcript }
        $files = @($all | Where-Object { $_ -is [TcbPowerShell.CloudFileInfo] })
        $failed = @($all | Where-Object { $_ -is [Management.Automation.ErrorRecord] })
        $dumps = @(Get-Dump $connection; Get-Dump $files; Get-Dump $failed[0]; Get-Dump $failed[0].Exception) -join "`n"
        $everything = $dumps + [IO.File]::ReadAllText($transcript) + ($all | Out-String -Width 5000)

        $files.FileId | Should -Be 'cloud://test-env.bucket/a.png'
        $failed.FullyQualifiedErrorId | Should -BeLike 'ListingRefused,*'
        $failed[0].Exception.ServiceMessage | Should -Match 'denied.*\*\*\*'
        # The query of a page has a marker, too, in small letters.
        $everything | Should -Not -MatchExactly 'MARKER'
        [uri]::UnescapeDataString($everything) | Should -Not -MatchExactly 'MARKER'
    }
}
