#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# --trace prints the events that it names, of the program that runs, and no others. $1 makes a window and maps memory
# (tests/shim/told-of-writes.c).
. "$(dirname "$0")/lib.sh"
client=$1
lines() { grep -c -e "$1" "$work/err"; }

run run --quiet --device dmatest --memlock 1G --trace vfio_spapr_create_window,vfio_prereg_register -- "$client"
ok 'the client is content' 0 "$status"
ok 'the window is traced with its parameters' 1 \
    "$(lines '^vfio_spapr_create_window pageshift=0xc levels=1 winsize=0x100000 offset=0x[0-9a-f]*$')"
ok 'the memory is traced with its size' 1 "$(lines '^vfio_prereg_register va=0x[0-9a-f]* size=0x30000 ret=0$')"
ok 'nothing else is' 0 "$(grep -vc '^vfio_spapr_create_window \|^vfio_prereg_register ' "$work/err")"
ok 'and nothing on stdout' 0 "$(grep -c vfio_ "$work/out")"
run run --quiet --device dmatest --memlock 1G --trace 'vfio_*,-vfio_region_*,-vfio_container_ioctl' -- "$client"
ok 'a star means all that begin so' true "$([ "$(lines '^vfio_')" -gt 2 ] && echo true)"
ok 'a minus means none of these' 0 "$(lines '^vfio_region_\|^vfio_container_ioctl ')"
run run --quiet --device dmatest --memlock 100K --trace reason -- "$client"
ok 'the reason of a refusal is traced' true "$([ "$(lines '^reason .*error=-12 locked memory: ')" -ge 1 ] && echo true)"
run run --quiet --device dmatest --memlock 1G -- "$client"
ok 'without it nothing is traced' '' "$err"
finish
