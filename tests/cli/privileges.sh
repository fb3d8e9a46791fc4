#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A program that has given up its privileges, or sees other mounts. Owner and mode of /dev/vfio/N decide whether it
# may open a group, and one line says so if the run is out of reach. $1 is hold-group, $2 a program that opens a
# container (starts.c).
. "$(dirname "$0")/lib.sh"
hold=$(realpath "$1") starts=$(realpath "$2")
nobody="setpriv --reuid=65534 --regid=65534 --clear-groups"
far='spapr-tce: this program gets no machine: */spapr-tce-run-?????? is not the directory of a run: No such file or directory; in another root or mount namespace it must be bound to the same path'

refused 'no such owner' 125 '--node-owner no-such-user: *there is no user "no-such-user"' \
    run --node-owner no-such-user -- touch "$work/started"
refused 'no such mode' 125 '--node-mode 888: *it must be an octal number up to 0777, such as 0660' run --node-mode 888 -- touch "$work/started"

shows() { # shows NAME WANTED OPTION...: owner, group, mode and kind of /dev/vfio/1
    local name=$1 wanted=$2
    shift 2
    run run --quiet --device dmatest "$@" -- stat -c '%u:%g %a %F' /dev/vfio/1
    ok "$name" "$wanted" "$out$err"
}
shows 'a group is of whoever starts the run' "$(id -u):$(id -g) 600 character special file"
shows 'its mode can be given' "$(id -u):$(id -g) 660 character special file" --node-mode 660

if [ "$(id -u)" = 0 ] && $nobody test -r "$SPAPR_TCE"; then
    as() { # as WHO OPTION...: what a program of that user can open
        local who=$1
        shift
        run run --quiet --device dmatest --device "nvme,size=1M" "$@" -- $who \
            sh -c '"$1" open; echo $?; "$2" 1; "$2" 2' sh "$starts" "$hold"
    }
    as "$nobody"
    ok 'another user opens a container, and no group of root' '0 error error' "$(xargs <<<"$out")$err"
    as "$nobody" --node-owner 65534
    ok 'the owner opens groups, and a disk in memory' '0 open open' "$(xargs <<<"$out")$err"
    as "setpriv --reuid=65534 --regid=65534 --groups=12345" --node-owner :12345 --node-mode 0660
    ok 'so does a member of the group that the node belongs to' '0 open open' "$(xargs <<<"$out")$err"
    as "$nobody" --node-owner :12345 --node-mode 0660
    ok 'and nobody else' '0 error error' "$(xargs <<<"$out")$err"
    (umask 077 && as "$nobody" --node-mode 0666 && [ "$(xargs <<<"$out")$err" = '0 open open' ])
    ok "whatever the launcher's umask" 0 $?
    # shellcheck disable=SC2016
    run run --report "$work/report.json" --device dmatest --node-owner 65534 -- sh -c \
        'd=$SPAPR_TCE_RUN; '"$nobody"' sh -c "ls \$1 \${1%/*} >/dev/null 2>&1; echo \$?; exec \"\$2\"" sh "$d" "$1"' sh "$hold"
    ok 'it cannot list the run, and what it does is counted' '2 open 1' "$(xargs <<<"$out") $(jq .counters.groups_opened "$work/report.json")"
    ok 'and told' 1 "$(grep -c '^spapr-tce: group 1 opened$' "$work/err")"
    touch "$work/disk" && truncate -s 1M "$work/disk" && chmod 600 "$work/disk" && chmod 755 "$work"
    run run --quiet --node-owner 65534 --device nvme,file="$work/disk" -- $nobody "$hold"
    ok 'a disk that it may not open is named' \
        "spapr-tce: this program gets no machine: nvme: $work/disk: Permission denied (readonly=on may help)" "$err"
    XDG_RUNTIME_DIR='' $nobody "$SPAPR_TCE" run --quiet --node-owner 0 -- true >"$work/out" 2>"$work/err"
    ok 'who is not root cannot give nodes away' \
        '125 spapr-tce: node-owner: only root may give files to this owner' "$? $(cat "$work/err")"
    # shellcheck disable=SC2016
    run run --quiet -- unshare --mount sh -c 'mount -t tmpfs none "${SPAPR_TCE_RUN%/*/*}" && exec "$1" open' sh "$starts"
    # shellcheck disable=SC2053,SC2254
    ok 'below another /dev/shm one line says where the run has to be' '1 yes' \
        "$status $(case $err in $far) echo yes ;; *) echo "$err" ;; esac)"
    # in_root FOLDER...: what a program finds in a root with the machine's programs and these folders
    in_root() {
        # shellcheck disable=SC2016
        XDG_RUNTIME_DIR='' run run --quiet -- unshare --mount sh -c 'root=$1 program=$2; shift 2
            mount -t tmpfs none "$root"
            for folder in /usr /bin /lib /lib64 "$@" ${run_too:+"$SPAPR_TCE_RUN"}; do
                [ ! -L "$folder" ] || { cp -P "$folder" "$root"; continue; }
                mkdir -p "$root$folder" && mount --bind "$folder" "$root$folder"
            done
            exec chroot "$root" "$program" open' sh "$work/root" "$starts" "$@"
    }
    mkdir "$work/root"
    library=$(dirname "$SPAPR_TCE")
    export run_too=yes
    in_root "$library"
    run_too=
    ok 'in another root that has the library and the run all is as before' "0 ''" "$status '$err'"
    in_root "$library"
    # shellcheck disable=SC2053,SC2254
    ok 'without the run one line says where it has to be' '1 yes' \
        "$status $(case $err in $far) echo yes ;; *) echo "$err" ;; esac)"
    in_root "$(dirname "$starts")"
    ok 'without the library too' "1 spapr-tce: $starts cannot be served: our library \
$library/libspapr-tce-preload.so does not exist for it; in another root or mount namespace it must be bound to the same path" \
        "$status $err"
    for login in su 'su -' 'sudo -u nobody'; do
        type -P "${login%% *}" >/dev/null || { skip "$login" 'not installed'; continue; }
        case $login in
        su | 'su -') start=($login -s /bin/sh nobody -c "exec '$starts' open") ;;
        *) start=($login "$starts" open) ;;
        esac
        run run --quiet --node-owner 65534 --device dmatest -- "${start[@]}"
        ok "below $login too" "0 ''" "$status '$(grep -v 'cannot change directory' <<<"$err")'"
    done
else
    skip 'a program that has given up its privileges' 'only root has some, and the build folder has to be open to all'
fi

if bwrap --dev-bind / / --dev /dev true 2>"$work/why"; then
    XDG_RUNTIME_DIR='' run run --quiet -- bwrap --dev-bind / / --dev /dev "$starts" open
    case $err in $far) line=yes ;; *) line=$err ;; esac
    ok 'so it does below bwrap --dev' '1 yes' "$status $line"
    # shellcheck disable=SC2016
    XDG_RUNTIME_DIR='' run run --quiet -- sh -c \
        'exec bwrap --dev-bind / / --dev /dev --bind "$SPAPR_TCE_RUN" "$SPAPR_TCE_RUN" "$1" open' sh "$starts"
    ok 'and bound there the run is found' "0 ''" "$status '$err'"
    library=$(dirname "$SPAPR_TCE")/libspapr-tce-preload.so
    XDG_RUNTIME_DIR='' run run --quiet -- bwrap --dev-bind / / --tmpfs "$(dirname "$SPAPR_TCE")" true
    ok 'where our library is not to be seen, that is told' "0 spapr-tce: $(type -P true) cannot be served: our library \
$library does not exist for it; in another root or mount namespace it must be bound to the same path" "$status $err"
else
    skip 'a program below bwrap --dev' "no bwrap, or no namespaces: $(head -n 1 "$work/why")"
fi
finish
