#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Signals reach the program once, its end is waited for, and the run's directory goes away.
. "$(dirname "$0")/lib.sh"

# A program that writes down each signal and ends with status 7 at the first.
cat >"$work/program" <<'END'
#!/bin/sh
for signal in TERM HUP INT QUIT; do
    trap "echo $signal >>'$1/got'; exit 7" $signal
done
echo "$SPAPR_TCE_RUN" >"$1/new"
mv "$1/new" "$1/ready"
while :; do sleep 0.05; done
END
chmod +x "$work/program"

# In a session of its own, so that its process group can be signalled as a terminal does. Shells ignore SIGINT in the
# background, and nohup SIGHUP; env gives them back.
begin() {
    rm -f "$work/ready" "$work/got"
    env --default-signal=HUP,INT,QUIT,TERM setsid "$SPAPR_TCE" run --quiet -- "$work/program" "$work" &
    pid=$!
    while [ ! -e "$work/ready" ]; do sleep 0.02; done
}

end() { # end SIGNAL NAME
    wait "$pid"
    ok "$2" "7, $1" "$?, $(cat "$work/got")"
    ok "  and the run's directory is gone" no "$([ -e "$(cat "$work/ready")" ] && echo yes || echo no)"
}

for signal in TERM HUP; do
    begin
    kill -s $signal "$pid"
    end $signal "SIG$signal is passed on"
done
for signal in INT QUIT; do
    begin
    kill -s $signal -- "-$pid"
    end $signal "SIG$signal from the terminal reaches the program once"
done

# A signal of a lower number is delivered first.
begin
kill -s INT "$pid"
kill -s TERM "$pid"
end TERM 'SIGINT to us alone is left alone, and the program goes on until it is told otherwise'

"$SPAPR_TCE" run --quiet -- sh -c '
    (until grep -q "^State:.T" /proc/$$/status; do sleep 0.02; done; kill -CONT $$) &
    kill -STOP $$
    exit 4'
ok 'a program that stops and goes on has not ended' 4 $?

run run --quiet -- grep -e SigBlk -e SigIgn /proc/self/status
ok 'the program has the signals blocked and ignored that we had' "$(grep -e SigBlk -e SigIgn /proc/self/status)" "$out"
finish
