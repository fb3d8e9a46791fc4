#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# `spapr-tce dt` on the device trees that stock QEMU gives its guests.
. "$(dirname "$0")/lib.sh"

# tree OPTION...: leaves QEMU's tree of a pseries machine in $work/tree.dtb
tree() {
    local machine=$1
    shift
    timeout 600 qemu-system-ppc64 -machine "$machine,dumpdtb=$work/tree.dtb" -nodefaults -display none "$@" \
        >"$work/qemu" 2>&1 && [ -s "$work/tree.dtb" ]
}

# says KIND TEXT: prints "yes" if a line of that kind contains the text
says() { grep -qF -- "$2" <(grep "^  $1 " "$work/out") && echo yes || cat "$work/out"; }

if ! command -v qemu-system-ppc64 >/dev/null; then
    skip "QEMU's trees" 'no qemu-system-ppc64 here'
elif ! tree pseries -m 1G,maxmem=8G,slots=4; then
    skip "QEMU's trees" 'this QEMU dumps none'
else
    run dt "$work/tree.dtb"
    ok 'the tree of a machine that can grow is right' '0/' "$status/$err"
    ok 'it names the bridge' '/pci@800000020000000' "$(grep -m 1 '^/pci' "$work/out")"
    ok 'it has the default window' yes "$(says tree 'LIOBN 0x80000000, 0x40000000 bytes at 0')"
    ok 'it has the calls' yes "$(says tree 'query 0x2026, create 0x2027, remove 0x2028')"
    ok 'Linux queries with 6 outputs' yes "$(says Linux 'queries with 6 outputs')"
    ok 'Linux asks for all memory, hot-plugged too' yes "$(says Linux 'asks for a window of 2^33 bytes')"
    tree pseries -m 1G
    run dt "$work/tree.dtb"
    ok 'without maxmem Linux asks for nothing, which is wrong' 1/yes "$status/$(says WRONG 'memory ends at 0')"
    tree pseries -m 1G -global spapr-pci-host-bridge.ddw=off
    run dt "$work/tree.dtb"
    ok 'without dynamic windows there is one for all' 0/yes "$status/$(says Linux 'has no dynamic windows')"
fi
head -c 100 /dev/zero >"$work/zeros"
refused 'no tree' 125 "*zeros: not a whole tree*" dt "$work/zeros"
refused 'no file' 125 "$work/none: No such file*" dt "$work/none"
refused 'no argument' 125 'dt takes one file' dt
finish
