#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# kernel.sh VMLINUX MODULES [PART...] tests a kernel's VFIO and KVM on POWER: it boots the kernel in QEMU's powernv
# machine, and compares its answers with those of Linux 6.12. It prints KTAP. MODULES is what `make modules_install`
# has left. Without PART it asks everything, for about six minutes.
set -u
[ $# -ge 2 ] || { echo "usage: kernel.sh VMLINUX MODULES [PART...]" >&2; exit 2; }
image=$1 modules=$2
shift 2
[ $# -gt 0 ] || exec spapr-tce-conformance boot --modules "$modules" "$image"
failed=0
for part; do
    spapr-tce-conformance boot --modules "$modules" --part "$part" "$image" || failed=1
done
exit $failed
