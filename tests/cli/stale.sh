#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The next run removes the directory of a run that was killed, unless a program of it still lives. $1 is hold-group.
. "$(dirname "$0")/lib.sh"
hold=$1
keep_runs_apart

is_there() { [ -d "$1" ] && echo yes || echo no; }

hold_in_run live
live=$directory live_pipe=$pipe live_pid=$pid
hold_in_run killed
killed=$directory
kill -9 "$pid" 2>/dev/null
wait "$pid" 2>/dev/null
run run --quiet -- true
ok 'a run that lives keeps its directory' yes "$(is_there "$live")"
ok 'and so does one that was killed, while its program goes on' yes "$(is_there "$killed")"

kill -9 "$program"
while [ ! -e "$work/killed.ended" ]; do sleep 0.02; done
mkdir -p "$XDG_RUNTIME_DIR/spapr-tce-run-abcdef" "$work/elsewhere"
: >"$work/elsewhere/state"
ln -s "$work/elsewhere" "$XDG_RUNTIME_DIR/spapr-tce-run-uvwxyz"
run run --quiet -- true
ok 'once that has ended too, the next run removes it' no "$(is_there "$killed")"
ok 'that no run has been in is left alone' yes "$(is_there "$XDG_RUNTIME_DIR/spapr-tce-run-abcdef")"
ok 'links are not followed' yes "$([ -e "$work/elsewhere/state" ] && echo yes)"
ok 'the other still lives' yes "$(is_there "$live")"

exec {live_pipe}>&- {pipe}>&-
kill "$live_pid"
wait "$live_pid" 2>/dev/null
ok 'and removes its own when it ends' no "$(is_there "$live")"

# The program signals the launcher for as long as it exists, and so while it removes the directory.
left=0
for _ in 1 2 3 4 5; do
    # shellcheck disable=SC2016
    run run --quiet -- sh -c 'echo "$SPAPR_TCE_RUN"; (while kill $PPID; do :; done) >"$1" 2>&1 &' sh "$work/told"
    [ "$(is_there "$out")" = no ] || left=$((left + 1))
done
ok 'a signal at its end leaves nothing behind' 0 $left
finish
