#!/bin/sh
# Makes the AOT caches that cli/bin/quarry starts from. The build runs this when the jars are there:
#
#   train-aot.sh BUILD_FOLDER
#
# They hold the classes and linked call sites of the commands that AotTraining runs: one
# for the commands that touch no data, one for conversions, and one for all others.

set -eu

target=$(cd -- "$1" && pwd -P)
here=$(cd -- "$(dirname -- "$0")" && pwd -P)
. "$here/../../bin/find-java.sh"
find_java
options=$here/../../bin/quarry.jvm
jar=$target/quarry-cli.jar
cache=$target/quarry.aot
light=$target/quarry-light.aot
convert=$target/quarry-convert.aot

# What the cache depends on has not changed: keep it. A JDK that was updated keeps its path, and its
# files are dated by its maker, so its release file is compared.
made_of=$target/quarry.aot.txt
describe() {
    echo "$target"
    cat -- "${java%/bin/java}/release"
}
if [ -f "$cache" ] && [ -f "$light" ] && [ -f "$convert" ] &&
    [ -z "$(find "$jar" "$target/lib" "$options" "$here" -newer "$cache")" ] &&
    describe | cmp -s -- - "$made_of"; then
    touch -- "$target/quarry.stamp"
    exit 0
fi

# Beside the result: the training writes half a gigabyte, which a /tmp in memory may not have.
work=$(mktemp -d "$target/training.XXXXXX")
trap 'rm -rf "$work"' EXIT
rm -f "$cache" "$light" "$convert"

"$java" "$here/LiftClasses.java" "$target"/lib/picocli-*.jar

run() {
    (cd -- "$work/run" && exec "$java" "@$options" "$@") >"$work/log" 2>&1 || {
        echo "train-aot.sh: the JVM failed while making the AOT cache:" >&2
        cat "$work/log" >&2
        exit 1
    }
}

# No profiles of methods in the cache: with them the optimising compiler begins at the start, with all
# that was ever hot, on the cores that the command needs. Hashing 1 GiB took 1.05 s with them and
# 0.86 s without, listing images 0.14 and 0.12 s.
profiles="-XX:+UnlockDiagnosticVMOptions -XX:-AOTRecordTraining"

# make CACHE WORD...: a cache of what AotTraining does with these words. In two steps, because in one
# the JVM passes its options to a child by JAVA_TOOL_OPTIONS, which splits paths at spaces.
make() {
    made=$1
    shift
    mkdir "$work/run"
    run -XX:AOTMode=record "-XX:AOTConfiguration=$work/quarry.aotconf" $profiles \
        -cp "$jar" dev.quarry.cli.AotTraining "$@"
    run -XX:AOTMode=create "-XX:AOTConfiguration=$work/quarry.aotconf" $profiles \
        "-XX:AOTCache=$work/quarry.aot" -cp "$jar"
    mv -- "$work/quarry.aot" "$made"
    rm -rf "$work/run"
}

make "$light" light
make "$convert" convert
make "$cache"
describe >"$made_of"

# What the launcher compares sources and jars with.
echo "$target" >"$target/quarry.stamp"
