#!/bin/sh
# Makes the AOT cache that cli/bin/quarry starts from. The build runs this when the jars are there:
#
#   train-aot.sh BUILD_FOLDER
#
# The cache holds the classes, profiles and linked call sites of the commands below, so a command
# that should start fast belongs in the list.

set -eu

target=$(cd -- "$1" && pwd -P)
here=$(cd -- "$(dirname -- "$0")" && pwd -P)
. "$here/../../bin/find-java.sh"
find_java
options=$here/../../bin/quarry.jvm
jar=$target/quarry-cli.jar
cache=$target/quarry.aot

# What the cache depends on has not changed: keep it. A JDK that was updated keeps its path, and its
# files are dated by its maker, so its release file is compared.
made_of=$target/quarry.aot.txt
describe() {
    echo "$target"
    cat -- "${java%/bin/java}/release"
}
if [ -f "$cache" ] &&
    [ -z "$(find "$jar" "$target/lib" "$options" "$here" -newer "$cache")" ] &&
    describe | cmp -s -- - "$made_of"; then
    touch -- "$target/quarry.stamp"
    exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rm -f "$cache"

"$java" "$here/LiftClasses.java" "$target"/lib/picocli-*.jar

# Each argument is a command line of quarry. One that fails is worth training too: it links the
# exceptions, without which the verifier's view of picocli is not archived.
set -- \
    "--version" \
    "--help" \
    "--no-such-option" \
    ""

train() {
    (cd -- "$work" && "$java" "@$options" "$@") >"$work/log" 2>&1 || {
        echo "train-aot.sh: the JVM failed while making the AOT cache:" >&2
        cat "$work/log" >&2
        exit 1
    }
}

# In two steps, because in one the JVM passes its options to a child by JAVA_TOOL_OPTIONS, which
# splits paths at spaces.
train -XX:AOTMode=record "-XX:AOTConfiguration=$work/quarry.aotconf" \
    -cp "$jar" dev.quarry.cli.AotTraining "$@"
train -XX:AOTMode=create "-XX:AOTConfiguration=$work/quarry.aotconf" "-XX:AOTCache=$work/quarry.aot" \
    -cp "$jar"
mv -- "$work/quarry.aot" "$cache"
describe >"$made_of"

# What the launcher compares sources and jars with.
echo "$target" >"$target/quarry.stamp"
