#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# `spapr-tce platform` lists the names that --platform takes, and describes each platform as a run of it shows.
. "$(dirname "$0")/lib.sh"

run platform
table=$out
names=$(awk 'NR > 1 { print $1 }' <<<"$table")
ok 'the table succeeds and says nothing on stderr' '0/' "$status/$err"
ok 'it has all platforms' "power8 power9 power10 ioda1 p5ioc2 pseries" "$(echo $names)"
ok 'a row has the bridge, its pages and its windows' yes "$(
    grep -qE '^power9 +PHB4 +4K 64K 2M 1G +2 +5 +2G at 0x0 +0x800000000000000$' <<<"$table" && echo yes || echo "$table")"
ok 'a bridge without dynamic windows has no 64-bit window' yes "$(
    grep -qE '^ioda1 +P7IOC +4K +0 +1 +2G at 0x0 +none$' <<<"$table" && echo yes || echo "$table")"
run run --platform nothing -- true
known=$(sed -n 's/.*(\(.*\)).*/\1/p' <<<"$err" | tr -d ,)
ok 'run knows the same names' "$(echo $names)" "$known"
for name in $names; do
    run platform "$name"
    ok "$name is described" "0/$name" "$status/${out%%:*}"
    ok "$name has the pages of its row" yes "$(
        pages=$(sed -n 's/^  IOMMU pages *//p' <<<"$out")
        grep -E "^$name " <<<"$table" | grep -qF " $pages " && echo yes || echo "$out")"
done
run platform power9
ok 'the start of the 64-bit window is told in bytes and in pages' yes "$(
    grep -q '^  bus_offset  *0x800000000000000,' <<<"$out" && grep -q '^    in pages of 4K *0x800000000000$' <<<"$out" &&
        grep -q '^    in pages of 1G *0x20000000$' <<<"$out" && echo yes || echo "$out")"
run platform ioda1
ok 'there is no bus_offset without one' 0 "$(grep -c 'bus_offset' <<<"$out")"
refused 'an unknown name' 125 'platform "power7" is not known (power8, power9, power10, ioda1, p5ioc2, pseries); did you mean '"'power8'" platform power7
refused 'two names' 125 'platform takes one name' platform power8 power9
finish
