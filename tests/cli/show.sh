#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# `show` and `top` tell what the programs of a live run have and do. $1 is maps, $2 hold-group.
. "$(dirname "$0")/lib.sh"
maps=$1 hold=$2
keep_runs_apart

mkfifo "$work/pipe"
"$SPAPR_TCE" run --quiet --page-size 4K --memlock 256M --device dmatest --report "$work/run.json" -- \
    sh -c 'echo "$SPAPR_TCE_RUN $$" >"$2"; exec "$1"' sh "$maps" "$work/new" <"$work/pipe" >"$work/says" &
launcher=$!
exec {pipe}>"$work/pipe"
while ! grep -q mapped "$work/says" 2>/dev/null; do sleep 0.02; done
read -r directory program <"$work/new"
name=${directory##*-}

run show "$name"
ok 'show tells the run and its program' "0//run $name, made by process $launcher program $program: $maps" \
    "$status/$err/$(sed -n '1s/ at .*//p; /^program/p' "$work/out" | xargs)"
ok 'its group and device' '  group 1   open, container X, v2, 1 registered; devices read 0 and wrote 0
            0000:01:00.0 dmatest' "$(grep -A1 '^  group 1' "$work/out" | sed 's/container 0x[0-9a-f]*/container X/')"
ok 'its window, with what is mapped where' \
    '[+                               ] 4096 of 262144 mapped' "$(sed -n 's/^ *\(\[.*mapped\)$/\1/p' "$work/out")"
ok 'the locked memory, and what for' '16M for registered memory' \
    "$(sed -n 's/^  locked .* charged: \(.*memory\), .*/\1/p' "$work/out")"
run show --json "$program"
ok 'a program names its run, and --json is JSON' "0/$name/$program/4096/[50,0]/no" \
    "$status/$(jq -r .run "$work/out")/$(jq -r '.programs[0].pid' "$work/out")/$(jq -r .counters.pages_mapped "$work/out"
    )/$(jq -c '.programs[0].windows[0].cells[0:2]' "$work/out")/$(jq -r '.programs[0].windows[0].shared' "$work/out")"
ok 'each counter is there' "$(jq '.counters | length' "$work/out")" "$(jq '.programs[0].counters | length' "$work/out")"

run top --count 1 "$launcher"
ok 'top prints a page that fits into 80 columns but for the command' "0//1/0" \
    "$status/$err/$(grep -c "^ *$program " "$work/out")/$(sed "s| [^ ]*maps$||" "$work/out" | grep -c '.\{81\}')"
"$SPAPR_TCE" top --json --count 2 --interval 1 "$name" >"$work/top" &
top=$!
while ! [ -s "$work/top" ]; do sleep 0.02; done
for _ in 1 2 3; do echo >&"$pipe"; done
wait $top
ok 'top follows the calls' '2/3000 3000' "$(wc -l <"$work/top")/$(jq -rs \
    '.[1].programs[0].counters as $b | .[0].programs[0].counters as $a | "\($b.map_calls - $a.map_calls) \($b.unmap_calls - $a.unmap_calls)"' "$work/top")"

# The report is written from time to time.
while ! jq -e '.windows[0].occupancy' "$work/run.json" >/dev/null 2>&1; do sleep 0.05; done
kill -STOP "$program"
run show "$name"
ok 'a program that is stopped is one line' "0/program $program: it is stopped" "$status/$(grep ^program "$work/out")"
kill -CONT "$program"
rm "$work/top" # what top prints below is waited for, and the shell may open its file later
"$SPAPR_TCE" top --interval 0.2 "$name" >"$work/top" 2>"$work/top.err" {pipe}>&- &
top=$!
while ! [ -s "$work/top" ]; do sleep 0.02; done
exec {pipe}>&-
wait $top
ok 'top ends with its run' "0/spapr-tce: run $name has ended" "$?/$(cat "$work/top.err")"
wait $launcher
ok 'the report has what was mapped where, and when' '4096 [50,0] true' "$(jq -r '.windows[0].occupancy |
    "\(.most) \(.cells[0:2] | tojson) \((.time | length) == (.mapped | length) and (.table_bytes | max) > 32768)"' "$work/run.json")"
refused 'a run that has ended' 125 "there is no run \"$name\"; it has ended, or never was*" show "$name"
refused 'an unknown option' 125 "unknown option '--all'; try spapr-tce help show" show --all
refused 'an interval that is none' 125 '--interval needs a number above 0*' top --interval 0 "$name"
refused 'two runs' 125 'top takes one run' top one two

# The page on a terminal of 80x24. `hold` has group 2 and maps nothing, and is older than `maps`.
if ! ldd "$SPAPR_TCE" 2>/dev/null | grep -q ncurses; then
    for name in 'top fills' 's sorts' 'p keeps' 'and p goes on' 'a smaller terminal' 'q leaves' 'top leaves'; do
        skip "on a terminal $name" 'it was built without ncurses'
    done
    finish
fi
mkfifo "$work/hold" "$work/pipe2"
"$SPAPR_TCE" run --quiet --page-size 4K --memlock 256M --device dmatest --device dmatest -- sh -c '
    "$1" 2 <"$3/hold" >"$3/held" & echo "$SPAPR_TCE_RUN $!" >"$3/first"
    "$2" <"$3/pipe2" >"$3/says" & echo "$!" >"$3/second"; wait' sh "$hold" "$maps" "$work" &
launcher=$!
exec {keep}>"$work/hold" {pipe}>"$work/pipe2"
while ! grep -q open "$work/held" 2>/dev/null || ! grep -q mapped "$work/says" 2>/dev/null; do sleep 0.02; done
read -r directory first <"$work/first"
read -r second <"$work/second"
rm "$work/says"
# on_screen STEP...: shows the run on a terminal (terminal.py)
on_screen() { "$(dirname "$0")/terminal.py" 24 80 "$@" -- "$SPAPR_TCE" top --interval 0.1 "${directory##*-}" {pipe}>&- {keep}>&-; }
# The programs of a screen, by row.
programs() { sed "s/^ *$first .*/hold/; s/^ *$second .*/maps/" | grep -x 'hold\|maps' | xargs; }

on_screen '?s sort' = '>q' . >"$work/screen"
ok 'on a terminal top fills 24 rows of at most 80 columns' \
    "0/24/0/q quit  s sort (calls)  p pause/[+                               ] 4096" \
    "$?/$(wc -l <"$work/screen")/$(grep -c '.\{81\}' "$work/screen")/$(tail -n 1 "$work/screen")/$(grep -o '\[.*' "$work/screen")"
on_screen '?s sort' '>s' '?s sort .DMA' '>s' '?s sort .pages' = '>s' '?s sort .PID' = '>s' '?s sort .calls' '>q' . >"$work/screen"
ok 'on a terminal s sorts by another column each time, and in the end by the first again' '0/maps hold hold maps' \
    "$?/$(programs <"$work/screen")"
# While it is paused, a program ends, and another top takes pictures; s draws the picture again, which must be the old one.
on_screen '?s sort' '>p' '?p go on .paused' "!kill $first; while kill -0 $first 2>/dev/null; do sleep 0.02; done
    '$SPAPR_TCE' top --count 5 --interval 0.2 $second >'$work/other'" \
    '>sss' '?s sort .PID.*paused' = '>p' '?p pause' "?(?s)\\A(?!.* $first )(?!.* $second .* $second )" = '>q' . >"$work/screen"
status=$?
ok 'on a terminal p keeps the picture' 'hold maps' "$(head -n 24 "$work/screen" | programs)"
ok 'on a terminal and p goes on' '0/maps' "$status/$(tail -n 24 "$work/screen" | programs)"
on_screen '?s sort' @5x40 '?^run.*\n(.*\n){3}q quit  s sort.*p pause' = '>q' . >"$work/screen"
ok 'on a terminal that becomes smaller the page is cut' '5/0/q quit  s sort (calls)  p pause' \
    "$(wc -l <"$work/screen")/$(grep -c '.\{41\}' "$work/screen")/$(tail -n 1 "$work/screen")"
on_screen '?s sort' '>Q' . >"$work/screen"
ok 'on a terminal q leaves' 0/ "$?/$(cat "$work/screen")"
exec {keep}>&-
"$(dirname "$0")/terminal.py" 24 80 '?s sort' "!kill $second" . = -- "$SPAPR_TCE" top --interval 0.1 "${directory##*-}" {pipe}>&- >"$work/screen"
ok 'on a terminal top leaves with its run, and says so' "0/spapr-tce: run ${directory##*-} has ended" \
    "$?/$(grep -a ended "$work/screen")"
exec {pipe}>&-
wait $launcher
finish
