#!/usr/bin/env bash
# Compiles Launcher.java against the library that was built, runs it as a plain Java program without a
# JVM flag, and compares what it launched and converted with the disk it was given.
#
#   run.sh           after mvn package, or after the launcher's first start
#
# QUARRY_TARGET names the modules' build folder, if the build was given -Dquarry.target.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."

. cli/bin/find-java.sh
find_java
lib=cli/${QUARRY_TARGET:-target}/lib
[ -d "$lib" ] || {
    echo "run.sh: $lib is missing: run mvn package, or cli/bin/quarry --version" >&2
    exit 1
}
# All that the library needs, and nothing of the command.
class_path=
for jar in "$lib"/*.jar; do
    case ${jar##*/} in
        picocli-*) ;;
        *) class_path=$class_path${class_path:+:}$jar ;;
    esac
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/classes"
# A disk with a hole, real content, and a hole.
truncate -s 96M "$work/disk.raw"
cat "$lib"/quarry-*.jar | dd of="$work/disk.raw" bs=1M seek=16 conv=notrunc status=none

unset JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS
"${java%/java}/javac" -Xlint:all,-path,-classfile -Werror -cp "$class_path" -d "$work/classes" \
    testdata/embed/Launcher.java
"$java" -cp "$class_path:$work/classes" Launcher "$work/disk.raw" "$work" | tee "$work/volumes"

root=$(cut -f 2 "$work/volumes" | head -n 1)
cmp "$work/disk.raw" "$root"
cmp "$work/disk.raw" "$work/root.raw"
echo "launched and converted without a JVM flag: every byte is right"
