#!/bin/sh
# Runs the engine of the Windows PowerShell build on Mono against the emulator's mix of faults, and compares each outcome with the files that are left.
# Needs mono (Debian: apt install mono-devel) and the .NET SDK. Arguments: the number of files (5000) and the emulator's seed (0).
set -eu
cd "$(dirname "$0")/../.."
dotnet build -v q tools/MonoTrial
dotnet build -v q src/TcbEmulator
folder=$(mktemp -d)
mkdir "$folder/files"
dotnet src/TcbEmulator/bin/Debug/*/TcbEmulator.dll --env test2-4a89da --root "$folder/files" --seed "${2:-0}" --latency 5 \
    --fault drop:5% --fault drop-after:5% --fault http-503:5% --fault errcode--1:5% --fault errcode--501004:2% --fault truncate:1% > "$folder/emulator" &
emulator=$!
trap 'kill $emulator; rm -rf "$folder"' EXIT
while ! grep -q '^http' "$folder/emulator"; do sleep 0.2; done
mono tools/MonoTrial/bin/Debug/net472/MonoTrial.exe "$(grep -m 1 '^http' "$folder/emulator")" "$folder/files" "${1:-5000}"
