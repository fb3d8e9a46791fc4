#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The report follows its published schema, is written whole or not at all, and a run that is killed leaves what was
# sampled last. $1 is a program that makes a window and has a device write through it (tests/shim/told-of-writes.c), $2
# is the schema.
. "$(dirname "$0")/lib.sh"
client=$(realpath "$1") schema=$2
report=$work/report.json
get() { jq -c "$1" "$report"; }
valid() { # valid FILE: prints nothing if the report follows the schema
    python3 - "$schema" "$1" 2>&1 <<'END'
import json, sys
import jsonschema
schema, report = (json.load(open(path)) for path in sys.argv[1:])
jsonschema.Draft202012Validator.check_schema(schema)
for error in jsonschema.Draft202012Validator(schema).iter_errors(report):
    print(list(error.absolute_path), error.message[:200])
END
}
has_schema=no
! python3 -c 'import jsonschema; jsonschema.Draft202012Validator' 2>/dev/null || has_schema=yes
follows() { # follows NAME FILE
    if [ $has_schema = yes ]; then ok "$1" '' "$(valid "$2")"; else skip "$1" 'no python3-jsonschema here'; fi
}

run run --quiet --report "$report" --device dmatest --memlock 1G -- sh -c "sleep 0.5; '$client'"
follows 'a report follows the schema' "$report"
ok 'it says its format, and that it is complete' '[1,true]' "$(get '[.format, .complete]')"
ok 'the series have one value for each time' true \
    "$(get '.series | (.time | length) as $n | $n > 2 and all(to_entries[] | select(.key != "interval"); .value | length == $n)')"
ok 'the last sample is the state at the end' true \
    "$(get '.series as $s | .counters as $c | all($s | keys[] | select(. != "interval" and . != "time"); $s[.][-1] == $c[.])')"
ok 'times rise, and end with the run' true \
    "$(get '.duration as $d | .series.time | . == sort and (.[-1] - $d | fabs) < 0.01')"
if [ $has_schema = yes ]; then
    jq '.windows[0].start = 5 | del(.exit_status) | .series.time[0] = "x"' "$report" >"$work/bad"
    ok 'the schema finds what is wrong' 3 "$(valid "$work/bad" | wc -l)"
else
    skip 'the schema finds what is wrong' 'no python3-jsonschema here'
fi

# Killed runs.
"$SPAPR_TCE" run --quiet --report "$work/killed.json" --device dmatest --memlock 1G -- \
    sh -c "'$client'; echo \$\$ >$work/child; exec sleep 60" >/dev/null 2>&1 &
launcher=$!
for _ in $(seq 200); do
    sleep 0.1
    [ -s "$work/killed.json" ] && [ "$(jq .counters.map_calls "$work/killed.json")" -gt 0 ] && break
done
kill -9 $launcher
wait $launcher 2>/dev/null
kill "$(cat "$work/child")"
follows 'a run that was killed has left a report that follows the schema' "$work/killed.json"
ok 'with what was sampled last' '[false,false,true]' \
    "$(jq -c '[.complete, has("exit_status"), .series.map_calls[-1] > 0]' "$work/killed.json")"

# Files that cannot be written.
run run --quiet --report /dev/full -- true
ok 'a full disk is an error' '125/spapr-tce: the report is not written: /dev/full: No space left on device' "$status/$err"
run run --quiet --report /dev/full -- sh -c 'exit 3'
ok "the program's own status is kept" 3 "$status"
if unshare -rm true 2>/dev/null; then
    mkdir "$work/small"
    unshare -rm sh -c '
        mount -t tmpfs -o size=16k none "$1" && echo "{\"old\": 1}" >"$1/report" && head -c 12k /dev/zero >"$1/filler"
        "$2" run --quiet --report "$1/report" -- true
        echo "$? $(ls "$1" | tr "\n" " ")$(cat "$1/report")"' sh "$work/small" "$SPAPR_TCE" >"$work/out" 2>"$work/err"
    ok 'on a full file system the old report stays as it was, and nothing beside it' '125 filler report {"old": 1}' \
        "$(cat "$work/out")"
    ok 'and one line tells it' "spapr-tce: the report is not written: $work/small/report: No space left on device" \
        "$(cat "$work/err")"
else
    skip 'on a full file system the old report stays as it was, and nothing beside it' 'no user namespaces here'
    skip 'and one line tells it' 'no user namespaces here'
fi
mkdir "$work/folder"
refused 'a directory' 125 "--report $work/folder: Is a directory" run --report "$work/folder" -- touch "$work/started"
refused 'a folder that is not there' 125 "--report /nowhere/x: No such file or directory" \
    run --report /nowhere/x -- touch "$work/started"
ln -s real "$work/link"
chmod 600 "$work/killed.json"
cp -p "$work/killed.json" "$work/real"
run run --quiet --report "$work/link" -- true
ok 'a link stays one, and the file keeps its mode' "real 600 true" \
    "$(readlink "$work/link") $(stat -c %a "$work/real") $(jq .complete "$work/real")"
finish
