#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# `why` explains DMA faults: what had removed the window, the memory or the mapping. $1 is the program why.
. "$(dirname "$0")/lib.sh"
client=$1
keep_runs_apart

# begin OPTION...: starts a run, asks it, and ends it
ask() {
    mkfifo "$work/pipe"
    "$SPAPR_TCE" run --quiet --memlock 256M --device dmatest "$@" -- \
        sh -c 'echo "$SPAPR_TCE_RUN $$" >"$2"; exec "$1"' sh "$client" "$work/new" <"$work/pipe" >"$work/says" &
    exec {pipe}>"$work/pipe"
    while ! grep -q . "$work/says" 2>/dev/null; do sleep 0.02; done
    read -r directory program <"$work/new"
    run why "${directory##*-}"
    exec {pipe}>&-
    wait
    rm "$work/pipe" "$work/says"
}

# What is the same in each run: times, threads and addresses of memory are left out.
plain() { sed 's/[0-9.]* s ago/T ago/; s/[0-9.]* s before/T before/; s/to address 0x[0-9a-f]*/to address M/; s/thread [0-9]*/thread N/; s/^ *//'; }

ask --history on
ok 'the client has met its faults' "0/program $program/3" "$status/$(head -n 1 "$work/out")/$(grep -c ^fault "$work/out")"
ok 'a page that was unmapped is explained by UNMAP, and before that MAP' \
'fault 3, T ago: group 1 (0000:01:00.0 dmatest) wrote 0x10 bytes at 0x10008, in thread N
cause: no valid TCE at 0x10008
window at 0x0 of 0x40000000 bytes: entry 16 was 0x0000000000000000
T before: UNMAP, 0x10000 bytes at 0x10000, by thread N
T before: MAP, 0x10000 bytes at 0x10000 to address M, by thread N' "$(sed -n '/^fault 3/,/^fault 2/p' "$work/out" | plain | head -n 5)"
ok 'memory that the program unmapped is told' \
'T before: memory unmapped by the program, 0x10000 bytes at 0x30000, by thread N
T before: MAP, 0x10000 bytes at 0x30000 to address M, by thread N' \
    "$(sed -n '/^fault 2/,/^fault 1/p' "$work/out" | plain | sed -n 4,5p)"
ok 'and a window that was removed' 'cause: no window there at 0x20000|T before: window removed,' \
    "$(sed -n '/^fault 1/,$p' "$work/out" | plain | sed -n 2,3p | paste -sd'|' | sed 's/removed,.*/removed,/')"
ok 'the thread is that of the program' "$program" "$(sed -n 's/.*UNMAP.* thread //p' "$work/out" | head -n 1)"

ask
ok 'without the history a removed window is still told, and how to record the rest' '3/1/0' \
    "$(grep -c 'run --history on' "$work/out")/$(grep -c 'window removed' "$work/out")/$(grep -c 'before: UNMAP' "$work/out")"
# What the run says at its end, when its program can be asked no longer.
run run --memlock 256M --device dmatest --history on --report "$work/report.json" -- "$client"
closing=$(sed -n '/^spapr-tce: DMA fault at/,$p' "$work/err" | sed 's/^spapr-tce: //; s/at [0-9.]* s, in program [0-9]*/at T, in program N/' | plain)
ok 'the closing lines explain the first fault of each cause' \
'DMA fault at T, in program N: group 1 (0000:01:00.0 dmatest) wrote 0x10 bytes at 0x20000, in thread N
cause: no window there at 0x20000
T before: window removed,
DMA fault at T, in program N: group 1 (0000:01:00.0 dmatest) wrote 0x10 bytes at 0x30040, in thread N
cause: no valid TCE at 0x30040
T before: memory unmapped by the program,' \
    "$(sed -n 's/\(removed\|by the program\),.*/\1,/; /^DMA\|^cause\|removed\|unmapped by/p' <<<"$closing")"
ok 'and so does the report' '2 true' "$(jq -r '"\(.explained | length) \(.explained[1] |
    test("^[0-9.]+ s, in program [0-9]+: group 1 .* at 0x30040, in thread [0-9]+\n    cause: no valid TCE"))"' "$work/report.json")"
run run --quiet --memlock 256M --device dmatest -- "$client"
ok '--quiet prints no explanation' '' "$err"
refused 'a history that is none' 125 '--history maybe: history "maybe": it must be on or off' \
    run --history maybe -- true
refused 'two runs' 125 'why takes one run' why one two
finish
