# Finds a JDK 25 or newer. Sourced by the launcher and by the build.
# shellcheck shell=sh

# jdk_version FOLDER: sets $version to the JDK's feature release, 0 if it is none. Reads its
# "release" file: asking java itself takes as long as the command.
jdk_version() {
    version=0
    [ -x "$1/bin/java" ] && [ -r "$1/release" ] || return 0
    while IFS='="' read -r key _ value _; do
        if [ "$key" = JAVA_VERSION ]; then
            value=${value%%[!0-9]*}
            version=${value:-0}
            return 0
        fi
    done <"$1/release"
}

# find_java: sets $java to the first java of version 25 or newer, or says that there is none. The
# launcher and the build must find the same one: an AOT cache fits only the JVM that made it.
find_java() {
    if [ -n "${QUARRY_JAVA-}" ]; then
        java=$QUARRY_JAVA
        [ -d "$java" ] && java=$java/bin/java
        [ -x "$java" ] || {
            echo "quarry: QUARRY_JAVA is no JDK: $QUARRY_JAVA" >&2
            return 1
        }
        return 0
    fi
    for home in "${JAVA_HOME-}" "${JAVA25_HOME-}" /usr/lib/jvm/*25* /usr/lib/jvm/*; do
        jdk_version "$home"
        if [ "$version" -ge 25 ]; then
            java=$home/bin/java
            return 0
        fi
    done
    if java=$(command -v java) && java=$(readlink -f -- "$java"); then
        jdk_version "${java%/bin/java}"
        [ "$version" -ge 25 ] && return 0
    fi
    echo "quarry: no JDK 25 or newer found: install one, or point JAVA_HOME or QUARRY_JAVA at it" >&2
    return 1
}
