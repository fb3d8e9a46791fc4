#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The directory of a run. A program checks its owner before it joins; a run does not begin if there is no room for it;
# and a run does not remove anything that a program has put in the directory's place. $1 is hold-group. The part after
# `inside` runs in a mount namespace of its own.
. "$(dirname "$0")/lib.sh"
hold=$(realpath "$1")

# in_a_copy CHANGE: the message of our library in a program that is sent to a changed copy, $c, of its run's
# directory.
in_a_copy() {
    # shellcheck disable=SC2016
    run run --quiet --device dmatest -- sh -c 'c=$2/copy; rm -rf "$c"; cp -a "$SPAPR_TCE_RUN" "$c"; eval "$1"
        export SPAPR_TCE_RUN=${run:-$c}; exec timeout 60 cat /dev/vfio/vfio' sh "$1" "$work"
    err=$(grep '^spapr-tce:' <<<"$err")
}

joins() { # joins NAME CHANGE REASON
    in_a_copy "$2"
    ok "a program does not join a run $1" "spapr-tce: this program gets no machine: $3" "$err"
}

no='is not the directory of a run'
in_a_copy ':'
ok 'a program joins a run that is as it was made' '' "$err"
joins 'by a link' 'ln -sfn "$c" "$c.link"; run=$c.link' "$work/copy.link $no: it is not a directory, or it is a link to one"
joins 'whose place is a file' 'run=$c/config' "$work/copy/config $no: it is not a directory, or it is a link to one"
joins 'that is not there' 'run=$c/none' "$work/copy/none $no: No such file or directory; in another root \
or mount namespace it must be bound to the same path"
joins 'into which others may write' 'chmod 770 "$c"' "$work/copy $no: other users may write to it"
joins 'into whose state others may write' 'chmod 602 "$c/state"' "$work/copy $no: state: other users may write to it"
joins 'whose state is a link' 'mv "$c/state" "$c/s"; ln -s s "$c/state"' "$work/copy $no: state: it is a link"
joins 'whose config is a link' 'mv "$c/config" "$c/s"; ln -s s "$c/config"' "$work/copy $no: config: it is a link"
joins 'whose config is a FIFO' 'rm "$c/config"; mkfifo "$c/config"' "$work/copy $no: config: it is not a regular file"
if [ "$(id -u)" = 0 ]; then
    joins 'of another user' 'chown 1 "$c"' "$work/copy $no: it belongs to another user"
    joins 'with the state of another user' 'chown 1 "$c/state"' "$work/copy $no: state: it belongs to another user"
else
    skip 'a program does not join a run of another user' 'only root can give a directory away'
    skip 'a program does not join a run with the state of another user' 'only root can give a file away'
fi

# replaced NAME MAKE: the program moves the directory away, and makes something else at its path, $d.
mkdir "$work/keep"
: >"$work/keep/file"
replaced() {
    # shellcheck disable=SC2016
    run run --quiet -- sh -c 'd=$SPAPR_TCE_RUN; mv "$d" "$d.moved"; echo "$d"; cd "$2"; eval "$1"' sh "$2" "$work"
    ok "the end of a run leaves $1 in the place of its directory" '0 there there' \
        "$status $([ -e "$work/keep/file" ] && echo there) $([ -e "$out" ] || [ -L "$out" ] && echo there)"
    rm -rf "$out" "$out.moved"
}
replaced 'a link' 'ln -s "$2/keep" "$d"'
replaced 'another directory' 'mkdir "$d"; : >"$d/file"'
replaced 'a file' ': >"$d"'

# A program makes the files of groups and disks itself. If a link has taken the place of one, the program does not
# follow it.
echo mine >"$work/keep/file"
# shellcheck disable=SC2016
run run --quiet --device dmatest -- sh -c 'ln -sf "$2" "$SPAPR_TCE_RUN/group-1"; "$1"' sh "$hold" "$work/keep/file"
ok 'a link in the place of a file of a group is not followed' 'error mine' "$out $(cat "$work/keep/file")"
# shellcheck disable=SC2016
run run --quiet --device nvme,size=1M -- sh -c '"$1" >"$3" && (cd "$SPAPR_TCE_RUN" && for f in *; do
    [ "$(stat -c %s "$f")" = 1048576 ] && ln -sf "$2" "$f" && echo linked; done; "$1")' sh "$hold" "$work/keep/file" "$work/o"
ok 'nor is one in the place of a disk in memory' 'open linked error mine' \
    "$(cat "$work/o") $(xargs <<<"$out") $(cat "$work/keep/file")"

# The sizes go in steps of a page, so that each file that a run makes is once the first without room.
unshare=(unshare --mount)
[ "$(id -u)" = 0 ] || unshare+=(--user --map-root-user)
if "${unshare[@]}" mount -t tmpfs none "$work/keep" 2>"$work/why"; then
    # shellcheck disable=SC2016
    "${unshare[@]}" timeout 600 bash -c 'refused=0
        for ((pages = 1; pages < 1000; pages += pages < 40 ? 3 : 24)); do
            mount -t tmpfs -o size=$((pages * $(getconf PAGESIZE))) none "$2" || exit
            XDG_RUNTIME_DIR=$2 "$1" run --quiet --device dmatest -- "$3" >"$4/out" 2>"$4/err" </dev/null
            status=$?
            [ -z "$(ls -A "$2")" ] || { echo "$pages pages: not empty"; exit; }
            umount "$2"
            [ $status != 0 ] || break
            refused=$((refused + 1))
            # Here the run has room, but the group has not.
            [ "$status $(cat "$4/out")" != "1 error" ] || continue
            case "$status $(wc -l <"$4/err") $(cat "$4/err")" in
            "125 1 spapr-tce: "*": the directory of the run cannot be filled: No space left on device; make room "*) ;;
            *) echo "$pages pages: status $status: $(cat "$4/err")"; exit ;;
            esac
        done
        echo "refused often: $((refused > 8)), then: $(cat "$4/out")"' bash "$SPAPR_TCE" "$work/keep" "$hold" "$work" \
        >"$work/said"
    ok 'a run begins where there is room for all of it, and says else that there is none' \
        'refused often: 1, then: open' "$(cat "$work/said")"
else
    skip 'a run begins where there is room for all of it' "no mount namespace: $(cat "$work/why")"
fi
finish
