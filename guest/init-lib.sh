# SPDX-License-Identifier: BSD-2-Clause
# The part that every /init of a guest shares: mounts, the words of the kernel's command line, modules, disks, and
# power-off. An /init sources this file. Lines for the host start with "tce-guest:". Whatever happens, a guest powers
# off.
#
# A word tce.NAME=VALUE of the kernel's command line sets the shell variable NAME. tce.disks=N (default 1) tells this
# file to wait for N disks.

/bin/busybox mkdir -p /proc /sys /dev /tmp
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs -o size=90% tmp /tmp
dmesg -n 1

disks=1
for word in $(cat /proc/cmdline); do
    case $word in
    tce.*=*)
        word=${word#tce.}
        eval "${word%%=*}=\${word#*=}"
        ;;
    esac
done

tell() { echo "tce-guest: $*"; }

leave() { # leave poweroff|reboot
    tell "$1"
    sync
    "$1" -f
    sleep 60
}

give_up() {
    tell "error $*"
    dmesg | grep -iE 'nvme|dma|iommu|tce|error|fail' | tail -n 25 | sed 's/^/tce-guest: dmesg /'
    leave poweroff
}

trap 'leave poweroff' EXIT

list_disks() { ls /sys/block | grep '^nvme[0-9]*n1$'; }

wait_for_disks() {
    local tries=0 found=0
    while [ $tries -lt 300 ]; do
        found=$(list_disks | wc -l)
        [ "$found" -lt "$disks" ] || return 0
        tries=$((tries + 1))
        usleep 100000
    done
    give_up "only $found of $disks disks came up"
}

# A dynamic window leaves one of two properties on the node of the bridge or the device: liobn, padding, start (2
# cells), page shift, window shift.
tell_windows() {
    local property found=none
    for property in $(find /proc/device-tree/ -name 'linux,d*64-ddr-window-info'); do
        set -- $(hexdump -v -e '/1 "%02x"' "$property" | sed 's/\(........\)/\1 /g')
        found=$(basename "$property" | sed 's/linux,\(.*\)64-ddr-window-info/\1/')
        tell "window $found liobn 0x$1 start 0x$3$4 page-shift $((0x$5)) window-shift $((0x$6))"
    done
    [ $found != none ] || tell "window none"
}

load_modules() {
    for module in $(cat /modules/order); do
        insmod /modules/"$module".ko || give_up "cannot load the module $module"
    done
}

# begin: starts a guest that uses its disks
begin() {
    tell "linux $(uname -r) up $(cut -d ' ' -f 1 /proc/uptime)"
    load_modules
    wait_for_disks
    tell disks $(list_disks)
    tell_windows
}
