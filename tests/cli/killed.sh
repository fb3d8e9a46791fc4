#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The pages, ranges and charges of a killed program are subtracted from the totals while another program lives,
# however many threads the killed program had. $1 is hold-group, $2 many-threads.
. "$(dirname "$0")/lib.sh"
many=$(realpath "$2") hold=$(realpath "$1")

# The other program lives until we close its pipe, after the end of the run.
mkfifo "$work/pipe"
exec 9<>"$work/pipe"
begin='"$1" 2 <"$3/pipe" >"$3/other" & while ! grep . "$3/other"; do sleep 0.05; done'
value() { grep -oE "\"$1\": *[0-9]+" "$work/report" | grep -oE '[0-9]+$'; }

run_both() { # run_both COMMANDS: runs them after the start of the other program
    run run --quiet --memlock 1G --report "$work/report" --device dmatest --device dmatest -- timeout 120 bash -c \
        "$begin; $1" bash "$hold" "$many" "$work" 9>&-
}

run_both 'exit 0'
alone=$(value table_bytes)
# shellcheck disable=SC2016
run_both '"$2" >"$3/says" & killed=$!; while ! grep . "$3/says"; do sleep 0.05; done
    kill -9 $killed; wait $killed 2>/dev/null; exit 0'
ok 'two programs, one of them with 300 threads' '0 open mapped' "$status $(xargs <<<"$out")"
ok 'it mapped a page in each' '300 300' "$(value map_calls) $(value register_calls)"
ok 'nothing is left of it' "0 0 0 $alone" \
    "$(value pages_mapped) $(value registered_bytes) $(value locked_bytes) $(value table_bytes)"
ok 'but the peaks' yes "$([ "$(value pages_mapped_peak)" -ge 300 ] && echo yes)"
finish
