#!/usr/bin/env bash
# Makes the pictures in docs/images from real sessions: PowerShell in a terminal of its own, against the emulator. Needs pwsh and tmux, and
# what dotnet build makes.
#
#     tools/Pictures/make.sh
set -euo pipefail

repository=$(cd "$(dirname "$0")/../.." && pwd)
images=$repository/docs/images
work=$(mktemp -d)
tmux() { command tmux -S "$work/tmux" -f /dev/null "$@"; }
trap 'kill $emulator 2>/dev/null; tmux kill-server 2>/dev/null; rm -rf "$work"' EXIT

# Two lists: four IDs of which one names no file, and twenty thousand.
folder=cloud://test2-4a89da.7465-test2-4a89da-1258717764
printf "$folder/%s\n" menu/latte.png menu/mocha.png menu/flat-white.png >"$work/files.txt"
seq -f "$folder/photos/2024/IMG_%05.0f.jpg" 20000 >"$work/photos.txt"
cat "$work/photos.txt" >>"$work/files.txt"
printf "$folder/%s\n" menu/latte.png menu/mocha.png menu/flat-white.png menu/espreso.png >"$work/ids.txt"

dotnet run --no-build --project "$repository/src/TcbEmulator" -- --files "$work/files.txt" --latency 100 >"$work/emulator.txt" &
emulator=$!
until endpoint=$(grep -m 1 '^http' "$work/emulator.txt"); do sleep 0.1; done

cat >"$work/start.ps1" <<SCRIPT
Import-Module '$repository/output/TcbPowerShell'
\$PSDefaultParameterValues['Connect-TcbEnvironment:Endpoint'] = '$endpoint'
\$token = ConvertTo-SecureString emulator-access-token -AsPlainText
Set-PSReadLineOption -HistorySaveStyle SaveNothing -PredictionSource None
function prompt { 'PS > ' }
Clear-Host
SCRIPT

screen() { tmux capture-pane -p | sed '/^ *$/d' | tail -n 1; }
prompted() { for _ in $(seq 600); do [[ $(screen) == 'PS >' ]] && return; sleep 0.1; done; return 1; }

# session HEIGHT: PowerShell at an empty screen.
session() {
    if tmux kill-server 2>/dev/null; then sleep 1; fi
    tmux new-session -d -x 110 -y "$1" -c "$work" "TERM=xterm-256color exec pwsh -NoLogo -NoProfile -NoExit -File '$work/start.ps1'"
    prompted
}

# run COMMAND: typed, and awaited. start COMMAND: typed.
start() { tmux send-keys -l "$1"; sleep 1; tmux send-keys Enter; sleep 1; }
run() { start "$1"; prompted; }

picture() { tmux capture-pane -e -p | dotnet run "$repository/tools/Pictures/TerminalPicture.cs" >"$work/$1" && mv "$work/$1" "$images/$1"; }

session 40
run 'Connect-TcbEnvironment test2-4a89da -AccessToken $token'
run 'Get-Content ids.txt -Encoding utf8 -TotalCount 2 | Remove-TcbCloudFile -WhatIf'
run 'Get-Content ids.txt -Encoding utf8 | Remove-TcbCloudFile -ErrorVariable failed'
run '$failed.TargetObject | Set-Content retry.txt -Encoding utf8'
picture session.svg

session 12
run 'Connect-TcbEnvironment test2-4a89da -AccessToken $token | Out-Null'
run '$ids = Get-Content photos.txt -Encoding utf8'
start 'Remove-TcbCloudFile $ids -OutVariable removed -ErrorVariable failed | Out-Null'
sleep 4
picture progress.svg
