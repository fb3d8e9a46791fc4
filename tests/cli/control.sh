#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A terminal finds the runs that are live and asks their programs, whatever state those are in. $1 is hold-group.
. "$(dirname "$0")/lib.sh"
hold=$1
keep_runs_apart

# The line of a run in `ps`, without what differs from run to run.
line() { grep "^${1##*-}" "$work/out" | awk '{ print $1, $2, $4 }'; }

hold_in_run one
run ps
ok 'a run is listed with its programs' "0/${directory##*-} $pid 1" "$status/$(line "$directory")"
kill -STOP "$program"
run ps
ok 'also while one of them is stopped' "0/${directory##*-} $pid 1" "$status/$(line "$directory")"
kill -CONT "$program"
first=$directory first_pid=$pid first_pipe=$pipe first_program=$program
hold_in_run two
run ps
ok 'two runs are two lines' "${first##*-} $first_pid 1 ${directory##*-} $pid 1" \
    "$( (line "$first"; line "$directory") | xargs)"
kill -9 "$first_program"
while [ ! -e "$work/one.ended" ]; do sleep 0.02; done
wait "$first_pid"
run ps
ok 'a run that has ended is not listed' '0//1' "$status/$(line "$first")/$(line "$directory" | wc -l)"
kill -9 "$pid" 2>/dev/null
wait "$pid" 2>/dev/null
run ps
ok 'one whose launcher was killed is, while a program of it lives' "${directory##*-} $pid 1" "$(line "$directory")"
exec {first_pipe}>&- {pipe}>&-
kill -9 "$program"
while [ ! -e "$work/two.ended" ]; do sleep 0.02; done
run ps
ok 'and afterwards what is left of it is named' "0/${directory##*-} $pid was killed; your next run removes what is left of it" \
    "$status/$(grep "^${directory##*-}" "$work/out" | xargs)"
refused 'an argument of ps' 125 'ps takes no arguments' ps all
finish
