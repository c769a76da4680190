#!/bin/sh
# Fetches hwloc's own captured machines (BSD licence; up to 24 nodes and 384 PUs) out of Debian's source package: sh fetch_captured.sh FOLDER
# Used by the test that -DSTEALYARD_HWLOC_MACHINES=ON adds. Status 77, and why, where they cannot be had.
set -eu
[ $# -eq 1 ] || { echo "usage: fetch_captured.sh FOLDER" >&2; exit 2; }
mkdir -p "$1"
folder=$(cd "$1" && pwd)
if ls "$folder"/*.xml > /dev/null 2>&1; then exit 0; fi
skip() {
  echo "skipped: $1"
  exit 77
}
command -v apt-get > /dev/null || skip "no apt-get: hwloc's source package cannot be fetched"

work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
chmod 755 "$work"
mkdir -p "$work/parts" "$work/lists/partial" "$work/cache/archives/partial" "$work/source"
# This machine's own archives, asked for sources; its own lists stay as they are.
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
  [ -f "$list" ] && sed -n 's/^deb[[:space:]]/deb-src /p' "$list" > "$work/parts/$(basename "$list" .list).list"
done
for list in /etc/apt/sources.list.d/*.sources; do
  [ -f "$list" ] && sed 's/^Types:.*/Types: deb-src/' "$list" > "$work/parts/$(basename "$list")"
done
apt() {
  apt-get -q -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$work/parts" -o Dir::State::lists="$work/lists" \
    -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root "$@"
}
cd "$work/source"
{ apt update && apt source --download-only hwloc; } > "$work/log" 2>&1 || { tail -n 3 "$work/log"; skip "hwloc's source package cannot be fetched"; }
tar xf ./*.orig.tar.*
find . -path '*/tests/hwloc/xml/*.xml' -exec cp {} "$folder" \;
ls "$folder"/*.xml > /dev/null 2>&1 || skip "the source package holds no captured machines"
