#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The report is JSON with exact counts. $1 is a program that makes a window and has a device write through it
# (tests/shim/told-of-writes.c), $2 a program that holds a group (hold-group.c), $3 the list of counters (stats.h).
. "$(dirname "$0")/lib.sh"
client=$1 hold=$2 stats=$3
report=$work/report.json
get() { jq -c "$1" "$report"; }

run run --quiet --report "$report" --device dmatest --memlock 1G -- "$client"
ok 'the client is content' 0 "$status"
ok 'the report is one JSON object' '"object"' "$(get type)"
ok 'it has every counter' "$(sed -n 's/^\tX(\([a-z_]*\), .*/\1/p' "$stats" | sort)" \
    "$(jq -r '.counters | keys[]' "$report" | sort)"
ok 'it names the program' "[\"$client\"]" "$(get .program)"
ok 'and how it ended' '[0,0]' "$(get '[.exit_status, .signal]')"
ok 'one program attached' 1 "$(get .programs_attached)"
ok 'the window is there with its parameters' '[1,1048576,12,1]' \
    "$(get '.windows[-1] | [.group, .size, .page_shift, .levels]')"
ok 'its start is a number in hexadecimal' true "$(get '.windows[-1].start | test("^0x[0-9a-f]+$")')"
ok 'the device wrote what the client asked for' $((0x80 + 0x2000 + 0x3000)) "$(get .counters.dma_write_bytes)"
ok 'times lie within the run' true \
    "$(get '.duration as $duration | [.windows[].created] | all(. >= 0 and . <= $duration)')"
ok 'faults are counted by cause' true "$(get '.faults | has("unmapped") and has("memory_gone")')"
ok 'no news was lost' 0 "$(get .news_lost)"

had='.counters | [.registered_bytes_peak, .locked_bytes_peak, .table_bytes_peak, .pages_mapped]'
once=$(get "$had")
run run --quiet --report "$report" --device dmatest --memlock 1G -- sh -c "'$client'; '$client'"
ok 'what a program still had when it ended is not added to what the next one has' "2 $once" \
    "$(get .programs_attached) $(get "$had")"

now='.counters | [.registered_bytes, .locked_bytes, .pages_mapped]'
run run --quiet --report "$report" --device dmatest --device dmatest --memlock 1G -- bash -c '
    coproc { exec "$2" 2; }
    read -r word <&"${COPROC[0]}"
    "$1" >&2
    "$2" </dev/null
    echo "$word"' bash "$client" "$hold"
ok 'what it had when it ended beside others is gone when another comes' 'open open/3/[0,0,0]' \
    "$(echo $out)/$(get .programs_attached)/$(get "$now")"

run run --quiet --report "$report" -- sh -c 'kill -9 $$'
ok 'a signal is reported' '[137,9]' "$(get '[.exit_status, .signal]')"
run run --quiet --report "$report" -- sh -c 'exit 3'
ok 'an exit status is reported' '[3,0]' "$(get '[.exit_status, .signal]')"
ok 'a program that leaves /dev/vfio alone is not attached' 0 "$(get .programs_attached)"
ok 'and leaves no window' '[]' "$(get .windows)"
run run --quiet --report "$report" -- no-such-program
ok 'where nothing starts an old report stays' 3 "$(get .exit_status)"
finish
