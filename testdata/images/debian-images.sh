#!/usr/bin/env bash
# Builds three bootable Debian root images from different package lists and writes each of them in four formats:
#   OUT/NAME.raw           ext4 on the whole disk, sparse
#   OUT/NAME.qcow2         uncompressed
#   OUT/NAME.zstd.qcow2    compressed with zstd, as `qemu-img convert -c` writes it
#   OUT/NAME.vmdk          streamOptimized
#   OUT/NAME.vmlinuz, OUT/NAME.initrd   kernel and initial RAM disk from the image's own /boot
#
# Usage: debian-images.sh OUT [NAME ...]      (NAME: web, dev, db; by default all three)
# Needs: root, mmdebstrap, e2fsprogs 1.47 or newer, qemu-utils, and a Debian package mirror. Takes about 5 minutes and 12 GB.
# SIZE sets the disk size (default 4G). An image that is already there is left as it is.
set -euo pipefail

out=${1:?usage: debian-images.sh OUT [NAME ...]}
shift
names=("$@")
[ ${#names[@]} -gt 0 ] || names=(web dev db)
size=${SIZE:-4G}
suite=bookworm
base=linux-image-amd64,systemd-sysv,udev,dbus,iproute2,openssh-server,ca-certificates,initramfs-tools,zstd

packages() {
  case "$1" in
    web) echo "$base,nginx,python3,curl" ;;
    dev) echo "$base,build-essential,git,python3-dev,perl-modules" ;;
    db) echo "$base,postgresql,python3" ;;
    *) echo "debian-images.sh: unknown image '$1' (known: web, dev, db)" >&2; exit 2 ;;
  esac
}

build() {
  local name=$1 list work
  list=$(packages "$name")
  work=$(mktemp -d "$out/.build-$name.XXXXXX")
  # shellcheck disable=SC2064
  trap "rm -rf '$work'" RETURN EXIT
  mmdebstrap --mode=root --variant=minbase --include="$list" \
    --aptopt='APT::Install-Recommends "false"' \
    --customize-hook='echo quarry-'"$name"' > "$1/etc/hostname"' \
    --customize-hook='chroot "$1" passwd -d root' \
    --customize-hook='echo "/dev/vda / ext4 rw 0 1" > "$1/etc/fstab"' \
    --quiet "$suite" "$work/tree"
  cp -L "$work"/tree/boot/vmlinuz-* "$out/$name.vmlinuz"
  cp -L "$work"/tree/boot/initrd.img-* "$out/$name.initrd"
  truncate -s "$size" "$work/disk.raw"
  mke2fs -q -t ext4 -L root -d "$work/tree" "$work/disk.raw"
  qemu-img convert -f raw -O qcow2 "$work/disk.raw" "$work/disk.qcow2"
  qemu-img convert -f raw -O qcow2 -c -o compression_type=zstd -W -m 16 "$work/disk.raw" "$work/disk.zstd.qcow2"
  qemu-img convert -f raw -O vmdk -o subformat=streamOptimized "$work/disk.raw" "$work/disk.vmdk"
  for ending in qcow2 zstd.qcow2 vmdk raw; do mv "$work/disk.$ending" "$out/$name.$ending"; done
}

mkdir -p "$out"
for name in "${names[@]}"; do
  if [ -e "$out/$name.raw" ]; then
    echo "$name: already there"
    continue
  fi
  echo "$name: building"
  (build "$name")
  echo "$name: $(du -B1 --apparent-size "$out/$name.raw" | cut -f1) bytes, $(du -BM "$out/$name.raw" | cut -f1) of data"
done
