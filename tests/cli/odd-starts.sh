#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A program that starts others with bad arguments, bad environments and bad files ($1) sees the same below a run as
# outside. This may take longer than a minute, because it starts 2000 programs, half of them below a run.
. "$(dirname "$0")/lib.sh"
program=$(realpath "$1")
chmod 755 "$work"
is_long="a program cannot be served: its LD_PRELOAD is so long that it has no room for our library"

compare() { # compare NAME WRAPPER...: runs it alone and below a run
    local name=$1 wanted
    shift
    rm -rf "$work/folder" && install -d -m 777 "$work/folder"
    "$@" "$program" "$work/folder" >"$work/alone" 2>"$work/alone-err" </dev/null
    wanted=$?
    rm -rf "$work/folder" && install -d -m 777 "$work/folder"
    run run --quiet -- "$@" "$program" "$work/folder"
    ok "$name" "$wanted ''" "$status '$(diff "$work/alone" "$work/out")'"
    ok 'it came to its end' 'end' "$(tail -n 1 "$work/out")"
    ok 'one with a long LD_PRELOAD is told of' "spapr-tce: $is_long" "$(grep LD_PRELOAD "$work/err")"
}

compare 'all is as it is without us'
if [ "$(id -u)" = 0 ] && setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$program"; then
    compare 'and for a user who cannot read all' setpriv --reuid=65534 --regid=65534 --clear-groups
else
    skip 'and for a user who cannot read all' 'this is no root, or the program lies where others cannot go'
fi
finish
