#!/bin/sh
# Installs the Debian packages named as arguments where they are missing: as root, else it names the one line to run.
set -eu

missing=""
for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "ok installed" || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

line="apt-get install -y --no-install-recommends$missing"
if ! command -v apt-get >/dev/null; then
    echo "Please install what your system calls:$missing" >&2
    exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "Please run this once: sudo $line" >&2
    exit 1
fi
echo "Installing$missing"
export DEBIAN_FRONTEND=noninteractive
$line >/dev/null 2>&1 || { apt-get update -qq && $line; }
