#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Functions are plugged into a live run and out of it from a terminal. Every call names the run,
# because this machine may have others.
. "$(dirname "$0")/lib.sh"
keep_runs_apart

# Starts a run whose program ends when something is written to its pipe.
begin() { # begin PIPE OPTION...
    local name=$1
    shift
    mkfifo "$work/$name"
    # shellcheck disable=SC2016
    "$SPAPR_TCE" run --quiet --device dmatest "$@" -- sh -c \
        'echo "$SPAPR_TCE_RUN" >"$1.new"; read -r line <"$1"' sh "$work/$name" &
    pid=$!
    while ! [ -s "$work/$name.new" ]; do sleep 0.02; done
    read -r directory <"$work/$name.new"
}

end() { # end PIPE
    echo >"$work/$1"
    wait "$pid"
}

# What the mirror of the run has.
shown() { (cd "$directory" && echo sys/bus/pci/devices/* dev/vfio/[0-9]* | sed 's/[^ ]*\///g'); }

refused 'it says what it takes' 125 'device takes add or del*' device
refused 'an action that is none' 125 'device takes add or del*' device put 0000:01:00.0
refused 'a run that is not there cannot be changed' 125 '*no run*' device del "$work/nothing" 0000:01:00.0

begin one
run device add "$pid" dmatest,addr=0000:05:00.0,group=5
ok 'a function is plugged in' '0//0000:01:00.0 0000:05:00.0 1 5' "$status/$err/$(shown)"
refused 'its address is taken then' 1 '*0000:05:00.0*' device add "$pid" dmatest,addr=0000:05:00.0,group=5
refused 'a bad description is refused' 1 '*colour*' device add "$pid" dmatest,colour=red
refused 'so is a disk that is not there' 1 '*nowhere*' device add "$pid" nvme,file=nowhere/disk
ok 'a refusal changes nothing' '0000:01:00.0 0000:05:00.0 1 5' "$(shown)"
head -c 1M /dev/zero >"$work/disk"
(cd "$work" && exec "$SPAPR_TCE" device add "$directory" nvme,file=disk,addr=0000:05:00.1,group=5)
ok 'the file of a disk is found from the directory of the caller' "0/file=$work/disk" \
    "$?/$(sed -n 's/.*\(file=.*\)/\1/p' "$directory/config")"
run device del "$pid" 0000:05:00.0
ok 'a function is unplugged, and its group stays for the other' '0//0000:01:00.0 0000:05:00.1 1 5' \
    "$status/$err/$(shown)"
run device del "${directory##*-}" 0000:05:00.1
ok 'with the last function the group goes' '0//0000:01:00.0 1' "$status/$err/$(shown)"
run device add "$pid" nvme,size=1M,addr=0000:05:00.1,group=5
run device del "$pid" 0000:05:00.1
ok 'nothing of a disk in memory is left' '0/no' "$status/$([ -e "$directory/mem-0000:05:00.1" ] || echo no)"
refused 'what is not there cannot be unplugged' 1 '*no function 0000:05:00.1' device del "$pid" 0000:05:00.1
run device add "$pid" igb,addr=0000:07:00.0,group=7,vfs=2
ok 'a card comes with its virtual functions' '0//0000:01:00.0 0000:07:00.0 0000:07:10.0 0000:07:10.2 1 2 3 7' \
    "$status/$err/$(shown)"
refused 'which are not unplugged one by one' 1 '*sriov_numvfs of 0000:07:00.0*' device del "$pid" 0000:07:10.2
run device add "$pid" igbvf,physical=0000:07:00.0,group=9
card=$directory/sys/bus/pci/devices/0000:07:00.0
ok 'it gets one more' '0//3/../0000:07:10.4' "$status/$err/$(cat "$card/sriov_numvfs")/$(readlink "$card/virtfn2")"
refused 'what has none cannot have one' 1 '*physical=0000:01:00.0*' device add "$pid" igbvf,physical=0000:01:00.0
run device del "$pid" 0000:07:00.0
ok 'it is unplugged with all of them' '0//0000:01:00.0 1' "$status/$err/$(shown)"
run device del "$pid" 0000:01:00.0
ok 'all functions can go' '0//*' "$status/$err/$(shown | cut -c 1)"
end one

begin two --platform ioda1
refused 'a bridge that divides its space takes no new group' 1 '*divides its 32-bit space*' \
    device add "$pid" dmatest,addr=0000:05:00.0,group=5
refused 'nor one for a virtual function' 1 '*divides its 32-bit space*' device add "$pid" igb,addr=0000:01:00.2,group=1,vfs=1
run device add "$pid" dmatest,addr=0000:01:00.1,group=1
ok 'but functions of one that is there' '0//0000:01:00.0 0000:01:00.1 1' "$status/$err/$(shown)"
end two
finish
