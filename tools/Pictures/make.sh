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

# Two lists: four IDs, one of which names no file, and twenty thousand.
folder=cloud://test2-4a89da.7465-test2-4a89da-1258717764
printf "$folder/%s\n" menu/latte.png menu/mocha.png menu/flat-white.png >"$work/files.txt"
seq -f "$folder/photos/2024/IMG_%05.0f.jpg" 20000 >"$work/photos.txt"
cat "$work/photos.txt" >>"$work/files.txt"
printf "$folder/%s\n" menu/latte.png menu/mocha.png menu/flat-white.png menu/espreso.png >"$work/ids.txt"

cat >"$work/start.ps1" <<SCRIPT
Import-Module '$repository/output/TcbPowerShell'
\$PSDefaultParameterValues['Connect-TcbEnvironment:Endpoint'] = 'http://127.0.0.1:$port'
\$token = ConvertTo-SecureString emulator-access-token -AsPlainText
Set-PSReadLineOption -HistorySaveStyle SaveNothing -PredictionSource None
\$ProgressPreference = \$env:PROGRESS
\$PSStyle.Progress.MaxWidth = \$env:BAR
function prompt { 'PS > ' }
Clear-Host
SCRIPT

emulate() {
    dotnet run --no-build --project "$repository/src/TcbEmulator" -- --port "$port" --files "$work/files.txt" --latency 100 >"$work/emulator.txt" &
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
    # PowerShell counts each Chinese character of the progress bar as one cell: a bar of 92 characters then fills the line.
    case $language in
        en) locale=en_US.UTF-8 suffix= bar=120 ;;
        zh) locale=zh_CN.UTF-8 suffix=.zh bar=92 ;;
        *) echo "The languages are en and zh." >&2; exit 1 ;;
    esac

    emulate
    session 110 50 SilentlyContinue
    run 'Connect-TcbEnvironment test2-4a89da -AccessToken $token'
    run 'Get-Content ids.txt -Encoding utf8 -TotalCount 2 | Get-TcbCloudFile'
    run 'Get-Content ids.txt -Encoding utf8 | Remove-TcbCloudFile -InformationVariable summary'
    run '$summary'
    picture "session$suffix.svg"

    session 122 12 Continue
    run 'Connect-TcbEnvironment test2-4a89da -AccessToken $token | Out-Null'
    run '$ids = Get-Content photos.txt -Encoding utf8'
    start 'Remove-TcbCloudFile $ids -OutVariable removed -ErrorVariable failed | Out-Null'
    sleep 4
    picture "progress$suffix.svg"
    stop
done
