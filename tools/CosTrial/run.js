// Lists one emulator twice, with Tencent's own client of COS (list.js) and with Find-TcbCloudFile, and compares keys, lengths and ETags.
// The exit code is 0 if both list the same. Build first: dotnet build, npm install --prefix tools/CosTrial. Then: node tools/CosTrial/run.js
'use strict';
const { execFileSync, spawn } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

const root = path.resolve(__dirname, '..', '..');
const beginning = 'cloud://test-env.7465-test-env-1258717764/';
// Every kind of key that is hard to sign, to encode, to sort or to page through.
const odd = [
  'a  b.png', ' leading and trailing ', 'a+b&c#d%e?f|g[h]=;,:@$.png', "a!'()*~-_.png", 'a!b', 'a/b', 'a"<>\\^`{}.png', 'a/%41.png', 'a/A.png', 'a/dots...', 'a//b.png',
  '/leading slash.png', 'folder/', '中文/图 1.png', '😀.png', '\u{10ffff}', '！.png', 'e\u0301.png', '\u00e9.png', 'x'.repeat(850), '中'.repeat(283),
];
const prefixes = ['', 'a', 'a/', 'a!', '中文/', '中', 'm/1', '/', 'none'];

function emulator() {
  const folder = path.join(root, 'src', 'TcbEmulator', 'bin');
  const built = fs.readdirSync(folder, { recursive: true }).filter((name) => path.basename(name) === 'TcbEmulator.dll').map((name) => path.join(folder, name));
  if (built.length === 0) throw new Error('The emulator is not built. Run: dotnet build');
  return built.sort((a, b) => fs.statSync(b).mtimeMs - fs.statSync(a).mtimeMs)[0];
}

function start(list) {
  const program = spawn('dotnet', [emulator(), '--files', list, '--oldest', '300'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const address = new Promise((resolve, reject) => {
    program.stdout.once('data', (text) => resolve(text.toString().split(/\s/)[0]));
    program.once('exit', () => reject(new Error('The emulator did not start.')));
  });
  return { program, address };
}

// The client returns keys as they came: percent-encoded.
function listWithCos(address, prefix) {
  const text = execFileSync(process.execPath, [path.join(__dirname, 'list.js'), address, prefix], { encoding: 'utf8', maxBuffer: 1 << 28 });
  return text.split('\n').filter(Boolean).map((line) => JSON.parse(line)).map((file) => `${decodeURIComponent(file.key)}\t${file.length}\t${file.eTag.replace(/"/g, '')}`);
}

function listWithModule(address, folder) {
  fs.writeFileSync(path.join(folder, 'prefixes.json'), JSON.stringify(prefixes));
  const script = `
    $ErrorActionPreference = 'Stop'
    $ProgressPreference = 'SilentlyContinue'
    Import-Module '${path.join(root, 'output', 'TcbPowerShell')}'
    $null = Connect-TcbEnvironment test-env -AccessToken emulator-access-token -Endpoint ${address}
    $number = 0
    foreach ($prefix in (Get-Content '${path.join(folder, 'prefixes.json')}' -Raw -Encoding utf8 | ConvertFrom-Json)) {
        # The cmdlet refuses these two, which could be mistakes. COS takes them.
        $where = if ($prefix -in '', '/') { @{ All = $true } } else { @{ Prefix = $prefix } }
        $lines = Find-TcbCloudFile @where -IncludeFolder | Where-Object { $_.Key.StartsWith($prefix, 'Ordinal') } | ForEach-Object { "$($_.Key)\`t$($_.Length)\`t$($_.ETag)" }
        [IO.File]::WriteAllLines("${folder}/$((++$number)).txt", [string[]] @($lines))
    }`;
  const encoded = Buffer.from(script, 'utf16le').toString('base64');
  execFileSync('dotnet', ['pwsh', '-NoProfile', '-NonInteractive', '-EncodedCommand', encoded], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  return prefixes.map((_, i) => fs.readFileSync(path.join(folder, `${i + 1}.txt`), 'utf8').split(/\r?\n/).filter(Boolean));
}

async function main() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cos-trial-'));
  const list = path.join(folder, 'ids.txt');
  const keys = odd.concat(Array.from({ length: 2500 }, (_, i) => `m/${i}.png`));
  fs.writeFileSync(list, keys.map((key) => beginning + key).join('\n'));
  const { program, address } = start(list);
  let differences = 0;
  try {
    const found = listWithModule(await address, folder);
    for (const [i, prefix] of prefixes.entries()) {
      const expected = listWithCos(await address, prefix);
      // The order, too: both go through the pages with the same markers.
      const same = expected.length === found[i].length && expected.every((line, n) => line === found[i][n]);
      if (!same) differences++;
      console.log(`prefix ${JSON.stringify(prefix)}: ${expected.length} keys with cos-nodejs-sdk-v5, ${found[i].length} with Find-TcbCloudFile: ${same ? 'the same' : 'DIFFERENT'}`);
      if (prefix === '' && expected.length !== keys.length) {
        differences++;
        console.log(`The emulator has ${keys.length} files.`);
      }
    }
  } finally {
    program.removeAllListeners('exit');
    program.kill();
    fs.rmSync(folder, { recursive: true });
  }
  return differences;
}

main().then((differences) => process.exit(differences === 0 ? 0 : 1), (error) => {
  console.error(error);
  process.exit(2);
});
