#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A program that uses only /dev/kvm is served, too, and the run tells what it did. $1 is such a program
# (guest-table.c).
. "$(dirname "$0")/lib.sh"

run run -- "$1"
ok 'it got its table' 0 "$status"
ok 'the table at the end tells of it' yes "$(grep -q '^spapr-tce:   guest tables  *1 made$' <<<"$err" && echo yes)"
ok 'nobody says that we were not used' 0 "$(grep -c 'no program' <<<"$err")"
finish
