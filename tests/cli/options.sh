#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Bad options are refused with one line and status 125, before anything starts.
. "$(dirname "$0")/lib.sh"
program=(-- touch "$work/started")

refused 'no command' 125 'there is no command*'
refused 'an unknown command' 125 "unknown command 'benches'*" benches
refused 'no program' 125 'there is no program*' run
refused 'no program after the dashes' 125 'there is no program*' run --quiet --
refused 'an unknown option' 125 "unknown option '--frobnicate'*" run --frobnicate "${program[@]}"
refused 'a short option' 125 "unknown option '-q'*" run -q "${program[@]}"
refused 'an option without its value' 125 '--platform needs a value' run --platform
refused 'a value where none belongs' 125 '--quiet takes no value' run --quiet=yes "${program[@]}"
refused 'an unknown platform' 125 '--platform power7:*' run --platform power7 "${program[@]}"
refused 'a strange page size' 125 '--page-size 8K:*' run --page-size=8K "${program[@]}"
refused 'a limit that is no size' 125 '--memlock much:*' run --memlock much "${program[@]}"
refused 'a way to pin that is none' 125 '--pin tight:*' run --pin tight "${program[@]}"
refused 'a trace event that is none' 125 '--trace nothing_*:*' run --trace 'nothing_*' "${program[@]}"
refused 'an unknown device type' 125 '--device floppy:*floppy*' run --device floppy "${program[@]}"
refused 'an unknown property' 125 '*speed*' run --device dmatest,speed=9 "${program[@]}"
refused 'a strange address' 125 '*addr*' run --device dmatest,addr=01:00 "${program[@]}"
refused 'an address that is taken' 125 '*: address 0000:01:00.0 is taken by device number 1, dmatest in group 1' \
    run --device dmatest,addr=0000:01:00.0,group=1 --device nvme,addr=0000:01:00.0,group=2 "${program[@]}"
refused 'a group that is taken' 125 '*: group 1 is taken by device number 1, dmatest at 0000:01:00.0, *' \
    run --device dmatest,addr=0000:01:00.0,group=1 --device nvme,addr=0000:02:00.0,group=1 "${program[@]}"
refused 'a node that is no number' 125 '--device dmatest,node=near: node "near" is not a number from 0 to 1023' \
    run --device dmatest,node=near "${program[@]}"
refused 'a host bridge on two nodes' 125 \
    "--device nvme,addr=0000:02:00.0,node=1: device nvme: node 1: the host bridge of 0000:02:00.0 is on node 0, \
and all functions of domain 0000 with it" \
    run --device dmatest,node=0 --device nvme,addr=0000:02:00.0,node=1 "${program[@]}"
refused 'a node that the machine lacks' 125 'device dmatest: node 1023: this machine has no such NUMA node' \
    run --device dmatest,node=1023 "${program[@]}"
refused 'a node that the played machine lacks' 125 'device dmatest: node 2: share node:2 has nodes 0 to 1 only' \
    run --share node:2 --device dmatest,node=2 "${program[@]}"
refused 'a disk that is missing' 125 '*missing.img*' run --device nvme,file="$work/missing.img" "${program[@]}"
: >"$work/empty.img"
refused 'a disk that is empty' 125 '*empty.img*' run --device nvme,file="$work/empty.img" "${program[@]}"
head -c 700 /dev/zero >"$work/odd.img"
refused 'a disk that is no multiple of its block' 125 '*odd.img*' run --device nvme,file="$work/odd.img" "${program[@]}"
refused 'a misspelt command' 125 "unknown command 'shwo'; did you mean 'show'; *" shwo
refused 'a misspelt option' 125 "unknown option '--devise'; did you mean 'device'; *" run --devise nvme "${program[@]}"
refused 'a misspelt type' 125 "*\"nmve\" is not known*; did you mean 'nvme'" run --device nmve,size=1M "${program[@]}"
refused 'a misspelt event' 125 "*; did you mean 'vfio_spapr_create_window'" \
    run --trace vfio_spapr_create_windw "${program[@]}"
refused 'a misspelt platform' 125 "*; did you mean 'power9'" run --platform powr9 "${program[@]}"
refused 'a misspelt property' 125 'dmatest: unknown property "gruop" (*); did you mean '"'group'" run --device dmatest,gruop=1 "${program[@]}"
refused 'a disk that no memory holds' 125 'nvme: memory: 104857600000 MiB are more than this machine has, *; file=FILE *' \
    run --device nvme,size=100000T "${program[@]}"
refused 'a size in two words' 125 '--memlock 64 MB: a size is one word, such as 64M' run --memlock 64 MB "${program[@]}"
refused 'a unit that is none' 125 '*"64MB" is not a size: a number of bytes, or one with K, M, G or T, such as 8G' \
    run --memlock 64MB "${program[@]}"
refused 'a report on standard output' 125 '--report -: a report goes into a file, *' run --report - "${program[@]}"
refused 'a config file that is a folder' 125 "--config: $work: it is a directory; *" run --config "$work" "${program[@]}"
refused 'a report that cannot be written' 125 '--report */nowhere/r.json: No such file*' \
    run --report "$work/nowhere/r.json" "${program[@]}"

refused 'a config file that is missing' 125 '--config: *none.conf*' run --config "$work/none.conf" "${program[@]}"
printf '# ours\nplatform power9\nplatform power7\n' >"$work/bad.conf"
refused 'a config file with a bad line names it' 125 '--config: *bad.conf:3:*' \
    run --config "$work/bad.conf" "${program[@]}"
printf 'memlock 1G\ndevise dmatest\n' >"$work/bad.conf"
refused 'and a misspelt option in it' 125 "--config: *bad.conf:2: unknown option \"devise\"; did you mean 'device'" \
    run --config "$work/bad.conf" "${program[@]}"
printf '\ndevice nmve,size=1M\n' >"$work/bad.conf"
refused 'and a misspelt type in it' 125 "--config: *bad.conf:2: *\"nmve\" is not known*; did you mean 'nvme'" \
    run --config "$work/bad.conf" "${program[@]}"
printf '# two functions\ndevice dmatest,addr=0000:05:00.0,group=5\n\ndevice nvme,group=7\n' >"$work/good.conf"
run run --quiet --config "$work/good.conf" -- ls /dev/vfio
ok 'a config file makes the devices that it names' "0/5 7 vfio/" "$status/$(echo $out)/$err"
run run --quiet --device=dmatest,group=9 --platform=power8 -- ls /dev/vfio
ok 'values may follow an equals sign' "0/9 vfio/" "$status/$(echo $out)/$err"
run run --quiet --share node:3 --device dmatest,node=2 --device dmatest --device nvme,node=0 --device dmatest,node=2 \
    -- bash -c 'cd /sys/bus/pci/devices; for f in *; do read -r n <$f/numa_node; echo $f $n; done'
ok 'sysfs tells the node of each function' \
    '0/0000:01:00.0 2 0000:02:00.0 2 0000:04:00.0 2 0001:03:00.0 0/' "$status/$(echo $out)/$err"
run run --quiet --device dmatest -- cat /sys/bus/pci/devices/0000:01:00.0/numa_node
ok 'a function on no node says so' '0/-1/' "$status/$out/$err"
run run --quiet -- ls /sys/bus/pci/devices /dev/vfio
ok 'without any device there is an nvme in group 1' '0//dev/vfio: 1 vfio /sys/bus/pci/devices: 0000:01:00.0/' \
    "$status/$(echo $out)/$err"
# The benchmark is a program of its own.
said() { "$SPAPR_TCE" "$@" 2>&1 >/dev/null; echo $?; }
ok 'an option that the benchmark lacks' "spapr-tce-bench: unknown option '--frobnicate'; try --help
125" "$(said bench --frobnicate)"
ok 'an option of the benchmark without its value' 'spapr-tce-bench: --rounds needs a value
125' "$(said bench --rounds)"
ok 'too few rounds' 'spapr-tce-bench: at least 31 rounds
125' "$(said bench --rounds 30)"
finish
