#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A terminal freezes a group of a live run, and rules do so when it is time. $1 obeys letters (recovers.c), $2 is
# hold-group.
. "$(dirname "$0")/lib.sh"
recovers=$1 hold=$2
keep_runs_apart

# begin [OPTION...]: starts a run with the program, whose input is $to, and reads its lines from $from
begin() {
    rm -f "$work/to" "$work/from"
    mkfifo "$work/to" "$work/from"
    "$SPAPR_TCE" run --quiet --device dmatest,addr=0000:01:00.0,group=1 "$@" -- "$recovers" \
        <"$work/to" >"$work/from" 2>"$work/run.err" &
    pid=$!
    exec {to}>"$work/to" {from}<"$work/from"
    read -r -t 60 said <&"$from"
}

# tell LETTERS: leaves what the program says in $said
tell() {
    local i line
    printf %s "$1" >&"$to"
    said=
    for ((i = 0; i < ${#1}; i++)); do
        read -r -t 60 line <&"$from"
        said="$said${said:+ }$line"
    done
}

end() {
    exec {to}>&- {from}<&-
    wait "$pid"
}

begin
magic=$(tell l; echo "$said")
run eeh "$pid" show
ok 'show tells of each group that is attached' \
    '0/group 1: normal, EEH enabled, frozen 0 times, 0 as Linux counts in an hour, 0 errors armed/' "$status/$out/$err"
run eeh "$pid" freeze 1
ok 'freeze says what it has done' '0/group 1: frozen, EEH enabled, frozen 1 times, 1 as Linux counts in an hour, 0 errors armed
  last frozen by a call/' "$status/$out/$err"
tell lcs
ok 'the program reads ones, and the state' 'ffffffff ffffffff 2' "$said"
run eeh "$pid" thaw 1
tell ls
ok 'thaw gives the registers back; a run is named by a process' "0/$magic 0" "$status/$said"
run eeh "$pid" inject 1 0 0
tell lls
ok 'an injected error meets the next load' "0/ffffffff ffffffff 2" "$status/$said"
tell rl
ok 'a reset recovers the PE' "0 $magic" "$said"
run eeh "$pid" show 1
ok 'show tells what froze it last' '  last frozen by an injected error, load of 4 bytes at 0x0' "$(sed -n 2p "$work/out")"
run eeh "$pid" freeze 1 after=2loads
tell llsr
ok 'a rule is given to a live run' "0/$magic ffffffff 2 0" "$status/$said"
run eeh "$pid" show 1
ok 'and is named as the cause' '  last frozen by rule 1, load of 4 bytes at 0x0' "$(sed -n 2p "$work/out")"
run eeh "$pid" unavailable 1
tell srs
ok 'a PE below a dead bridge' '0/5 1 5' "$status/$said"
run eeh "$pid" thaw 1
run eeh "$pid" unavailable 1 60000
ok 'or one that is being recovered' '0/group 1: unavailable, 5' \
    "$status/$(sed 's/,.*//; s/ *available in \(.\).*/5/; q' "$work/out"), $(grep -c 'available in [0-9]* ms' "$work/out" | sed s/1/5/)"
run eeh "$pid" thaw 1
refused 'a group that does not exist' 125 'program *: there is no group 7' eeh "$pid" freeze 7
refused 'a group that is no number' 125 'program *: "one" is not the number of a group' eeh "$pid" freeze one
refused 'no group' 125 'program *: thaw needs a group' eeh "$pid" thaw
refused 'an error function that does not exist' 125 'program *: there is no error function 20' eeh "$pid" inject 1 0 20
refused 'an error of I/O space' 125 'program *: group 1 has no I/O space for error function 2' eeh "$pid" inject 1 0 2
refused 'a type that is no number' 125 'program *: "x" is not a number' eeh "$pid" inject 1 x 2
refused 'a rule that is none' 125 'program *: after "0loads"*' eeh "$pid" freeze 1 after=0loads
refused 'a verb that is none' 125 'eeh takes freeze, thaw, inject, unavailable or show*' eeh 1 melt 1
refused 'no verb' 125 'eeh takes freeze, thaw, inject, unavailable or show*' eeh
if [ "$(id -u)" = 0 ] && setpriv --reuid 65534 --clear-groups test -x "$SPAPR_TCE"; then
    other=$(setpriv --reuid 65534 --clear-groups "$SPAPR_TCE" eeh "$pid" freeze 1 2>&1)
    tell s
    ok 'another user is refused' '125/0' "$(setpriv --reuid 65534 --clear-groups "$SPAPR_TCE" eeh "$pid" freeze 1 \
        >/dev/null 2>&1; echo $?)/$said"
    ok 'with one line' 1 "$(echo "$other" | grep -c '^spapr-tce: ')"
else
    skip 'another user is refused' 'only root can become one'
    skip 'with one line' 'only root can become one'
fi
end
refused 'a run that has ended' 125 '*' eeh "$pid" show

begin --eeh freeze:group=1,after=2loads --eeh freeze:group=1,after=1dma
tell lls
ok 'a rule from the start' "$magic ffffffff 2" "$said"
end
ok 'one that has frozen nothing is told at the end' 'spapr-tce: --eeh freeze:group=1,after=1dma has frozen nothing' \
    "$(cat "$work/run.err")"

# A terminal freezes the group again and again, while the program closes its files and ends.
ended= odd=
for ((round = 0; round < 10; round++)); do
    begin
    (
        exec {to}>&- {from}<&-
        while "$SPAPR_TCE" eeh "$pid" freeze 1 && "$SPAPR_TCE" eeh "$pid" thaw 1; do
            :
        done
    ) >/dev/null 2>>"$work/late.err" &
    sleep 0.0$round
    end
    ended=$ended$?
    wait
done
odd=$(grep -vE '^spapr-tce: (program [0-9]+: |.*(no|has) .*)' "$work/late.err")
ok 'a program that is frozen while it ends, ends well' 0000000000 "$ended"
ok 'and the terminal is told in one line each time' "10/" "$(grep -c '^spapr-tce: ' "$work/late.err")/$odd"

mkfifo "$work/pipe"
"$SPAPR_TCE" run --quiet --device dmatest,group=1 -- "$hold" <"$work/pipe" >"$work/held" &
exec {pipe}>"$work/pipe"
while ! grep -q open "$work/held" 2>/dev/null; do sleep 0.02; done
refused 'a group that is open and not attached' 125 'no program of the run has attached group 1' eeh $! freeze 1
exec {pipe}>&-
wait

program=(-- touch "$work/started")
refused 'a rule for no group' 125 'eeh: there is no group 9' run --eeh freeze:group=9 "${program[@]}"
refused 'a platform without EEH' 125 'eeh: pseries has no EEH' \
    run --platform pseries --eeh freeze:group=1 "${program[@]}"
refused 'a rule that does not freeze' 125 '--eeh melt:group=1: eeh: "melt:group=1": it must be freeze:*' \
    run --eeh melt:group=1 "${program[@]}"
refused 'a rule without a group' 125 '*a rule needs group=N' run --eeh freeze:after=1dma "${program[@]}"
finish
