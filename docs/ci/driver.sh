#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# driver.sh PROGRAM [ARGUMENT...] tests a driver in user space: it runs the program on an emulated POWER host with an
# NVMe controller and a DMA test function, on each platform and page size in turn. The program gets the function by
# VFIO: group 1, address 0000:01:00.0. It must exit with 0, and no DMA may fault.
set -u
here=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || { echo "usage: driver.sh PROGRAM [ARGUMENT...]" >&2; exit 2; }
device=${DEVICE:-nvme}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
run() { # run PLATFORM PAGES PROGRAM [ARGUMENT...]
    platform=$1 pages=$2
    shift 2
    echo "== $platform, $pages pages"
    spapr-tce run --quiet --platform "$platform" --page-size "$pages" --device "$device,group=1,addr=0000:01:00.0" \
        --report "$work/report.json" -- "$@" && "$here/check-report" "$work/report.json" || failed=1
}
run power9 4K "$@"
run power9 64K "$@"
run power8 64K "$@"
exit $failed
