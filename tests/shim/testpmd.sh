#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# DPDK's own testpmd, unmodified, forwards frames between two cards that a wire joins. 64 frames circulate, so if the
# cards lost one now and then, more would be sent than received, and in the end none would be left.
#     testpmd.sh SIZE: of a frame, in bytes
size=$1
seconds=3
skip() { echo "1..0 # SKIP $1"; exit 0; }

command -v dpdk-testpmd >/dev/null || skip 'dpdk-testpmd (dpdk-dev) is not installed'
cores=$(nproc)
[ "$cores" -ge 2 ] || skip 'testpmd wants two processors'
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT

# Waits until testpmd forwards, however slow the machine is, and then so long.
forward() {
    for ((i = 0; i < 300; i++)); do
        grep -q 'Press enter to exit' "$work/log" && break
        sleep 0.2
    done
    sleep "$seconds"
}

# testpmd forwards until its standard input ends. Its memory is in pages of 4K.
: >"$work/log"
forward | "$SPAPR_TCE" run --quiet --report "$work/report" --platform power9 --memlock 2G \
    --device igb,net=peer:2 --device igb,net=peer:1 -- \
    stdbuf -oL dpdk-testpmd --no-huge -m 64 --base-virtaddr 0x100000000 --no-telemetry --no-shconf \
    --file-prefix "spapr-tce-$$" -l 0,1 -d librte_net_e1000.so -d librte_mempool_ring.so -- \
    --no-numa --total-num-mbufs=4096 --port-topology=paired --forward-mode=io --tx-first --burst=32 \
    --txpkts="$size" --no-lsc-interrupt >"$work/log" 2>&1
status=$?
grep -q 'librte_net_e1000.so: cannot open' "$work/log" && skip "DPDK's driver net_e1000 is not installed"

# count WORD: the sum of both ports, which testpmd prints last
count() { awk -v word="$1:" '$1 == word || $3 == word { n = $1 == word ? $2 : $4 } END { print n + 0 }' "$work/log"; }
counter() { jq "[to_entries[] | select(.key | test(\"^$1\")) | .value] | add // 0" <(jq '.counters // .' "$work/report"); }

n=0 failed=0
ok() { # ok TITLE COMMAND...
    local title=$1
    shift
    n=$((n + 1))
    "$@" || { failed=1; printf 'not '; }
    echo "ok $n - $title"
}
received=$(count RX-packets) sent=$(count TX-packets)
echo "# $sent frames of $size bytes were sent and $received received in $seconds seconds"
ok 'testpmd starts two cards, forwards and stops them' test "$status" = 0
ok 'it forwards each of the 64 frames several times' test "$received" -ge 300
ok 'at most the 64 frames on their way were not received' test $((sent - received)) -ge 0 -a $((sent - received)) -le 64
ok 'no frame was dropped' test "$(grep -c 'dropped: [^0]' "$work/log")" = 0
ok 'no access of a card was a fault' test "$(counter fault_)" = 0
ok 'the cards moved each frame twice' test "$(counter dma_write_bytes)" -ge $((received * size))
[ "$failed" = 0 ] || sed 's/^/# /' "$work/log"
echo "1..$n"
exit $failed
