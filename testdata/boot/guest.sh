#!/usr/bin/env bash
# Starts a small guest under QEMU's emulation, whose init mounts disks, checks the SHA-256 digests of
# their files, and powers off. Says which disks are good; fails if one is not, or is not reached.
#
#   guest.sh KERNEL SUMS FORMAT:DISK...
#
#   KERNEL   as kernel.sh fetches it: with NVMe, ext4 and a serial console built in
#   SUMS     what every disk must hold, as sha256sum writes it, with paths from the disk's root
#   FORMAT   raw or qcow2; DISK is an ext4 file system without partitions, and is not written to
#
# Needs qemu-system-x86_64, a static busybox, cpio and gzip. Takes some ten seconds, and is killed
# after GUEST_SECONDS (300 unless told).
set -euo pipefail

fail() {
    echo "guest.sh: $1" >&2
    exit 1
}

[ $# -ge 3 ] || fail "usage: guest.sh KERNEL SUMS FORMAT:DISK..."
kernel=$1 sums=$2
shift 2
busybox=$(command -v busybox) || fail "busybox is not installed"
! ldd "$busybox" >/dev/null 2>&1 || fail "busybox is not static: install busybox-static"
for tool in qemu-system-x86_64 cpio gzip; do
    command -v "$tool" >/dev/null || fail "$tool is not installed"
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/root/{bin,dev,proc,mnt}
cp -- "$busybox" "$work/root/bin/busybox"
cp -- "$sums" "$work/root/sums"
cat >"$work/root/init" <<'INIT'
#!/bin/busybox sh
# Everything that is said goes to the serial console.
b=/bin/busybox
$b mount -t devtmpfs dev /dev
$b mount -t proc proc /proc
for disk in /dev/nvme?n1 /dev/nvme??n1; do
    [ -b "$disk" ] || continue
    if $b mount -t ext4 -o ro,noload "$disk" /mnt &&
        (cd /mnt && $b sha256sum -c -s /sums); then
        echo "guest: $disk good"
    else
        echo "guest: $disk BAD"
        (cd /mnt && $b sha256sum -c /sums 2>&1 | $b grep -v ": OK$")
    fi
    $b umount /mnt
done
echo "guest: done"
$b poweroff -f
INIT
chmod 755 "$work/root/init"
(cd "$work/root" && find . | cpio -o -H newc --quiet) | gzip -1 >"$work/initramfs"

drives=()
number=0
for disk; do
    format=${disk%%:*} file=${disk#*:}
    [ -r "$file" ] || fail "$file cannot be read"
    drives+=(
        -drive "file=${file//,/,,},format=$format,if=none,id=disk$number,snapshot=on"
        -device "nvme,drive=disk$number,serial=disk$number"
    )
    number=$((number + 1))
done

status=0
timeout -k 10 "${GUEST_SECONDS:-300}" qemu-system-x86_64 -accel tcg -m 256 -no-reboot \
    -nodefaults -display none -serial "file:$work/console" \
    -kernel "$kernel" -initrd "$work/initramfs" \
    -append "console=ttyS0 quiet panic=-1 tsc=unstable" \
    "${drives[@]}" </dev/null || status=$?

good=$(grep -ac '^guest: /dev/nvme[0-9]*n1 good' "$work/console" || true)
grep -a '^guest: ' "$work/console" | tr -d '\r' || true
if [ "$status" -ne 0 ] || [ "$good" -ne "$number" ]; then
    echo "guest.sh: $good of $number disks are good; QEMU's exit code is $status; the console:" >&2
    cat "$work/console" >&2
    exit 1
fi
