#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The closing table and the report have a row for each port that a card of the run was plugged into. $1 is the program
# receives.
. "$(dirname "$0")/lib.sh"
receives=$1

# The first program of the run misses frames, and the second one adds to that.
run run --memlock 256M --device igb,net=source:64 --device igb,net=sink --report "$work/report.json" -- \
    sh -c '"$1" 100 && "$1" 50' sh "$receives"
rows=$(grep 'net=' "$work/err")
ok 'the program has missed its frames' 0 "$status"
ok 'a port that was used has a row, and the other one none' 1 "$(wc -l <<<"$rows")"
missed=$(sed -n 's/^spapr-tce:   0000:01:00\.0       \([0-9]*\) missed for want of descriptors, .*; net=source:64$/\1/p' <<<"$rows")
ok 'it tells what was missed for want of descriptors, by both programs' yes \
    "$([ "${missed:-0}" -ge 150 ] && echo yes || echo "$rows")"
ok 'and that the link came up twice' 1 "$(grep -c '2 changes of the link' <<<"$rows")"
ok 'the report has the same' "1 0000:01:00.0 source:64 $missed 0 2" \
    "$(jq -r '"\(.ports | length) \(.ports[0] | "\(.function) \(.net) \(.missed) \(.received_frames) \(.link_changes)")"' \
        "$work/report.json")"

# A far end that sends a frame of 4 GiB, goes, and comes back with good ones.
cat >"$work/far.py" <<'END'
import socket, struct, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen()
print("ready", flush=True)
first, _ = listener.accept()
first.sendall(struct.pack(">I", 0xffffffff))
first.recv(1)
second, _ = listener.accept()
second.sendall((struct.pack(">I", 64) + b"\xff" * 64) * 100)
second.recv(1)
END
python3 "$work/far.py" "$work/far" >"$work/says" &
while ! [ -s "$work/says" ]; do sleep 0.02; done
run run --memlock 256M --device "igb,net=unix:$work/far" -- "$receives" 100
wait
ok 'a far end that breaks the rules does not stop the program' 0 "$status"
ok 'and its error is told, with what it did' 1 \
    "$(grep -c ' 100 missed for want of descriptors, 1 error of the far end, [13] changes* of the link; net=unix:' "$work/err")"

# What a program leaves in the run's directory is no port unless it has the name and the size of one.
run run --memlock 256M --device igb,net=sink -- sh -c 'cd "$SPAPR_TCE_RUN"
    touch port- port-x port-0000:01:00.0 port-0000:01:00.0.0 port-0000:02:00.0x
    for name in 0:1:0.0 "0000: 1:00.0" -001:01:00.0 +0:+1:+0.1 0000:0A:00.0 0x1:01:00.0 0000:01:20.0 0000:01:00.8; do
        head -c 320 /dev/zero | tr "\0" "\377" >"port-$name"
    done
    mkdir port-0000:03:00.0; ln -s /dev/zero port-0000:04:00.0; head -c 320 /dev/zero | tr "\0" "\377" >port-0000:05:00.0'
ok 'a run ends although its directory has other things' 0 "$status"
ok 'and only what is whole is told' 1 "$(grep -c 'net=' "$work/err")"
finish
