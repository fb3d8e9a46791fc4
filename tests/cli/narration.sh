#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The lines that a run prints while the program works, and the table at the end. $1 is a client that makes a window
# (told-of-writes).
. "$(dirname "$0")/lib.sh"
client=$1
lines() { grep -c -e "$1" "$work/err"; }

run run --device dmatest --memlock 1G -- "$client"
ok 'every line begins with our name' 0 "$(grep -vc '^spapr-tce: ' "$work/err")"
ok 'nothing of ours is on stdout' 0 "$(grep -c 'spapr-tce:' "$work/out")"
ok 'the window is told with start, page size, size and levels' 1 \
    "$(lines '^spapr-tce: group 1: window at 0x[0-9a-f]*: 4K pages, size 1M, 1 level$')"
ok 'the group is told when it changes hands' 1 "$(lines '^spapr-tce: group 1 taken from the host')"
ok 'registered memory is told' 1 "$(lines '^spapr-tce: memory registered: 192K at 0x')"
ok 'the end is told' 1 "$(lines '^spapr-tce: .* ended with status 0 after [0-9.]* s$')"
ok 'the table counts windows' 1 "$(lines '^spapr-tce:   windows  *[12] made')"
ok 'the table counts calls by kind' 1 "$(lines '^spapr-tce:   VFIO calls  *1 map, 1 register, 1 create')"
ok 'the table counts mapped pages' 1 "$(lines '^spapr-tce:   pages mapped .*48 peak')"
ok 'the table counts bytes' 1 "$(lines '^spapr-tce:   DMA .*20.1K written by devices')"
ok 'rows of zeros are left out' 0 "$(lines 'DMA faults')"

run run --device dmatest --memlock 100K -- "$client"
ok 'a refusal tells which option helps' 1 "$(lines '^spapr-tce: refused: .*--memlock')"
run run --quiet --device dmatest --memlock 1G -- "$client"
ok 'quiet is quiet' '' "$err"

run run -- true
ok 'a program that did not use us is told of' 1 "$(lines 'no program opened a file of /dev/vfio')"
ok 'and has no table' 2 "$(wc -l <"$work/err")"
run run -- sh -c 'kill -9 $$'
ok 'a signal is told by number and name' 1 "$(lines 'sh ended by signal 9 (Killed) after')"

run run -- sh -c 'test -d "$SPAPR_TCE_SYSFS/bus/pci/devices/0000:01:00.0" && test -d "$SYSFS_PCI_DEVICES/0000:01:00.0"'
ok 'real directories mirror sysfs' 0 "$status"
LD_PRELOAD=libm.so.6 run run --quiet -- sh -c 'echo "${LD_PRELOAD##*preload.so}"'
ok 'what was preloaded before stays' ':libm.so.6' "$out"
finish
