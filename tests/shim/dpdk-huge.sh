#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Runs a program of DPDK below spapr-tce with memory of the machine's own huge pages, or says why it cannot.
#     dpdk-huge.sh MEMORY PROGRAM...
# MEMORY is "anonymous", or "files" for a program that wants hugetlbfs: it is mounted for the program alone, which root
# can do, and the program gets its place by --huge-dir.
memory=$1
shift
skip() { echo "1..0 # SKIP $1"; exit 0; }

if [ "$memory" = mounted ]; then
    directory=$(mktemp -d) || exit 1
    trap 'umount "$directory"; rmdir "$directory"; rm -rf --one-file-system "/var/run/dpdk/spapr-tce-$$"' EXIT
    mount -t hugetlbfs -o pagesize=2M none "$directory" || exit 1
    set -- "$@" --huge-dir "$directory"
else
    free=$(cat /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages 2>/dev/null)
    [ "${free:-0}" -ge 3 ] || skip "DPDK needs 3 free huge pages of 2M; this machine has ${free:-none}"
fi
if [ "$memory" = files ]; then
    unshare -m true 2>/dev/null || skip 'only root can mount hugetlbfs'
    exec unshare -m bash "$0" mounted "$@"
fi
"$SPAPR_TCE" run --quiet --platform power9 --device dmatest --memlock 2G -- "$@" --no-telemetry \
    --file-prefix "spapr-tce-$$" --log-level error
