#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A run prints lines while the program works, and a table at the end. $1 is a program that makes a window
# (told-of-writes), $2 one that makes windows and can unset its container (maps).
. "$(dirname "$0")/lib.sh"
client=$1 maps=$2
lines() { grep -c -e "$1" "$work/err"; }

run run --device dmatest --memlock 1G -- "$client"
ok 'every line begins with our name' 0 "$(grep -vc '^spapr-tce: ' "$work/err")"
ok 'nothing of ours is on stdout' 0 "$(grep -c 'spapr-tce:' "$work/out")"
ok 'a line tells start, page size, size and levels of the window' 1 \
    "$(lines '^spapr-tce: group 1: window at 0x[0-9a-f]*: 4K pages, size 1M, 1 level$')"
ok 'a line tells that the group is taken from the host' 1 "$(lines '^spapr-tce: group 1 taken from the host')"
ok 'a line tells how much memory is registered' 1 "$(lines '^spapr-tce: memory registered: 192K at 0x')"
ok 'a line tells how the program ended' 1 "$(lines '^spapr-tce: .* ended with status 0 after [0-9.]* s$')"
ok 'the table counts windows' 1 "$(lines '^spapr-tce:   windows  *[12] made')"
ok 'the table counts calls by kind' 1 "$(lines '^spapr-tce:   VFIO calls  *1 map, 1 register, 1 create')"
ok 'the table counts mapped pages' 1 "$(lines '^spapr-tce:   pages mapped .*48 peak')"
ok 'the table counts bytes' 1 "$(lines '^spapr-tce:   DMA .*20.1K written by devices')"
ok 'rows of zeros are left out' 0 "$(lines 'DMA faults')"

# The group has left the container when its windows go.
run run --page-size 4K --memlock 256M --device dmatest --report "$work/run.json" -- "$maps" unset
ok 'windows that go with the container name their group, as they did when they came' '1/1/0' \
    "$(lines '^spapr-tce: group 1: window at 0x0: ')/$(lines '^spapr-tce: group 1: window at 0x0 removed$')/$(lines 'group 0')"
ok 'and the report marks them removed' '1 true' "$(jq -r '"\(.windows | length) \(.windows |
    all(.group == 1 and .removed >= .created))"' "$work/run.json")"

run run --device dmatest --memlock 100K -- "$client"
ok 'a refusal tells which option helps' 1 "$(lines '^spapr-tce: refused: .*--memlock')"
run run --quiet --device dmatest --memlock 1G -- "$client"
ok '--quiet prints nothing' '' "$err"

run run -- true
ok 'a line tells that no program has used the run' 1 "$(lines 'no program opened a file of /dev/vfio')"
ok 'such a run prints no table' 2 "$(wc -l <"$work/err")"
run run -- sh -c 'kill -9 $$'
ok 'a line tells the number and name of the signal that ended the program' 1 "$(lines 'sh ended by signal 9 (Killed) after')"

run run -- sh -c 'test -d "$SPAPR_TCE_SYSFS/bus/pci/devices/0000:01:00.0" && test -d "$SYSFS_PCI_DEVICES/0000:01:00.0"'
ok 'real directories mirror sysfs' 0 "$status"
LD_PRELOAD=libm.so.6 run run --quiet -- sh -c 'echo "${LD_PRELOAD##*preload.so}"'
ok 'what was preloaded before stays' ':libm.so.6' "$out"
finish
