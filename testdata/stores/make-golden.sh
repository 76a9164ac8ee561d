#!/bin/sh
# Makes the golden stores of the present version of the format: a plain one and an encrypted one, as zip files, with the digests of what
# they hold. Run once for each version, with the quarry of that version; tests open what every version has left.
#
#   testdata/stores/make-golden.sh VERSION FOLDER      # QUARRY=… names the command, by default the one of this tree
set -eu
version=$1
mkdir -p "$2"
out=$(cd "$2" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
quarry=${QUARRY:-$here/../../cli/bin/quarry}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Text, so that it is small when it is compressed; the second half is the same in both, and there are holes.
seq 1 40000 | head -c 200000 > "$work/web.raw"
truncate -s 400K "$work/web.raw"
seq 200000 300000 | head -c 300000 >> "$work/web.raw"
seq 900000 940000 | head -c 200000 > "$work/data.raw"
truncate -s 400K "$work/data.raw"
seq 200000 300000 | head -c 300000 >> "$work/data.raw"
printf 'golden key of the golden stores.' > "$out/v$version.key"
( cd "$work" && sha256sum web.raw data.raw ) > "$out/v$version.sha256"

fill() { # STORE [OPTION…]: two images, and one that was deleted and collected
  store=$1
  shift
  "$quarry" --store "$store" init "$@"
  for name in web data; do
    "$quarry" --store "$store" import "$work/$name.raw" -f raw --name "$name" --description "golden $name" --tag "role=$name" "$@"
  done
  seq 5 90000 | head -c 100000 > "$work/gone.raw"
  id=$("$quarry" --store "$store" import "$work/gone.raw" -f raw --name gone --output json "$@" | sed -n 's/.*"ImageId": *"\(ami-[0-9a-f]*\)".*/\1/p' | head -1)
  "$quarry" --store "$store" deregister "$id" --delete-associated-snapshots "$@"
  "$quarry" --store "$store" gc "$@"
}

fill "$work/plain"
fill "$work/encrypted" --key-file "$out/v$version.key"
for kind in plain encrypted; do
  rm -rf "$work/$kind/tmp" "$work/$kind/leases" "$work/$kind"/*.lock
  jar --create --no-manifest --file "$out/v$version-$kind.zip" -C "$work/$kind" .
done
