#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A program whose variable names no run's directory, or one of another version, gets no machine, and changes nothing
# in that directory.
. "$(dirname "$0")/lib.sh"

# shellcheck disable=SC2016
run run --quiet -- sh -c 'stat -c %s "$SPAPR_TCE_RUN/state"'
size=$out
mkdir "$work/there"

try() { # try NAME BYTES
    head -c "$2" /dev/zero | tr '\0' x >"$work/there/state"
    cp "$work/there/state" "$work/before"
    run run --quiet -- env SPAPR_TCE_RUN="$work/there" cat /dev/vfio/vfio
    ok "$1: the program goes on without a machine" "1 1" \
        "$status $(grep -c "this program gets no machine: $work/there is not the directory of a run" <<<"$err")"
    ok "$1: the file is unchanged" same "$(cmp -s "$work/before" "$work/there/state" && echo same)"
}

try 'an empty file in the place of the state' 0
try 'another file of its size' "$size"
try 'a larger file' $((2 * size))
finish
