#!/bin/sh
# Writes the manual pages into BUILD_FOLDER/man. The build runs this when the jars are there:
#
#   write-manual.sh BUILD_FOLDER

set -eu

target=$(cd -- "$1" && pwd -P)
here=$(cd -- "$(dirname -- "$0")" && pwd -P)
. "$here/../../bin/find-java.sh"
find_java
jar=$target/quarry-cli.jar
man=$target/man

if [ -d "$man" ] && [ -z "$(find "$jar" "$here" -newer "$man")" ]; then
    exit 0
fi
rm -rf "$man"
"$java" -cp "$jar" dev.quarry.cli.ManualPages "$man"
