#!/usr/bin/env bash
# Imports a disk image of a Debian system, launches it, and starts the volume under QEMU's emulation
# until its login prompt stands on the serial console. Says so, or fails.
#
#   boot.sh IMAGE [LAUNCH-OPTION...]       such as --overlay, or -O qcow2
#
#   IMAGE    OUT/NAME.raw, .qcow2 or .vmdk, as testdata/images/debian-images.sh makes it; its
#            OUT/NAME.vmlinuz and OUT/NAME.initrd, from the image's own /boot, are used to start it
#
#   BOOT_SECONDS   how long the system may take; 600 unless told. It takes about 65 on 2 processors.
#   BOOT_WORK      where store and volume go for the time being; /var/tmp unless told
#
# Needs qemu-system-x86_64. Nothing is left behind.
set -euo pipefail

fail() {
    echo "boot.sh: $1" >&2
    exit 1
}

[ $# -ge 1 ] || fail "usage: boot.sh IMAGE [LAUNCH-OPTION...]"
image=$1
shift
quarry=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)/cli/bin/quarry
file=${image##*/}
stem=$(dirname -- "$image")/${file%%.*}
kernel=$stem.vmlinuz initrd=$stem.initrd
command -v qemu-system-x86_64 >/dev/null || fail "qemu-system-x86_64 is not installed"
for each in "$image" "$kernel" "$initrd"; do
    [ -r "$each" ] || fail "$each is missing"
done

work=$(mktemp -d "${BOOT_WORK:-/var/tmp}/quarry-boot.XXXXXX")
machine=
finish() {
    [ -z "$machine" ] || kill "$machine" 2>/dev/null || true
    wait
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

echo "importing $image"
ids=$("$quarry" --store "$work/store" import "$image" --name boot)
ami=$(grep -o 'ami-[0-9a-f]*' <<<"$ids")
echo "launching $ami"
command=$("$quarry" --store "$work/store" launch "$ami" --out "$work/vm" --print-qemu "$@")
# The command line as Quarry prints it, but always emulated, and with the kernel named.
eval "command=(${command//accel=kvm:tcg/accel=tcg})"
command+=(-kernel "$kernel" -initrd "$initrd" -append "root=/dev/vda rw console=ttyS0 quiet")
command+=(-no-reboot -net none)
printf '%s ' "${command[@]}"
echo

: >"$work/console"
start=$SECONDS
"${command[@]}" </dev/null >"$work/console" 2>"$work/errors" &
machine=$!
while ! grep -aq ' login: ' "$work/console"; do
    if ! kill -0 "$machine" 2>/dev/null || [ $((SECONDS - start)) -ge "${BOOT_SECONDS:-600}" ]; then
        tail -n 50 "$work/console" "$work/errors" >&2
        fail "no login prompt after $((SECONDS - start)) s"
    fi
    sleep 1
done
grep -a ' login: ' "$work/console" | tr -d '\r'
echo "login prompt after $((SECONDS - start)) s"
