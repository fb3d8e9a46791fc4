#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# --record keeps a run's calls in a file, and neither a bad file nor a full disk harms the programs. $1 makes a window,
# maps memory and has a device write to it (tests/shim/told-of-writes.c), $2 holds a group (hold-group.c), and $3 maps
# memory and ends at once (ends.c).
. "$(dirname "$0")/lib.sh"
client=$(realpath "$1") hold=$(realpath "$2") ends=$(realpath "$3")
file=$work/recording
recorded() { run run --quiet --device dmatest --memlock 1G --record "$@" -- "$client"; }

echo 'what was there' >"$file"
recorded "$file"
ok 'the program runs as it does without' '0//11' "$status/$err/$(grep -c ^ok "$work/out")"
ok 'what was in the file is gone' SPTCEREC "$(head -c 8 "$file")"
ok 'and it has an end' SEND "$(tail -c 32 "$file" | head -c 4)"
ok 'it names the devices in full' 'device dmatest,addr=0000:01:00.0,group=1' "$(grep -a ^device "$file" | head -n 1)"
ok 'and how much memory programs could lock' 'memlock 1073741824' "$(grep -a ^memlock "$file")"
(cd "$work" && run run --quiet --device dmatest --memlock 1G --record relative -- sh -c "cd /; '$client'")
ok 'its path is relative to the directory of the launcher' SPTCEREC "$(head -c 8 "$work/relative")"
echo "record $file" >"$work/config"
rm "$file"
run run --quiet --config "$work/config" -- true
ok 'a file of options may ask for it' SPTCEREC "$(head -c 8 "$file")"
# CAP_IPC_LOCK has no limit.
if (( 0x$(awk '/^CapEff/ { print $2 }' /proc/self/status) >> 14 & 1 )) || [ "$(ulimit -l)" = unlimited ]; then
    limit=16777215T
else
    limit=$(($(ulimit -l) * 1024))
fi
ok 'without an option the limit is what it is here' "memlock $limit" "$(grep -a ^memlock "$file")"
head -c 20M /dev/urandom >"$work/disk"
run run --quiet --device nvme,file="$work/disk" --device igb,net=sink,pcap="$work/pcap" --record "$file" -- true
ok 'the file names no other file, and no network' 'device nvme,addr=0000:01:00.0,group=1,iothread=off,size=20971520
device igb,addr=0000:02:00.0,group=2' "$(grep -a ^device "$file" | head -n 2)"

# A MAP is written by the next rare call, or at the end.
for way in exit _exit _Exit quick_exit fork execve execvp fexecve execveat; do
    run run --quiet --device dmatest --record "$file" -- "$ends" $way
    ended=$status/$err
    run replay --list "$file"
    ok "what precedes the end by $way is there" '0//1 MAP of 1/' \
        "$ended/$(grep -c ' VFIO_IOMMU_MAP_DMA .* = 0$' "$work/out") MAP of 1/$err"
done
run run --quiet --device dmatest --record "$file" -- "$ends" vfork
ok 'a child of vfork() writes nothing of its parent' '0//1' "$status/$err/$("$SPAPR_TCE" replay --list "$file" | grep -c MAP_DMA)"

# The program that lives on ends when its input does, and its end is that of what it has opened as its standard error.
mkfifo "$work/input" "$work/lives"
exec {input}<>"$work/input" {lives}<>"$work/lives"
run run --quiet --device dmatest --record "$file" -- sh -c '"$2" <"$1/input" >"$1/says" 2>"$1/lives" &
    until grep -q open "$1/says"; do sleep 0.02; done' sh "$work" "$hold" {input}>&- {lives}>&-
ok 'a run may end before its program' 0 "$status"
exec {reader}<"$work/lives" {lives}>&- {input}>&-
cat <&$reader
exec {reader}<&-
run replay --list "$file"
ok 'what that does then is no longer recorded, and the file stays whole' '0//2' "$status/$err/$(grep -c . "$work/out")"
if [ "$(id -u)" = 0 ] && setpriv --reuid=65534 --clear-groups test -x "$SPAPR_TCE"; then
    rm "$file"
    chmod 755 "$work"
    as_nobody() { run run --quiet --node-owner 65534 --device dmatest --record "$file" -- setpriv --reuid=65534 --clear-groups "$hold"; }
    as_nobody
    ok 'a program that may not write the file ends the recording with one line, and goes on' \
        "0/open/spapr-tce: the recording ends here: $file: Permission denied" "$status/$out/$err"
    refused 'which then has no end' 125 '*: its end is missing: *' replay "$file"
    touch "$file" && chmod 666 "$file"
    as_nobody
    ok 'one that may records' '0/open/' "$status/$out/$err"
    run replay "$file"
    ok 'and its calls are made again' '0/all answers are equal' "$status/$(sed -n '1s/.*: //p' "$work/out")"
else
    skip 'a program that may not write the file' 'this is no root, or the program lies where others cannot go'
fi

mkfifo "$work/pipe"
for what in "$work/pipe" "$work" /dev/null /dev/full; do
    refused "$what cannot be it" 125 "record $what: it is not a plain file" run --record "$what" -- true
done
refused 'a directory that is not there' 125 'record /nowhere/x: No such file or directory' run --record /nowhere/x -- true
refused 'no name' 125 '*record "": Invalid argument' run --record= -- true
if unshare -rm true 2>/dev/null; then
    mkdir "$work/small"
    unshare -rm sh -c 'mount -t tmpfs -o size=8k none "$1/small" || exit
        "$3" run --quiet --device dmatest --memlock 1G --record "$1/small/r" -- sh -c "
            for i in 1 2 3 4 5 6 7 8 9 10; do \"\$1\" >\"\$2\" || exit; done" sh "$2" "$1/out" 2>"$1/err"
        echo "$?/$(head -c 8 "$1/small/r")/$(stat -c %s "$1/small/r")" >"$1/status"' sh "$work" "$client" "$SPAPR_TCE"
    IFS=/ read -r status magic size <"$work/status"
    ok 'a full disk ends the recording with one line, and not the programs' \
        "0/spapr-tce: the recording ends here: $work/small/r: No space left on device" "$status/$(cat "$work/err")"
    ok 'and leaves what fits' "SPTCEREC/true" "$magic/$([ "$size" -gt 4096 ] && [ "$size" -le 8192 ] && echo true)"
else
    skip 'a full disk ends the recording' 'this user may not mount'
fi
finish
