#!/usr/bin/env bash
# Fetches a Linux kernel for the guest of guest.sh: Debian's for cloud machines, which needs neither
# modules nor an initial RAM disk for NVMe disks and ext4. Prints the kernel's path; does nothing more
# where it is there already.
#
#   kernel.sh [FOLDER]      default: $QUARRY_GUEST, or quarry/guest in the user's cache folder
#
# Needs apt-get, dpkg-deb and Debian's package lists. Root is needed only to fetch newer lists, where
# these are missing or too old.
set -euo pipefail

folder=${1:-${QUARRY_GUEST:-${XDG_CACHE_HOME:-$HOME/.cache}/quarry/guest}}
kernel=$folder/vmlinuz
if [ -s "$kernel" ]; then
    echo "$kernel"
    exit 0
fi

fail() {
    echo "kernel.sh: $1" >&2
    exit 1
}

for tool in apt-get apt-cache dpkg-deb; do
    command -v "$tool" >/dev/null || fail "$tool is not installed"
done
mkdir -p "$folder"
work=$(mktemp -d "$folder/.fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
# apt-get fetches as another user where it can, and warns where that user may not look.
chmod 755 "$work"

fetch() {
    local package
    # The package of that name is empty, and depends on the one that has the newest kernel.
    package=$(apt-cache show --no-all-versions linux-image-cloud-amd64 |
        sed -n 's/^Depends: \(linux-image-[^ ,]*\).*/\1/p')
    [ -n "$package" ] && (cd "$work" && apt-get download -q "$package")
}

fetch >"$work/log" 2>&1 ||
    { [ "$(id -u)" -eq 0 ] && apt-get update -q && fetch; } >>"$work/log" 2>&1 || {
    cat "$work/log" >&2
    fail "linux-image-cloud-amd64 could not be fetched"
}
dpkg-deb -x "$work"/*.deb "$work/tree"
mv "$work"/tree/boot/vmlinuz-* "$kernel"
echo "$kernel"
