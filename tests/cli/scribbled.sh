#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A program writes garbage to the files that the programs of a run share. Another program, and the process that made
# the run, still end by themselves, with the status that they would have had. $1 is scribble, $2 hold-group.
. "$(dirname "$0")/lib.sh"
scribble=$(realpath "$1") hold=$(realpath "$2")
seed=${SEED:-$RANDOM}
echo "# SEED=$seed"

# scribbled COMMANDS: runs them beside a program that works; $status is 7 if the run and its shell end as they should
scribbled() {
    rm -f "$work"/{pipe,says}
    mkfifo "$work/pipe"
    # shellcheck disable=SC2016
    timeout -k 10 250 "$SPAPR_TCE" run --memlock 1G --report "$work/report" --device dmatest --device dmatest -- bash -c '
        "$2" work <"$4/pipe" >"$4/says" & worker=$!
        exec 9>"$4/pipe"
        until grep -q ready "$4/says"; do kill -0 $worker || exit 8; sleep 0.05; done
        eval "$1"
        exec 9>&-
        wait $worker; echo "worker $?"
        exit 7' bash "$1" "$scribble" "$hold" "$work" "$seed" >"$work/out" 2>"$work/err" </dev/null
    status=$?
    out=$(xargs <"$work/out")
}

# shellcheck disable=SC2016
scribbled 'for n in 1 2 3; do "$2" write "$SPAPR_TCE_RUN/state" $(($5 + n)); echo $?; done'
ok 'the state: the run and the other program end as they should' '7 0 0 0 worker 0' "$status $out"
ok 'and the report is whole' yes "$(python3 -m json.tool "$work/report" >/dev/null && echo yes)"

# A program that joins meanwhile is admitted or refused, and opens its group or does not; it neither dies nor hangs.
# shellcheck disable=SC2016
scribbled '"$2" write "$SPAPR_TCE_RUN/state" $5 & writer=$!
    for n in $(seq 20); do timeout 60 "$3" 2 </dev/null >/dev/null 2>&1; s=$?; [ $s -le 1 ] || echo "joined: $s"; done
    wait $writer; echo $?'
ok 'programs that join meanwhile are let in or refused' '7 0 worker 0' "$status $out"

# shellcheck disable=SC2016
scribbled '"$2" write "$SPAPR_TCE_RUN/group-1" $5; echo $?'
ok 'the file of its group: the run and the other program end as they should' '7 0 worker 0' "$status $out"

# Programs that map a truncated file fault beyond its end; the run itself reports and ends.
# shellcheck disable=SC2016
scribbled 'for f in "$SPAPR_TCE_RUN"/*; do [ ! -f "$f" ] || : >"$f"; done; sleep 0.5'
ok 'files that are cut short: the run ends with the status of its program' 7 "$status"
# shellcheck disable=SC2016
scribbled 'rm -rf "$SPAPR_TCE_RUN"; sleep 0.5'
ok 'files that are gone: so it does' '7 worker' "$status ${out% *}"
finish
