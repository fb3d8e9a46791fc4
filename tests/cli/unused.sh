#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A program that never asks for a device gets the library and nothing else: no descriptor, no thread, no mapped file
# of the run. $1 is the preload's list of names (names.c), $2 the library.
. "$(dirname "$0")/lib.sh"

ls /proc/self/fd </dev/null >"$work/plain" 2>"$work/err"
run run --quiet -- ls /proc/self/fd
ok 'no descriptor more than without us' "$(cat "$work/plain")" "$out"
run run --quiet -- ls /proc/self/task
ok 'one thread' 1 "$(wc -w <<<"$out")"
run run --quiet -- sh -c 'exec grep -c "$SPAPR_TCE_RUN" /proc/self/maps'
ok 'nothing of the run is mapped' 0 "$out"

listed=$(grep -v '^#' "$1" |
    grep -o -e '^ROW([^,]*, [a-zA-Z_0-9]*' -e 'TWIN([a-z_0-9]*, [a-zA-Z_0-9]*' | sed 's/.*, //' | sort)
ok 'the preload exports the names of its list and no other' "$listed" \
    "$(nm -D --defined-only "$2" | awk '{ print $3 }' | sort)"
ok 'the list has no name twice' '' "$(uniq -d <<<"$listed")"
finish
