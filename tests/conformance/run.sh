#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs the suite on this machine, and prints KTAP with a transcript in its comments. It exits with 0 if every case
# ran, 1 if some did not, and 4, with the reason, if nothing could be run. It needs only this directory and a C
# compiler. Without make it runs a program "conformance" in $OUT as it is, if there is one.
usage() {
    cat <<END
usage: ./run.sh [OPTION]... GROUP [DEVICE [GROUP [DEVICE [SIBLING [GROUP DEVICE]...]]]]
GROUP is the number of an IOMMU group whose devices are bound to vfio-pci, DEVICE the address of one of them (such as
0000:01:00.0); what needs a second group is skipped without one. SIBLING is the address of a function that a driver of
the host has, in a third group, of which vfio-pci has another; it is taken away from that driver and given back.
More groups take the place of the first two when Linux makes no window for those any more (pseries).
  --part NAME        run the cases of NAME.c only; with --seeds: random (of VFIO) or random-kvm
  --only ID          run this case only
  --seeds FIRST-LAST run random sequences of calls instead of the cases
  --steps N          so many calls in each (300)
  --page-size BYTES  what the host's page is, if it is not this system's
END
}

while [ $# -gt 0 ]; do
    case $1 in
    --part) export CONFORMANCE_PART="$2" ;;
    --only) export CONFORMANCE_ONLY="$2" ;;
    --seeds) export CONFORMANCE_SEEDS="$2" ;;
    --steps) export CONFORMANCE_STEPS="$2" ;;
    --page-size) export CONFORMANCE_PAGE_SIZE="$2" ;;
    --help) usage; exit ;;
    -*) usage >&2; exit 2 ;;
    *) break ;;
    esac
    shift 2
done
here=$(cd "$(dirname "$0")" && pwd)
out=${OUT:-$here}
if command -v make >/dev/null; then
    make -s -C "$here" OUT="$out" >&2
elif [ ! -x "$out/conformance" ]; then
    # A part is named after __FILE__, so there must be no "./".
    # shellcheck disable=SC2035
    (cd "$here" && ${CC:-cc} -O1 -fno-toplevel-reorder -std=gnu11 -D_GNU_SOURCE -o "$out/conformance" *.c) >&2
fi || { echo "1..0 # SKIP the suite could not be compiled"; exit 4; }
# By this line compare reports transcripts of two kernels.
kernel=$(uname -r -v 2>/dev/null) && echo "# $kernel"
exec "$out/conformance" "$@"
