#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The exit status of a run is the program's. 126 and 127 say that the program did not start. $1 is a static program.
. "$(dirname "$0")/lib.sh"
static=$1

run run -- true
ok 'success is 0' 0 "$status"
run run -- sh -c 'exit 3'
ok 'other statuses are passed on' 3 "$status"
run run -- sh -c 'kill -9 $$'
ok 'SIGKILL is 137' 137 "$status"
run run -- sh -c 'kill -TERM $$'
ok 'SIGTERM is 143' 143 "$status"
run run true
ok 'the two dashes may be left out' 0 "$status"
run run -- sh -c 'echo "$1"' sh '--help'
ok "the program's own options are its own" --help "$out"

refused 'a name that is nowhere is 127' 127 'no-such-program: No such file or directory' run -- no-such-program
refused 'a path that is nowhere is 127' 127 '*/missing: No such file or directory' run -- "$work/missing"
echo data >"$work/data"
refused 'a file without x is 126' 126 '*/data: Permission denied' run -- "$work/data"
refused 'a directory is 126' 126 '*: Permission denied' run -- "$work"

refused 'a static program is 126' 126 '*linked statically*' run -- "$static"
printf '#!%s\n' "$static" >"$work/script"
chmod +x "$work/script"
refused 'so is a script for a static interpreter' 126 '*its interpreter*linked statically*' run -- "$work/script"
# Byte 18 of an ELF header is the machine; no machine has 0x1234.
{ head -c 18 "$(type -P true)"; printf '\x34\x12'; tail -c +21 "$(type -P true)"; } >"$work/foreign"
chmod +x "$work/foreign"
refused 'a program of another architecture is 126' 126 '*another architecture*' run -- "$work/foreign"
head -c 300 /dev/zero >"$work/zeros"
chmod +x "$work/zeros"
refused 'a file of no known kind is 126' 126 '*is not a program that this machine can run' run -- "$work/zeros"
printf '#!%s\n' "$work/loop" >"$work/loop"
chmod +x "$work/loop"
refused 'a script that interprets itself is 126' 126 '*chain of interpreters*' run -- "$work/loop"

if [ "$(id -u)" = 0 ]; then
    cp "$(type -P true)" "$work/setuid"
    chown nobody "$work/setuid" && chmod u+s "$work/setuid"
    refused 'a setuid program is 126' 126 '*setuid*' run -- "$work/setuid"
else
    setuid=$(find /bin/su /usr/bin/su -perm -4001 ! -user "$(id -un)" 2>/dev/null | head -n 1)
    if [ -n "$setuid" ]; then
        refused 'a setuid program is 126' 126 '*setuid*' run -- "$setuid"
    else
        skip 'a setuid program is 126' 'no setuid program here'
    fi
fi

printf '#!/bin/sh\nexit 5\n' >"$work/script"
run run -- "$work/script"
ok 'a script runs' 5 "$status"
printf 'exit 6\n' >"$work/script"
run run -- "$work/script"
ok 'a script without an interpreter runs in the shell' 6 "$status"
finish
