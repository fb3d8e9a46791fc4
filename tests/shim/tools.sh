#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Stock tools find the emulated host's functions in sysfs. Without arguments the script runs itself below spapr-tce.
if [ "${1:-}" != inside ]; then
    exec "$SPAPR_TCE" run --quiet --device nvme,size=1M --device dmatest,addr=0000:02:00.0,group=2 \
        --device dmatest,addr=0000:05:00.0,group=5,host-driver=e1000e -- bash "$0" inside
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0 failed=0
# ok TITLE COMMAND...
ok() {
    local title=$1
    shift
    n=$((n + 1))
    "$@" >"$work/log" 2>&1 || { failed=1; sed 's/^/# /' "$work/log"; printf 'not '; }
    echo "ok $n - $title"
}
# needs TOOL TITLE: prints a skip and fails if the tool is not there
needs() {
    command -v "$1" >/dev/null && return
    n=$((n + 1))
    echo "ok $n - $2 # SKIP $1 is not installed"
    return 1
}
# says PATTERN COMMAND...: the command succeeds, and a line of its output matches
says() {
    local pattern=$1
    shift
    "$@" >"$work/said" 2>&1 && grep -Eq -- "$pattern" "$work/said" || { cat "$work/said"; false; }
}

driver_of() { basename "$(readlink "/sys/bus/pci/devices/$1/driver")"; }

if needs lspci 'lspci lists the functions'; then
    ok 'lspci lists our functions and no others' \
        test "$(lspci -n 2>/dev/null)" = '01:00.0 0108: 1234:7ce1 (rev 01)
02:00.0 ff00: 1234:7ce0 (rev 01)
05:00.0 ff00: 1234:7ce0 (rev 01)'
    ok 'it names the class' says 'Non-Volatile memory controller \[0108\]: Device \[1234:7ce1\]' lspci -vvv -nn -k -xxx
    ok 'it finds the BAR at its address' says 'Region 0: Memory at 6[0-9a-f]+ \(64-bit, non-prefetchable\) \[size=16K\]' lspci -vvv
    ok 'it follows the capabilities' says 'MSI-X: Enable- Count=17 Masked-' lspci -vvv
    ok 'it tells the IOMMU group' says 'IOMMU group: 2' lspci -vvv
    ok 'it tells the drivers' test "$(lspci -k 2>/dev/null | grep -c 'in use: vfio-pci')" = 2
    ok 'and that of the host' says 'Kernel driver in use: e1000e' lspci -k -s 05:00.0
    ok 'it prints config space' says '^00: 34 12 e1 7c' lspci -xxx
fi
if needs setpci 'setpci reads config space'; then
    ok 'setpci reads config space' test "$(setpci -s 01:00.0 VENDOR_ID)" = 1234
fi
if needs driverctl 'driverctl lists devices'; then
    ok 'driverctl lists devices' says '^0000:01:00.0 vfio-pci' driverctl list-devices
    ok 'and the overrides' says '^0000:02:00.0 vfio-pci' driverctl list-overrides
fi
# driverctl loads the driver's module, whose name it spells with a hyphen, so that it never finds it loaded.
if ! /sbin/modprobe -qn vfio-pci 2>"$work/log"; then
    n=$((n + 1))
    echo "ok $n - driverctl changes drivers # SKIP modprobe does not know vfio-pci here"
elif needs driverctl 'driverctl changes drivers'; then
    ok 'driverctl gives a function of the host to vfio-pci' driverctl --nosave set-override 0000:05:00.0 vfio-pci
    ok 'which has it now' test "$(driver_of 0000:05:00.0)" = vfio-pci -a -e /dev/vfio/5
    ok 'it gives the function back' driverctl --nosave unset-override 0000:05:00.0
    ok 'to its own driver' test "$(driver_of 0000:05:00.0)" = e1000e -a ! -e /dev/vfio/5
fi
if [ -n "${ASAN_OPTIONS:-}" ] && ! udevadm --version >/dev/null 2>&1; then
    n=$((n + 1))
    echo "ok $n - udevadm knows the function # SKIP udevadm is not installed, or ASAN's start fails in it (InitTlsSize)"
elif needs udevadm 'udevadm knows the function'; then
    ok 'udevadm knows the function' says '^E: PCI_SLOT_NAME=0000:01:00.0' udevadm info /sys/bus/pci/devices/0000:01:00.0
    ok 'and its folder' says '^P: /devices/pci0000:01/0000:01:00.0' udevadm info /sys/bus/pci/devices/0000:01:00.0
    ok 'and its driver' says '^E: DRIVER=vfio-pci' udevadm info /sys/bus/pci/devices/0000:01:00.0
fi
# It binds only functions of classes for which DPDK has drivers.
if needs dpdk-devbind.py 'dpdk-devbind looks at all functions'; then
    ok 'dpdk-devbind looks at all functions' dpdk-devbind.py --status
fi
if needs setpci 'setpci writes config space'; then
    ok 'setpci writes config space' setpci -s 05:00.0 COMMAND=0x0546
    ok 'and reads it back' test "$(setpci -s 05:00.0 COMMAND)" = 0546
    ok 'it does not change what is read-only' setpci -s 05:00.0 VENDOR_ID=0xffff
    ok 'as the next read shows' test "$(setpci -s 05:00.0 VENDOR_ID)" = 1234
fi

# As Documentation/driver-api/vfio.rst of Linux says.
echo 0000:05:00.0 >/sys/bus/pci/devices/0000:05:00.0/driver/unbind
echo 1234 7ce0 >/sys/bus/pci/drivers/vfio-pci/new_id
if [ -e /sys/bus/pci/devices/0000:05:00.0 ] && ! readlink /sys/bus/pci/devices/0000:05:00.0 >/dev/null; then
    n=$((n + 1))
    echo "ok $n - a script gives a function to vfio-pci by new_id # SKIP readlink is a static program here, as busybox's is"
else
    ok 'a script gives a function to vfio-pci by new_id' test "$(driver_of 0000:05:00.0)" = vfio-pci -a -c /dev/vfio/5
fi
echo "1..$n"
exit $failed
