#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# DPDK's own testpmd, unmodified, drives two virtual functions and a card at the far end of the wire. Frames go from each
# virtual function to the far card and back: macswap sends each frame back to where it came from.
#     testpmd-vf.sh program: testpmd drives the virtual functions' card too, and its two drivers talk by mailbox
#     testpmd-vf.sh host: the host has the card, and answers the mail
server=$1
seconds=3
token=01234567-89ab-cdef-0123-456789abcdef
far=02:00:00:00:00:77
skip() { echo "1..0 # SKIP $1"; exit 0; }

command -v dpdk-testpmd >/dev/null || skip 'dpdk-testpmd (dpdk-dev) is not installed'
[ "$(nproc)" -ge 2 ] || skip 'testpmd wants two processors'
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT

# The ports have the order of their PCI addresses: the card if testpmd has it, its virtual functions, and the far card.
if [ "$server" = host ]; then
    driver=igb first=0
else
    driver=vfio-pci first=1
fi
ports=$((first + 3))

# Waits until testpmd forwards, however slow the machine is, and then so long.
forward() {
    for ((i = 0; i < 300; i++)); do
        grep -q 'Press enter to exit' "$work/log" && break
        sleep 0.2
    done
    sleep "$seconds"
}

: >"$work/log"
forward | "$SPAPR_TCE" run --quiet --report "$work/report" --platform power9 --memlock 2G \
    --device "igb,addr=0000:01:00.0,group=1,net=peer:2,vfs=2,host-driver=$driver" \
    --device "igb,addr=0000:02:00.0,group=2,net=peer:1,mac=$far" -- \
    stdbuf -oL dpdk-testpmd --no-huge -m 64 --base-virtaddr 0x100000000 --no-telemetry --no-shconf \
    --file-prefix "spapr-tce-vf-$$" --vfio-vf-token "$token" -l 0,1 -d librte_net_e1000.so -d librte_mempool_ring.so -- \
    --no-numa --total-num-mbufs=12288 --port-topology=loop --forward-mode=macswap --tx-first --burst=32 \
    --eth-peer="$first,$far" --eth-peer="$((first + 1)),$far" --no-lsc-interrupt >"$work/log" 2>&1
status=$?
grep -q 'librte_net_e1000.so: cannot open' "$work/log" && skip "DPDK's driver net_e1000 is not installed"

# count PORT WORD: what testpmd prints of a port at the end
count() {
    awk -v port="port $1 " -v word="$2:" 'index($0, "statistics for " port) { on = 1 }
        on && ($1 == word || $3 == word) { print $1 == word ? $2 : $4; exit }' "$work/log"
}
faults() { jq '[.counters | to_entries[] | select(.key | test("^fault_")) | .value] | add' "$work/report"; }
received() { # received PORT LEAST: a port has received so many frames, and dropped none
    [ "$(count "$1" RX-packets)" -ge "$2" ] && [ "$(count "$1" RX-dropped)" = 0 ] && [ "$(count "$1" TX-dropped)" = 0 ]
}

n=0 failed=0
ok() { # ok TITLE COMMAND...
    local title=$1
    shift
    n=$((n + 1))
    "$@" || { failed=1; printf 'not '; }
    echo "ok $n - $title"
}
lost=0
for ((port = 0; port < ports; port++)); do
    sent=$(count $port TX-packets) came=$(count $port RX-packets)
    echo "# port $port: $sent frames were sent and $came received in $seconds seconds"
    lost=$((lost + ${sent:-0} - ${came:-0}))
done
ok 'testpmd starts the functions, forwards and stops them' test "$status" = 0
ok 'the virtual functions have the link, which their mail decides' \
    test "$(grep -c "^Port [$first$((first + 1))] Link up at 1 Gbps" "$work/log")" = 2
ok 'the frames of a virtual function go to the far card and back' received $first 320
ok 'so do those of another' received $((first + 1)) 320
ok 'at most the bursts on their way were not received' test $lost -ge 0 -a $lost -le $((32 * ports))
ok 'no access of a function was a fault' test "$(faults)" = 0
[ "$failed" = 0 ] || sed 's/^/# /' "$work/log"
echo "1..$n"
exit $failed
