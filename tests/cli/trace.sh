#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# --trace prints the events that it names, of the programs that run, and no others; --trace-* choose among them, and say
# where to and how. $1 makes a window, maps memory and has a device write to it (tests/shim/told-of-writes.c), $2 holds
# a group (hold-group.c).
. "$(dirname "$0")/lib.sh"
client=$(realpath "$1") hold=$(realpath "$2")
stamp='^[0-9]*\.[0-9]\{6\} [0-9]*/[0-9]* '
lines() { grep -c -e "$1" "$work/err"; }
traced() { run run --quiet --device dmatest --memlock 1G "$@" -- "$client"; }
file=$work/trace

traced --trace vfio_spapr_create_window,vfio_prereg_register
ok 'the client is content' 0 "$status"
ok 'the window is traced with its parameters' 1 \
    "$(lines "${stamp}g1 vfio_spapr_create_window pageshift=0xc levels=1 winsize=0x100000 offset=0x[0-9a-f]*$")"
ok 'the memory is traced with its size' 1 "$(lines "${stamp}g1 vfio_prereg_register va=0x[0-9a-f]* size=0x30000 ret=0$")"
ok 'nothing else is' 0 "$(grep -vc ' vfio_spapr_create_window \| vfio_prereg_register ' "$work/err")"
ok 'and nothing on stdout' 0 "$(grep -c vfio_ "$work/out")"
traced --trace 'vfio_*,-vfio_region_*,!vfio_container_ioctl'
ok 'a star means all that begin so' true "$([ "$(lines ' vfio_')" -gt 2 ] && echo true)"
ok 'a minus or an exclamation mark means none of these' 0 "$(lines ' vfio_region_\| vfio_container_ioctl ')"
ok 'each line has time, process, thread and group, and times do not fall' ok \
    "$(awk '!/^[0-9.]+ [0-9]+\/[0-9]+ (g[0-9,]+|-) [a-z_]+ / || $1 < last { bad = 1 } { last = $1 } END { print bad ? "no" : "ok" }' \
        "$work/err")"
run run --quiet --device dmatest --memlock 100K --trace reason -- "$client"
ok 'the reason of a refusal is traced' true "$([ "$(lines ' - reason .*error=-12 locked memory: ')" -ge 1 ] && echo true)"
traced
ok 'without it nothing is traced' '' "$err"

# Filters.
traced --trace 'vfio_*,dma_*' --trace-group 2
ok 'a filter of groups drops the others' '' "$err"
traced --trace '*' --trace-group 2,1
ok 'and takes its own' true "$([ "$(lines ' g1 ')" -gt 10 ] && [ "$(lines .)" = "$(lines ' g1 ')" ] && echo true)"
traced --trace 'dma_*,vfio_spapr_*' --trace-range 0x80000000000f000-0x800000000010fff
ok 'a filter of addresses takes what overlaps' 'dma_write dma_write vfio_spapr_create_window vfio_spapr_map' \
    "$(awk '{ print $4 }' "$work/err" | sort | tr '\n' ' ' | sed 's/ $//')"
run run --quiet --device dmatest --memlock 100K --trace '*' --trace-result error -- "$client"
ok 'a filter of results takes what failed' true \
    "$([ "$(lines ' vfio_prereg_register .* ret=-12$')" = 1 ] && [ "$(lines ' ret=0$')" = 0 ] && echo true)"
refused 'a filter that is none' 125 "--trace-range 5-1: *first and the last*" run --trace-range 5-1 -- true
refused 'a result that is none' 125 "--trace-result no: *ok or error" run --trace-result no -- true
refused 'a group that is none' 125 "--trace-group x: *numbers of groups*" run --trace-group x -- true
refused 'a format that is none' 125 "--trace-format x: *text, json or perfetto" run --trace-format x -- true

# Files.
echo old >"$file"
run run --quiet --device dmatest --memlock 1G --trace 'vfio_*' --trace-file "$file" -- sh -c "cd /; '$client'; '$client'" 
ok 'a file gets the lines of all programs, and nothing that was there' '/2/0' \
    "$err/$(awk '{ sub("/.*", "", $2); print $2 }' "$file" | sort -u | wc -l)/$(grep -vc " vfio_" "$file")"
(cd "$work" && run run --quiet --device dmatest --memlock 1G --trace 'vfio_*' --trace-file relative -- sh -c "cd /; '$client'")
ok 'its path is relative to the directory of the launcher' true "$([ -s "$work/relative" ] && echo true)"
traced --trace '*' --trace-file /dev/full
ok 'a full disk ends the trace with one line, and not the program' \
    '0/spapr-tce: the trace ends here: /dev/full: No space left on device' "$status/$err"
mkfifo "$work/pipe"
refused 'a pipe' 125 "trace-file $work/pipe: it is neither a plain file nor a character device" \
    run --trace 'dma_*' --trace-file "$work/pipe" -- true
refused 'a directory that is not there' 125 "trace-file /nowhere/x: No such file or directory" \
    run --trace 'dma_*' --trace-file /nowhere/x -- true

# JSON.
traced --trace '*' --trace-format json --trace-file "$file"
ok 'in JSON each line is an object with the same members' 'true' \
    "$(jq -s 'length > 20 and all(.[]; has("time") and has("process") and has("thread") and has("event") and
        (.groups | type == "array") and (.failed | type == "boolean") and (.arguments | type == "object"))' "$file")"
ok 'arguments have names' '["0x800000000000000","0x30000","0x3",0]' \
    "$(jq -c 'select(.event == "vfio_spapr_map") | .arguments | [.iova, .size, .flags, .ret]' "$file")"
ok 'calls have a duration' true "$(jq -s 'all(.[] | select(.event == "vfio_spapr_map"); .duration > 0)' "$file")"

# Perfetto.
viewed() { # viewed FILTER: as the viewer does, closes the array and drops the last comma and a line that is not whole
    sed '$ { /},$/! d; }' "$file" | sed '$ s/,$/]/' | jq -c "$1"
}
traced --trace '*' --trace-format perfetto --trace-file "$file"
ok 'calls are slices of their thread' true \
    "$(viewed 'any(.[]; .ph == "X" and .name == "vfio_spapr_map" and .dur > 0 and .pid == .tid)')"
ok 'DMA are slices of the track of their function' '[["0000:01:00.0"],true]' \
    "$(viewed '[.[] | select(.ph == "M" and .name == "thread_name")] as $tracks | [.[] | select(.name == "dma_write")] as $dma |
        [[$tracks[].args.name], ($dma | length > 3 and all(.[]; .ph == "X" and .tid == $tracks[0].tid and .pid == $tracks[0].pid))]')"
ok 'a window is a track' '["group 1 at 0x0","group 1 at 0x800000000000000"]' \
    "$(viewed '[.[] | select(.ph == "b" and .cat == "window") | .name]')"
ok 'the process has its name' true "$(viewed 'any(.[]; .ph == "M" and .name == "process_name" and (.pid == .tid))')"
ok 'slices of a thread lie one inside the other or apart' true "$(viewed '[.[] | select(.ph == "X" and .pid == .tid)] as $s |
    all($s[] as $a | $s[] as $b | [$a, $b]; . as [$a, $b] | ($a.ts + $a.dur <= $b.ts + 0.001) or ($b.ts + $b.dur <= $a.ts + 0.001) or
        ($a.ts <= $b.ts and $b.ts + $b.dur <= $a.ts + $a.dur + 0.001) or ($b.ts <= $a.ts and $a.ts + $a.dur <= $b.ts + $b.dur + 0.001))')"
run run --quiet --device dmatest --memlock 1G --trace '*' --trace-format perfetto --trace-file "$file" -- \
    sh -c "'$hold' </dev/null; kill -9 \$\$"
ok 'after kill -9 the file can be viewed' '137/true' "$status/$(viewed 'any(.[]; .name == "file_open")')"
finish
