#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# vmm.sh VMM [ARGUMENT...] tests a VMM that passes VFIO functions through: it runs the command on an emulated POWER host
# until the command ends, or for LIMIT seconds (60). The VMM must take the group and make a window for its guest; no
# call may be refused except for those in REFUSED (how many, 0) and no DMA may fault. The firmware of stock QEMU is
# enough of a guest:
#     vmm.sh qemu-system-ppc64 -M pseries -m 512 -nodefaults -display none -device vfio-pci,host=0000:01:00.0
set -u
[ $# -gt 0 ] || { echo "usage: vmm.sh VMM [ARGUMENT...]" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
timeout "${LIMIT:-60}" spapr-tce run --quiet --memlock "${MEMLOCK:-2G}" --device nvme,group=1,addr=0000:01:00.0 \
    --report "$work/report.json" -- "$@"
status=$?
# A guest that does not end by itself is stopped, which is no failure.
[ $status = 0 ] || [ $status = 124 ] || { echo "the VMM ended with status $status"; exit 1; }
jq -r --argjson refused "${REFUSED:-0}" '
    .counters as $c |
    (select($c.groups_opened == 0) | "the VMM has not opened the group"),
    (select($c.windows_created == 0) | "the VMM has made no window"),
    (select($c.refused_calls > $refused) | "\($c.refused_calls) calls were refused; --trace reason says which and why"),
    (.faults | to_entries[] | select(.value > 0) | "\(.value) DMA faults: \(.key)")
' "$work/report.json" >"$work/wrong" || exit 1
cat "$work/wrong"
[ ! -s "$work/wrong" ] || exit 1
jq -r '.counters | "\(.windows_created) windows, \(.map_calls) MAP, \(.registered_bytes_peak / 1048576 | floor)M registered"' \
    "$work/report.json"
