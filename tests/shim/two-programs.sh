#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# All programs of a run see the same groups. $1 is hold-group; without more arguments the script runs itself below
# spapr-tce.
if [ "${2:-}" != inside ]; then
    exec "$SPAPR_TCE" run --quiet --device dmatest -- bash "$0" "$1" inside
fi
hold=$1 n=0 failed=0
ok() { # ok NAME WANTED GOT
    n=$((n + 1))
    [ "$2" = "$3" ] || { failed=1; echo "# wanted '$2', got '$3'"; printf 'not '; }
    echo "ok $n - $1"
}

coproc first { exec "$hold"; }
first_pid=$first_PID
read -r word <&"${first[0]}"
ok 'the first program opens the group' open "$word"
ok 'the second program finds it busy' busy "$("$hold" </dev/null)"
kill -9 "$first_pid"
wait "$first_pid" 2>/dev/null
ok 'kill -9 frees it' open "$("$hold" </dev/null)"
ok 'and so does an ordinary end' open "$("$hold" </dev/null)"
echo "1..$n"
exit $failed
