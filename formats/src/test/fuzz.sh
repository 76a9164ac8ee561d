#!/bin/sh
# Fuzzes the parsers and whole-image reads, one target after the other:
#   formats/src/test/fuzz.sh SECONDS [CLASS#METHOD ...]
# SECONDS is for each target. What is found is written into the target's folder under
# src/test/resources, which every test run replays. The corpus grows in formats/.cifuzz-corpus.
set -u
cd "$(dirname "$0")/../../.."
seconds=${1:?seconds for each target}
shift
if [ $# -eq 0 ]; then
    set -- Qcow2FuzzTest#headers Qcow2FuzzTest#wholeImages Qcow2FuzzTest#snapshots \
        VmdkFuzzTest#descriptors VmdkFuzzTest#headers VmdkFuzzTest#wholeImages VmdkFuzzTest#extents \
        StreamFuzzTest#streams OvaFuzzTest#wholeImages
fi
failed=0
for target; do
    echo "== $target"
    log=$(mktemp)
    JAZZER_FUZZ=1 nice -n 19 timeout --signal=INT "$seconds" \
        mvn -o -q -Dquick test -pl formats -am -Dtest="$target" \
        -Dsurefire.failIfNoSpecifiedTests=false >"$log" 2>&1
    code=$?
    grep -E "cov:|== Java Exception|Exception:|Error:" "$log" | tail -n 5
    if [ $code -ne 124 ] && [ $code -ne 0 ]; then
        echo "stopped with $code: $log"
        failed=1
    else
        rm -f "$log"
    fi
done
exit $failed
