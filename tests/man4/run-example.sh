#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run-example.sh PROGRAM [OPTION...] runs an example of a manual page below `spapr-tce run` with these options, and
# checks its exit status.
program=$1
shift
output=$("$SPAPR_TCE" run --quiet "$@" -- "$program" 2>&1)
status=$?
while read -r line; do
    echo "# $line"
done <<<"$output"
echo 1..1
[ $status = 0 ] || printf 'not '
echo "ok 1 - the example ends well"
exit $status
