#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Programs that are started by another program are served, even with a cleaned environment. A program that cannot be
# served is named, once. $1 is a static program, $2 a program that starts others by each way of libc (starts.c).
. "$(dirname "$0")/lib.sh"
static=$(realpath "$1") starts=$(realpath "$2")
chmod 755 "$work"
is_static="is linked statically: nothing can be preloaded into it, so it cannot be served"
is_musl="is linked with a C library other than glibc: our library cannot be loaded into it"
is_foreign="is of another architecture: our library cannot be loaded into it"
is_privileged="is setuid, setgid or has capabilities: the system loads no library of ours into it"
is_split="has an effective user or group that is not the real one: the system loads no library of ours into it"
unused="no program that we serve opened a file of /dev/vfio; the programs named above see the real one"
told() { grep -v -e ' ended with status ' -e 'no program' -e ':   ' "$work/err"; }

ways="execve execv execvp execvpe execl execlp execle fexecve execveat execveat-empty posix_spawn posix_spawnp system popen
    vfork"
# shellcheck disable=SC2016
every='for way in $3; do ln -s "$2" "$4/$5-$way"; "$1" "$way" "$4/$5-$way"; echo "$way $?"; done'
good() { for way in $ways; do echo "$way 0"; done; }
run run --quiet -- sh -c "$every" sh "$starts" "$starts" "$ways" "$work" served
ok 'each way of starting a program serves it without an environment' "$(good) ''" "$out '$err'"
run run --quiet -- sh -c "$every" sh "$starts" "$static" "$ways" "$work" static
ok 'each way starts a static program' "$(good)" "$out"
ok 'and each tells of it, also with --quiet' \
    "$(for way in $ways; do
        case $way in
        execveat) echo "spapr-tce: ${work#/}/static-$way $is_static" ;;
        *at-empty | fexecve) echo "spapr-tce: $static $is_static" ;;
        *) echo "spapr-tce: $work/static-$way $is_static" ;;
        esac
    done | sort -u)" "$(sort "$work/err")"

run run -- sh -c '"$1"; "$1"; "$1" & wait; exit 5' sh "$static"
ok 'below a shell, once' "5 spapr-tce: $static $is_static" "$status $(told)"
ok 'the end does not say that nothing used /dev/vfio' 1 "$(grep -c "^spapr-tce: $unused$" "$work/err")"
run run -- sh -c '"$1"; "$2" open' sh "$static" "$starts"
ok 'nor when something did' 0 "$(grep -c 'no program' "$work/err")"
run run --report "$work/report.json" --quiet -- sh -c '"$1"' sh "$static"
ok 'the report has it' "$static $is_static" "$(jq -r '.told[]' "$work/report.json")"
printf '#!%s\n' "$static" >"$work/script"
chmod +x "$work/script"
run run --quiet -- sh -c '"$1"; "$2"' sh "$work/script" "$static"
ok 'a script is told of with its interpreter' \
    "spapr-tce: $work/script: its interpreter $static $is_static~spapr-tce: $static $is_static~" "$(tr '\n' '~' <"$work/err")"
cp "$static" "$work/new
line"
run run --quiet -- "$starts" execve "$work/new
line"
ok 'a name cannot look like two lines' "spapr-tce: $work/new?line $is_static" "$err"

# shellcheck disable=SC2016
run run --quiet -- sh -c 'for i in $(seq 200); do ln -sf "$1" "$2/static-$i"; "$2/static-$i"; done' sh "$static" "$work"
ok 'two hundred are not all told of, and that is told' '1 yes' \
    "$(grep -c '^spapr-tce: more programs cannot be served than are named here$' "$work/err") $(
        [ "$(wc -l <"$work/err")" -gt 50 ] && [ "$(wc -c <"$work/err")" -lt 30000 ] && echo yes)"

run run --quiet -- env -i "$starts" open
ok 'env -i loses no device' "0 ''" "$status '$err'"
LD_PRELOAD=libm.so.6 run run --quiet -- env -u SPAPR_TCE_RUN LD_PRELOAD=libdl.so.2 sh -c 'echo "${LD_PRELOAD##*/}"'
ok 'what a program preloads stays behind ours' 'libspapr-tce-preload.so:libdl.so.2' "$out"
run run --quiet -- env SPAPR_TCE_RUN= "$starts" open
ok 'an empty SPAPR_TCE_RUN leaves the run' "1 ''" "$status '$err'"
run run --quiet -- env SPAPR_TCE_RUN= sh -c '"$1"; env -i "$2" open' sh "$static" "$starts"
ok 'and so do all below' "1 ''" "$status '$err'"

if musl-gcc -o "$work/musl" "$(dirname "$0")/static.c" 2>/dev/null; then
    run run --quiet -- sh -c '"$1"' sh "$work/musl"
    ok "a program of musl's is told of, and works" "0 spapr-tce: $work/musl $is_musl" "$status $err"
    refused 'as the first program it is refused' 126 "$work/musl $is_musl" run -- "$work/musl"
    run run --quiet -- "$starts" posix_spawn "$work/musl"
    ok 'and by posix_spawn' "0 spapr-tce: $work/musl $is_musl" "$status $err"
    if unshare -m mount --bind "$work/musl" "$(realpath /bin/sh)" 2>/dev/null; then
        # shellcheck disable=SC2016
        run run --quiet -- unshare -m \
            bash -c 'mount --bind "$1" "$(realpath /bin/sh)" && exec awk "BEGIN { exit system(1) }"' bash "$work/musl"
        ok "a shell of musl's works in system(3)" "0 spapr-tce: /bin/sh $is_musl" "$status $err"
    else
        skip "a shell of musl's works in system(3)" 'mounting is not allowed'
    fi
else
    skip 'a program of musl is told of' 'there is no musl-gcc'
fi

# Byte 18 of an ELF header is the machine; no machine has 0x1234.
{ head -c 18 "$(type -P true)"; printf '\x34\x12'; tail -c +21 "$(type -P true)"; } >"$work/foreign"
chmod +x "$work/foreign"
run run --quiet -- sh -c '"$1" 2>/dev/null' sh "$work/foreign"
ok 'one of another architecture is told of' "126 spapr-tce: $work/foreign $is_foreign" "$status $err"
run run --quiet -- sh -c '"$1" --version | head -n 1 | cut -c 1-2' sh \
    "$(readelf -p .interp "$starts" | grep -o '/[^ ]*')"
ok "glibc's own loader is none of them" "ld ''" "$out '$err'"

if [ "$(id -u)" = 0 ]; then
    as_nobody="setpriv --reuid=65534 --regid=65534 --clear-groups"
    cp "$(type -P true)" "$work/setuid"
    chown nobody "$work/setuid" && chmod u+s "$work/setuid"
    run run --quiet -- sh -c '"$1"' sh "$work/setuid"
    ok 'a setuid program is told of' "0 spapr-tce: $work/setuid $is_privileged" "$status $err"
    run run --quiet -- setpriv --no-new-privs "$work/setuid"
    ok 'not where it gains nothing' "0 ''" "$status '$err'"
    run run --quiet -- setpriv --euid=65534 "$(type -P true)"
    ok 'an effective user of its own is told of' "0 spapr-tce: $(type -P true) $is_split" "$status $err"
    cp "$(type -P true)" "$work/capable"
    if setcap cap_net_raw+ep "$work/capable" 2>/dev/null; then
        run run --quiet -- $as_nobody "$work/capable"
        ok 'one with capabilities is told of' "0 spapr-tce: $work/capable $is_privileged" "$status $err"
    else
        skip 'one with capabilities is told of' 'no setcap, or a file system without capabilities'
    fi
fi
finish
