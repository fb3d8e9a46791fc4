#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The program's help and the manual name the same commands, options and devices. $1 is the folder of the manual.
. "$(dirname "$0")/lib.sh"
man=$1

run help
ok 'help lists the commands' '0/run bench completion device dt eeh platform ps replay report show top why help version ' \
    "$status/$(sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' "$work/out" | tr '\n' ' ')"
commands=$(sed -n 's/^  \([a-z]*\) .*/\1/p' "$work/out" | sort)
ok 'the manual lists the same commands' "$commands" "$(sed -n 's/^\.It Cm \([a-z]*\)$/\1/p' "$man/spapr-tce.1" | sort)"
first=$out
run --help
ok '--help is the same' "$first" "$out"
run version
ok 'version is one line' "0/spapr-tce $(sed -n "s/^ *version: '\(.*\)',/\1/p" "$man/../meson.build")" "$status/$out"
first=$out
run --version
ok '--version is the same' "$first" "$out"

run run --help
ok 'run --help succeeds and says nothing on stderr' '0/' "$status/$err"
options=$(sed -n 's/^  --\([a-z-]*\) .*/\1/p' "$work/out" | sort)
ok 'the manual describes the options that run has' "$options" \
    "$(sed -n '/^\.Sh OPTIONS/,/^\.Sh WHAT/s/^\.It Fl -\([a-z-]*\).*/\1/p' "$man/spapr-tce-run.1" | sort)"
ok 'and so does its synopsis' "$options" \
    "$(sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESC/s/^\.Op Fl -\([a-z-]\+\).*/\1/p' "$man/spapr-tce-run.1" | sort)"
types=$(sed -n '/^Devices/,$s/^  \([a-z]*\) .*/\1/p' "$work/out" | sort)
ok 'the manual describes the types of devices' "$types" \
    "$(sed -n '/^\.Ss Devices/,/^\.Sh/s/^\.It Cm \([a-z]*\)$/\1/p' "$man/spapr-tce-run.1" | sort)"
first=$out
run help run
ok 'help run is the same' "$first" "$out"

run run --device help
ok '--device help lists the types' "0/$types" "$status/$(sed -n 's/^  \([a-z]*\) .*/\1/p' "$work/out" | sort)"
for type in $types; do
    run run --device "$type,help"
    ok "--device $type,help lists its properties" '0/2' "$status/$(grep -c -e '^  addr ' -e '^  group ' "$work/out")"
done
run run --trace help
ok '--trace help lists events, one a line' '0/1' "$status/$(grep -c '^vfio_spapr_create_window$' "$work/out")"
if [ -d "$(dirname "$SPAPR_TCE")/man/text" ]; then
    run help topics
    ok 'help topics lists the manual' "$(cd "$man" && ls ./*.[1457] | sed 's|./||')" "$(sed '$d' "$work/out")"
    for topic in vfio-spapr abi spapr-tce-state.5 stce_open; do
        run help $topic
        ok "help $topic prints the page" '0/1' "$status/$(grep -c '^SYNOPSIS\|^DESCRIPTION' "$work/out" | sed 's/2/1/')"
    done
    ok 'a page has no backspaces' '' "$(grep -l "$(printf '\b')" "$work/out")"
else
    skip 'help prints manual pages' 'there was no mandoc when they were built'
fi
refused 'help of an unknown command' 125 "unknown command 'nothing'*" help nothing
refused 'properties of an unknown type' 125 "unknown device type 'nothing'*" run --device nothing,help
if command -v mandoc >/dev/null; then
    ok 'the manual has no mistakes' '' "$(mandoc -T lint -W warning "$man"/*.[1457] 2>&1 | grep -v 'mandoc.db')"
else
    skip 'the manual has no mistakes' 'no mandoc here'
fi
finish
