#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Signals reach the program once; the launcher waits for the program's end, and removes the run's directory.
. "$(dirname "$0")/lib.sh"

# This program writes down each signal, and ends with status 7 at the first.
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

# The run gets its own session, so that its process group can be signalled as a terminal does. Shells ignore SIGINT in
# the background, and nohup SIGHUP; env restores both.
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

# The kernel delivers the signal with the lower number first.
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
