#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A recording is listed, and its calls are made again: on the host that was recorded, on one that answers otherwise, and
# from a file that is damaged. $1 makes a window, maps memory and has a device write to it (tests/shim/told-of-writes.c),
# $2 holds a group (hold-group.c), $3 maps registers (registers.c), $4 lets a device sum memory (sums.c), $5 forges recordings (forge.c),
# $6 leaves a child behind (leaves.c).
. "$(dirname "$0")/lib.sh"
client=$(realpath "$1") hold=$(realpath "$2") registers=$(realpath "$3") sums=$(realpath "$4") forge=$(realpath "$5")
leaves=$(realpath "$6")
file=$work/recording
record() { run run --quiet --device dmatest --memlock 1G --record "$file" "$@"; }
# The first lines of a replay, without what differs from time to time.
plain() { sed -E 's/(^| )[0-9]+\/[0-9]+ /\1P\/T /; s/( [0-9a-f]{8}){3,}/ .../' "$work/out"; }

record -- "$client"
run replay --list "$file"
ok 'all records are listed, with their numbers' "0//$(seq -s' ' "$(grep -c . "$work/out")")" \
    "$status/$err/$(awk '{ print $1 }' "$work/out" | paste -sd' ')"
ok 'a call with its argument and result' 'VFIO_SET_IOMMU fd=3 0x7 = 0' "$(sed -n 's/.*\(VFIO_SET_IOMMU .*\)/\1/p' "$work/out")"
ok 'a DMA with its function' 'dma_write 0000:01:00.0 ioba=0x800000000000100 size=0x80 = 0' \
    "$(grep -o 'dma_write .*' "$work/out" | head -n 1)"
records=$(grep -c . "$work/out") dma=$(grep -c ' dma_' "$work/out")
run replay "$file"
ok 'a replay gets the same answers' "0/$records records, 26 calls made: all answers are equal
register accesses made: 15; reads of other values: 0; DMA recorded: $dma/" "$status/$out/$err"
cp /bin/false "$work/spapr-tce"
(
    cd "$work" || exit
    PATH=$(dirname "$SPAPR_TCE"):$PATH env -u SPAPR_TCE_PROGRAM "$(dirname "$SPAPR_TCE")/spapr-tce-replay" "$file"
) >"$work/out" 2>"$work/err"
ok 'if nobody says where spapr-tce is, it is looked for in PATH' "0/all answers are equal" "$?/$(sed -n '1s/.*: //p' "$work/out")"
run replay --memlock 100K "$file"
ok 'the first answer that differs is told' "1/the first answer that differs:
  11 P/T VFIO_IOMMU_SPAPR_REGISTER_MEMORY fd=3 ... = 0
  recorded 0, here ENOMEM" "$status/$(plain)"
run replay --memlock 100K --trace reason "$file"
ok 'and the trace says why' 1 "$(grep -c ' reason .*locked memory: ' "$work/err")"
run replay --platform ioda1 "$file"
ok 'another platform is asked the same' "1/the first answer that differs:" "$status/$(head -n 1 "$work/out")"

run replay --all --memlock 100K "$file"
ok 'with --all the replay goes on, and tells all of them' "1/answers that differ:
  11 P/T VFIO_IOMMU_SPAPR_REGISTER_MEMORY fd=3 ... = 0
  recorded 0, here ENOMEM
  12 P/T VFIO_IOMMU_SPAPR_TCE_CREATE fd=3 ... = 0
  recorded 0, here ENOMEM
  13 P/T VFIO_IOMMU_MAP_DMA fd=3 ... = 0
  recorded 0, here EPERM
35 records, 26 calls made: answers that differ: 3" "$status/$(plain | sed '$d')"

run replay --memlock 100K "$file" --all
ok 'options of replay and of run may come in any order' '1/answers that differ: 3' "$status/$(sed -n 's/.*: \(answers that.*\)/\1/p' "$work/out")"
for option in --list --here; do
    refused "$option starts no run, and says so if there are options for one" 125 \
        "\"--platform\": $option takes no options of spapr-tce run, *" replay $option --platform power8 "$file"
done

record -- "$sums"
ok 'a device sums memory, and its copy' "0/yes" "$status/$([[ $out =~ ^([0-9a-f]+)\ (.*)$ ]] && [ "${BASH_REMATCH[1]}" = "${BASH_REMATCH[2]}" ] && echo yes)"
size=$(stat -c %s "$file")
run replay "$file"
ok 'without the data a replay sums other memory' '0/reads of other values: 2' "$status/$(grep -o 'reads of[^;]*' "$work/out")"
record --record-data on -- "$sums"
run replay "$file"
ok 'with --record-data it sums the same' '0/reads of other values: 0/' \
    "$status/$(grep -o 'reads of[^;]*' "$work/out")/$(grep skipped "$work/out")"
ok 'which takes the room of the data' yes "$([ $(($(stat -c %s "$file") - size)) -gt $((3 * 66536)) ] && echo yes)"
record --record-data off -- "$sums"
ok 'and only if it is asked for' yes "$([ "$(stat -c %s "$file")" -lt $((size + 200)) ] && echo yes)"
refused 'data that is neither on nor off' 125 '*record-data "maybe": it must be on or off' run --record-data maybe -- true

record --device nvme -- "$registers"
ok 'the program that maps registers runs' 0 "$status"
"$SPAPR_TCE" replay --list "$file" >"$work/list"
ok 'its loads and stores of one word and of two are recorded' yes "$(for kind in load store; do
    for words in '[0-9a-f]{8}' '[0-9a-f]{8} [0-9a-f]{8}'; do
        grep -qE " $kind address=0x[0-9a-f]+ $words = 0\$" "$work/list" || echo "no $kind $words"
    done
done)yes"
run replay "$file"
ok 'loads and stores of mapped registers are made again' '0/all answers are equal/yes' "$status/$(sed -n '1s/.*: //p' \
    "$work/out")/$([ "$("$SPAPR_TCE" replay --list "$file" | grep -c ' \(load\|store\) ')" -gt 10 ] && echo yes)"

record --device dmatest -- sh -c '"$1" >/dev/null & "$2" 2 </dev/null; wait' sh "$client" "$hold"
run replay "$file"
ok 'programs that ran side by side are played side by side' '0/all answers are equal/2' "$status/$(sed -n '1s/.*: //p' \
    "$work/out")/$("$SPAPR_TCE" replay --list "$file" | awk '/open fd.*"\/dev\/vfio\/[12]"/ { sub("/.*", "", $2); print $2 }' |
        sort -u | wc -l)"

for way in _exit exec killed daemon; do
    record -- "$leaves" $way
    says=$err calls=$("$SPAPR_TCE" replay --list "$file" | grep -c ' open\| VFIO_')
    run replay "$file"
    ok "the child of a program that ends so without a record of it is played to its end: $way" \
        "device: Operation not permitted/5/0/$calls calls made: all answers are equal" "$says/$calls/$status/$(sed -n '1s/.*records, //p' "$work/out")"
done

# The boot of a guest by tests/guest/recorded: QEMU 7.2 and Linux 6.1 with an NVMe disk. A change that answers it
# otherwise on purpose puts a new build/guest/logs/recorded.rec in its place.
gzip -dc "$(dirname "$0")/boot.rec.gz" >"$file"
run replay --pin lazy "$file"
ok 'a recorded boot of a guest is made again' '0/265663 records, 263302 calls made: all answers are equal//' \
    "$status/$(head -n 1 "$work/out")/$(grep skipped "$work/out")/$err"
run replay --pin lazy --platform power8 "$file"
ok 'a platform with other pages says so in what it writes' \
    '1/VFIO_IOMMU_SPAPR_TCE_GET_INFO/differ from offset 18 on:/recorded 00 10 21 40/here     00 10 01 11' \
    "$status/$(sed -n '2s/^ *[0-9]* [^ ]* \([A-Z_]*\) .*/\1/p; 3s/.*differ/differ/p; 4,5s/^ *\([a-z]* *00.........\).*/\1/p' \
        "$work/out" | paste -sd/)"
run replay --pin lazy --memlock 200M "$file"
ok 'and on a host where less memory can be locked, QEMU meets that first where it registers the guest' \
    '1/VFIO_IOMMU_SPAPR_REGISTER_MEMORY/recorded 0, here ENOMEM' \
    "$status/$(sed -n '2s/^ *[0-9]* [^ ]* \([A-Z_]*\) .*/\1/p' "$work/out")/$(sed -n '3s/^ *//p' "$work/out")"

record -- true
run replay "$file"
ok 'a file without records is not called equal' '0/0 records: no program of the run made a call, or none could write to the file' "$status/$out"

# A run that is killed, with its program.
mkfifo "$work/pipe"
"$SPAPR_TCE" run --quiet --device dmatest --record "$file" -- sh -c 'echo $$ >"$1"; exec "$2" <"$3"' sh "$work/new" "$hold" \
    "$work/pipe" >"$work/says" &
pid=$!
exec {pipe}>"$work/pipe"
while ! grep -q open "$work/says"; do sleep 0.02; done
kill -9 $pid "$(cat "$work/new")"
wait $pid 2>/dev/null
exec {pipe}>&-
size=$(stat -c %s "$file")
refused 'a file without its end' 125 "$file: damaged at offset $size, after record [0-9]*: its end is missing: *" replay "$file"
run replay --partial "$file"
ok 'what a killed run has left can be replayed' '0/all answers are equal' "$status/$(sed -n '1s/.*: //p' "$work/out")"
truncate -s -3 "$file"
run replay --partial "$file"
ok 'also if the last block is cut, and it is told how much was skipped' '0/all answers are equal/yes' \
    "$status/$(sed -n '1s/.*: //p' "$work/out")/$(grep -q '^bytes skipped, of blocks .*: [1-9][0-9]*$' "$work/out" && echo yes)"

record -- "$client"
cp "$file" "$work/good"
printf '\377' | dd of="$file" bs=1 seek=300 conv=notrunc status=none
refused 'a byte that is wrong' 125 "$file: damaged at offset 2[0-9][0-9], after record [0-9]*: a block of [0-9]* bytes has a wrong checksum" \
    replay "$file"
head -c 450 "$work/good" >"$file"
refused 'a file that is cut' 125 "$file: damaged at offset [0-9]*, after record [0-9]*: a block of [0-9]* bytes ends early" replay "$file"
echo 'not a recording, but long enough to have a header' >"$file"
refused 'another file' 125 "$file: damaged at offset 0, after record 0: it is no recording, *" replay "$file"
refused 'a file that is not there' 125 '/nowhere/x: No such file or directory' replay /nowhere/x
refused 'a directory' 125 "$work: it is not a plain file" replay "$work"
refused 'no file' 125 'usage: *' replay
refused 'an option that run does not have' 125 "*--colour*" replay --colour red "$work/good"

# A recording may come from anyone.
for line in 'config /etc/passwd' 'trace-file /tmp/x' 'record /tmp/x' 'report /tmp/x' 'device nvme,file=/etc/passwd' \
    'device igb,net=tap:tap0' 'device igb,pcap=/tmp/x' 'device nvme,size=1M,,x,file=/etc/passwd'; do
    "$forge" "$line" >"$file"
    refused "an option that no recording has: $line" 125 "$file: its option \"$line\" is none that a recording has" replay "$file"
done
"$forge" 'device dmatest' /etc/passwd /dev/vfio/../null /dev/vfio/ /dev/vfio/1x >"$file"
run replay "$file"
ok 'only files of VFIO and KVM are opened' '0/calls skipped, because their file, memory or data are not known here: 4' \
    "$status/$(grep skipped "$work/out")"
forged() { # forged NAME WANTED GROUP: a recording with this group of records is replayed
    "$forge" $'platform power9\ndevice dmatest' "$3" >"$file"
    run replay --all "$file"
    ok "$1" "$2" "$status/$(sed -n '1s/.*: //p' "$work/out")/$(sed -n 's/^calls skipped.*: //p' "$work/out")"
}
forged 'a range that goes on behind the memory of the recording is not mapped' '0/all answers are equal/' map-behind
forged 'an address is not taken as it is if not all of its range was kept' '0/all answers are equal/' short-register
forged 'nor that of an attribute whose value was not kept' '0/all answers are equal/' bare-attribute
forged 'a call is skipped if its data are an address, or descriptors that were not kept' '0/all answers are equal/3' pointers
forged 'KVM that is only asked whether it would make a device gives no descriptor' '0/all answers are equal/1' device-test
forged 'a write of which not all bytes were kept is skipped, not made with zeros' '0/all answers are equal/1' long-write
forged 'a call of a device is not made on a container, nor one of a container on a device' '0/all answers are equal/2' wrong-file
finish
