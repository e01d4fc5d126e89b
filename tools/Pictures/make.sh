#!/usr/bin/env bash
# Makes the pictures in docs/images from real sessions: PowerShell (the repository's tool) in a terminal of its own, against the emulator.
# Needs tmux, and what dotnet build makes.
#
#     tools/Pictures/make.sh          # both languages
#     tools/Pictures/make.sh zh       # one: en or zh
#     PORT=8081 tools/Pictures/make.sh       # another port for the emulator
set -euo pipefail

repository=$(cd "$(dirname "$0")/../.." && pwd)
images=$repository/docs/images
port=${PORT:-8080}
work=$(mktemp -d)
emulator=
tmux() { command tmux -u -S "$work/tmux" -f /dev/null "$@"; }
stop() {
    if tmux kill-server 2>/dev/null; then sleep 1; fi
    if [[ $emulator ]]; then kill "$emulator" && wait "$emulator" || true; fi
    emulator=
}
trap 'stop; rm -rf "$work"' EXIT

# The emulator's files: four in tmp/, and 1,200 photos, which take no space, as they are holes.
bucket=$work/cloud/test2-4a89da.7465-test2-4a89da-1258717764
file() { truncate -s "$2" "$bucket/$1" && touch -d "$3" "$bucket/$1"; }
upload() {
    rm -rf "$work/cloud" "$work/backup"
    mkdir -p "$bucket"/{tmp/poster,tmp/voice,photos}
    file tmp/poster/1f0c2a.png 1482133 '2025-03-02 09:41Z'
    file tmp/poster/5d7e90.png 1377208 '2025-03-02 09:44Z'
    file tmp/voice/20250411.mp3 384512 '2025-04-11 12:05Z'
    file tmp/orders.csv 48219 '2025-05-01 00:10Z'
    truncate -s 250000 "$bucket"/photos/IMG_{0001..1200}.jpg
}

cat >"$work/start.ps1" <<SCRIPT
Import-Module '$repository/output/TcbPowerShell'
\$PSDefaultParameterValues['Connect-TcbEnvironment:Endpoint'] = 'http://127.0.0.1:$port'
\$token = ConvertTo-SecureString emulator-access-token -AsPlainText
Set-PSReadLineOption -HistorySaveStyle SaveNothing -PredictionSource None
\$ProgressPreference = \$env:PROGRESS
\$PSDefaultParameterValues['Find-TcbCloudFile:ProgressAction'] = 'SilentlyContinue'
\$PSStyle.Progress.MaxWidth = \$env:BAR
function prompt { 'PS > ' }
Clear-Host
SCRIPT

# emulate BANDWIDTH: the emulator, with so many bytes a second for all downloads together.
emulate() {
    upload
    dotnet run --no-build --project "$repository/src/TcbEmulator" -- --port "$port" --root "$work/cloud" --latency 100 --bandwidth "$1" >"$work/emulator.txt" &
    emulator=$!
    until grep -q '^http' "$work/emulator.txt"; do
        kill -0 "$emulator"
        sleep 0.1
    done
}

screen() { tmux capture-pane -p | sed 's/ *$//; /^$/d' | tail -n 1; }
prompted() { for _ in $(seq 600); do [[ $(screen) == 'PS >' ]] && return; sleep 0.1; done; return 1; }

# session WIDTH HEIGHT PROGRESS: PowerShell in the picture's language, at an empty screen, with this $ProgressPreference: an erased bar of Chinese
# text can leave its last character on the screen. The tool is found from the repository's folder only.
session() {
    if tmux kill-server 2>/dev/null; then sleep 1; fi
    tmux new-session -d -x "$1" -y "$2" -c "$repository" \
        "exec env -u LC_ALL -u LC_MESSAGES LANG=$locale PROGRESS=$3 BAR=$bar TERM=xterm-256color dotnet pwsh -NoLogo -NoProfile -NoExit -WorkingDirectory '$work' -File '$work/start.ps1'"
    prompted
}

# run COMMAND: typed, and awaited. start COMMAND: typed.
start() { tmux send-keys -l "$1"; sleep 1; tmux send-keys Enter; sleep 1; }
run() { start "$1"; prompted; }

picture() { tmux capture-pane -e -p | dotnet run "$repository/tools/Pictures/TerminalPicture.cs" >"$work/$1" && mv "$work/$1" "$images/$1"; }

[[ $# -gt 0 ]] || set -- en zh
for language in "$@"; do
    # PowerShell counts each Chinese character of the progress bar as one cell: a bar of 80 characters then fills the line.
    case $language in
        en) locale=en_US.UTF-8 suffix= bar=120 ;;
        zh) locale=zh_CN.UTF-8 suffix=.zh bar=80 ;;
        *) echo "The languages are en and zh." >&2; exit 1 ;;
    esac

    emulate 20000000
    session 98 60 SilentlyContinue
    run 'Connect-TcbEnvironment test2-4a89da -AccessToken $token'
    run 'Find-TcbCloudFile tmp/ -LastModifiedBefore (Get-Date).AddDays(-90) | Select-Object -First 3'
    start 'Find-TcbCloudFile tmp/ -LastModifiedBefore (Get-Date).AddDays(-90) |'
    start '    Save-TcbCloudFile backup |'
    run '    Remove-TcbCloudFile'
    run 'Find-TcbCloudFile tmp/'
    run 'Get-ChildItem backup -Recurse -File -Name'
    picture "session$suffix.svg"
    stop

    emulate 24000000
    session 98 12 Continue
    run 'Connect-TcbEnvironment test2-4a89da -AccessToken $token | Out-Null'
    run '$photos = Find-TcbCloudFile photos/'
    start 'Save-TcbCloudFile backup $photos | Out-Null'
    sleep 6
    picture "progress$suffix.svg"
    stop
done
