#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A program finds a disk that is named by a relative path, even if it changes its directory before it opens a file of
# ours.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit
mkdir 'a,b'
truncate -s 1M 'a,b/disk.img'
run run --quiet --device 'nvme,file=a,,b/disk.img' -- sh -c 'cd / && ls /dev/vfio'
ok 'the program ends well' 0 "$status"
ok 'it sees the group' 'vfio' "$(echo "$out" | grep vfio)"
ok 'nothing is complained of' '' "$err"
finish
