#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# DPDK's own testpmd, unmodified, drives two cards that a wire joins, or virtual functions of one and the other. Each
# frame that one side has sent the other one must receive, once, and no access may be a fault. testpmd is told what to do
# as a person would tell it, and a test waits for its answers, so it takes as long as the machine needs.
#     testpmd.sh CASE [FRAMES]: FRAMES is how many each card receives at least
case=$1 frames=${2:-50000}
skip() { echo "1..0 # SKIP $1"; exit 0; }

command -v dpdk-testpmd >/dev/null || skip 'dpdk-testpmd (dpdk-dev) is not installed'
[ "$(nproc)" -ge 2 ] || skip 'testpmd wants two processors'
if [ "$case" = secondary ] || [ "$case" = orphan ]; then
    free=$(cat /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages 2>/dev/null)
    [ "${free:-0}" -ge 60 ] || skip "processes of DPDK share memory in 60 huge pages of 2M; this machine has ${free:-none} free"
    unshare -m true 2>/dev/null || skip 'only root can mount hugetlbfs'
    [ "${IS_ALONE:-}" ] || IS_ALONE=yes exec unshare -m bash "$0" "$@"
fi
work=$(mktemp -d)
trap 'umount "$work/huge" 2>/dev/null; rm -rf --one-file-system "$work" "/var/run/dpdk/spapr-tce-$$-both"' EXIT
log=$work/log marks=0
: >"$log"
mkfifo "$work/in"
trap '' PIPE

base=0x100000000 memory='--no-huge -m 64 --no-shconf' both='' mbufs=8192
dpdk() { # dpdk MAIN OPTION...: MAIN is the processor of the thread that forwards nothing. Memory is in pages of 4K
    echo stdbuf -oL dpdk-testpmd $memory --base-virtaddr $base --no-telemetry -l 0,1 --main-lcore "$1" \
        --file-prefix "spapr-tce-$$-${both:-$1}" -d librte_net_e1000.so -d librte_mempool_ring.so "${@:2}" -- \
        --no-numa --total-num-mbufs=$mbufs --burst=32 --no-lsc-interrupt
}

# launch "OPTIONS OF CARD 0" "OF DPDK" "OF TESTPMD" [COMMAND]: the command runs beside it. $far has those of card 1.
far=''
launch() {
    $SPAPR_TCE run --quiet --report "$work/report" --trace vfio_spapr_create_window --trace-file "$work/trace" \
        --platform power9 --memlock 2G \
        --device "igb,net=peer:2$1" --device "igb,net=peer:1$far" -- \
        bash -c "${4:+$4 &} exec $(dpdk 0 $2) --interactive --port-topology=paired $3" <"$work/in" >"$log" 2>&1 &
    run=$!
    exec 3>"$work/in"
    tell '' && return
    grep -aq 'librte.*: cannot open' "$log" && skip "a driver of DPDK is not installed"
    ok 'testpmd starts' false
}

# tell COMMAND...: returns when testpmd has carried them out. A word that it does not know comes behind each command,
# because what it says to that tells that it has read the word. Returns false if testpmd has ended.
to=3
tell() {
    local command
    for command; do
        marks=$((marks + 1))
        printf '%s\nmark%s.\n' "$command" "$marks" >&"$to"
        until grep -aq "mark$marks\." "$log"; do
            kill -0 "$run" 2>/dev/null && ! grep -q 'all have ended' "$log" || return
            sleep 0.05
        done
    done
}

# count PORTS NAME: a counter of these ports together, as testpmd has shown them last
count() {
    awk -v ports=" $1 " -v name="$2:" '/NIC extended/ { port = $NF } $1 == name && index(ports, " " port " ") { n[port] = $2 }
        END { for (port in n) sum += n[port]; print sum + 0 }' "$log"
}

# receives PORT FRAMES: waits until the card has received so many.
receives() {
    while tell 'show port xstats all' && [ "$(count "$1" rx_good_packets)" -lt "$2" ]; do
        sleep 0.2
    done
}

said() { grep -ac "$1" "$log"; } # in how many lines

says() { # says TEXT LINES: waits for so many
    while [ "$(said "$1")" -lt "$2" ] && kill -0 "$run" 2>/dev/null; do
        sleep 0.1
    done
}

# What port 0 has sent has arrived at port 1, or where another program has that card, has come back. $near may be several
# ports, if they are virtual functions. $for_nobody counts the frames that port $second has sent to none of them.
near=0 second=1 for_nobody=0
all_arrived() {
    [ $(($(count "$near" rx_good_packets) + for_nobody)) = "$(count $second tx_good_packets)" ] &&
        [ "$(count $second rx_good_packets)" = "$(count "$near" tx_good_packets)" ]
}

# Frames may be on their way when testpmd stops. Waits until they have arrived, unless nothing arrives any longer.
settle() {
    local before='' now i
    for ((i = 0; i < 200; i++)); do
        tell 'show port xstats all'
        all_arrived && return
        now=$(count "$near" rx_good_packets)/$(count $second rx_good_packets)
        [ "$now" = "$before" ] || i=0
        before=$now
    done
}

n=0 failed=0
ok() { # ok TITLE COMMAND...
    local title=$1
    shift
    n=$((n + 1))
    "$@" || { failed=1; printf 'not '; }
    echo "ok $n - $title"
}
counter() { jq "[to_entries[] | select(.key | test(\"^$1\")) | .value] | add // 0" <(jq '.counters // .' "$work/report"); }
is_zero() { # is_zero NAME...: on all ports
    local name
    for name; do
        [ "$(count '0 1 2 3' "$name")" = 0 ] || return
    done
}

# Ends testpmd, and says what holds in every case.
finish() {
    echo "# sent $(count "$near" tx_good_packets) and $(count $second tx_good_packets), received" \
        "$(count $second rx_good_packets) and $(count "$near" rx_good_packets); a card made the other one wait" \
        "$(count 0 tx_xoff_packets) and $(count $second tx_xoff_packets) times"
    ok 'each frame that one card has sent the other one has received' all_arrived
    ok 'no frame was missed or wrong' is_zero rx_missed_packets rx_errors tx_errors rx_mbuf_allocation_errors
    echo quit >&3
    wait "$run"
    ok 'testpmd has ended well' test $? = 0
    ok 'no access of a card was a fault' test "$(counter fault_)" = 0
    [ "$failed" = 0 ] || grep -av ': 0$' "$log" | sed 's/^/# /'
    echo "1..$n"
    exit $failed
}

circulate() { # circulate SIZE: 64 frames
    launch '' '' "--forward-mode=io --txpkts=$1"
    tell 'start tx_first 2'
    receives 0 "$frames"
    receives 1 "$frames"
    tell stop
    settle
}

# With its memory below 2G, DPDK replaces the default window by one that is exactly like it.
low() {
    base=0x40000000
    circulate 64
    echo "# $(grep -m 1 winsize "$work/trace")"
    ok 'the window of the cards is like the default one, of 2G at 0 with pages of 4K' \
        test "$(grep -c 'pageshift=0xc .*winsize=0x80000000 offset=0x0$' "$work/trace")/$(wc -l <"$work/trace")" = 1/1
}

# Another program has card 1, and sends back what it receives, as the example l2fwd does.
relay() {
    second=0
    mkfifo "$work/relay"
    : >"$work/relay.log"
    launch '' '-a 0000:01:00.0' '--forward-mode=io --port-topology=loop' \
        "$(dpdk 1 -a 0000:02:00.0) --forward-mode=mac --port-topology=loop <$work/relay >$work/relay.log 2>&1"
    exec 4>"$work/relay"
    log=$work/relay.log says 'Press enter' 1
    tell 'start tx_first 2'
    receives 0 "$frames"
    tell stop
    settle
    exec 4>&-
    log=$work/relay.log says Bye 1
    ok 'the other program has forwarded all of them' \
        grep -q " TX-packets: $(count 0 rx_good_packets) .* TX-dropped: 0 " "$work/relay.log"
}

# Frames go from each of two virtual functions to the far card and back: macswap sends each frame back to where it came
# from. testpmd drives their card, too, which counts their frames with its own, and its two drivers talk by mailbox; or the
# host has the card and answers the mail. There the far card's first two bursts of 32 are for nobody. Ports have the order
# of their PCI addresses.
virtual() { # virtual program|host
    local first=0 driver=igb mac=02:00:00:00:00:77
    near='0 1' second=2 for_nobody=$((2 * 32))
    [ "$1" = host ] || { first=1 driver=vfio-pci near=0 second=3 for_nobody=0; }
    far=",group=2,mac=$mac"
    launch ",group=1,vfs=2,host-driver=$driver" '--vfio-vf-token 01234567-89ab-cdef-0123-456789abcdef' \
        "--port-topology=loop --forward-mode=macswap --eth-peer=$first,$mac --eth-peer=$((first + 1)),$mac"
    ok 'the virtual functions have the link, which their mail decides' \
        test "$(said "^Port [$first$((first + 1))] Link up at 1 Gbps")" = 2
    tell 'start tx_first 2'
    receives $first "$frames"
    receives $((first + 1)) "$frames"
    tell stop
    settle
}

# Both ports send as fast as they can, so rings run full and senders wait. In the end what is on its way is received.
flood() { # flood "OPTIONS OF TESTPMD"
    launch '' '' "--forward-mode=flowgen $1"
    tell start
    receives 0 "$frames"
    receives 1 "$frames"
    tell stop
    tell 'set fwd rxonly'
    tell start
    settle
    tell stop
}

# Of two processes of testpmd that drive the cards, of_second has the second one do something.
of_second() { to=4 log=$work/second.log "$@"; }
all_tell() {
    tell "$@"
    [ -z "$both" ] || of_second tell "$@"
}

# taken PORT [QUEUE]: what testpmd itself has received there, in all its turns and processes
taken() {
    awk -v queue="RX Port= $1/Queue= ${2:+$2 }" '/Forward Stats for RX/ { at = index($0, queue) }
        at && $1 == "RX-packets:" { n += $2; at = 0 } END { print n + 0 }' "$work"/*log
}

# The card counts what it receives; testpmd counts what it takes from each queue, in turns until the rings are empty.
take_rest() {
    local i
    for ((i = 0; i < 100; i++)); do
        [ "$(taken 0)/$(taken 1)" = "$(count 0 rx_good_packets)/$(count 1 rx_good_packets)" ] && break
        all_tell start
        sleep 0.1
        all_tell stop
    done
}

# each_queue QUEUE...: what holds for the queues of both ports
each_queue() {
    local port queue
    for port in 0 1; do
        for queue; do
            echo "# testpmd took $(taken $port "$queue") frames from queue $queue of port $port"
            ok "queue $queue of port $port gets frames" test "$(taken $port "$queue")" -ge 1000
        done
        ok "testpmd gets each frame that port $port has received" test "$(taken $port)" = "$(count $port rx_good_packets)"
    done
}

spread() {
    flood '--rxq=2 --txq=2 --rss-udp --no-flush-rx'
    take_rest
    each_queue 0 1
}

# Two processes drive both cards, each by two queues of each: the second one has the descriptors of the first one and
# maps the registers by them. The first one fills the cards with many flows, and the second one sends on what it gets.
start_two() {
    local options='--rxq=4 --txq=4 --rss-udp --no-flush-rx --num-procs=2'
    memory="--huge-dir $work/huge -m 64" both=both mbufs=16384
    mkdir "$work/huge" && mount -t hugetlbfs -o pagesize=2M none "$work/huge" || exit
    mkfifo "$work/second"
    : >"$work/second.log"
    launch '' --proc-type=primary "--forward-mode=flowgen $options --proc-id=0" \
        "{ until grep -q 'mark1[.]' $log; do sleep 0.1; done
        $(dpdk 1 --proc-type=secondary) --forward-mode=io --interactive $options --proc-id=1
        echo the second process has ended: \$?
        dpdk-proc-info --no-telemetry --file-prefix spapr-tce-$$-both -d librte_net_e1000.so -- -p 3 --xstats
        echo all have ended; } <$work/second >$work/second.log 2>&1"
    exec 4>"$work/second"
    of_second tell start
    tell start
    receives 0 "$frames"
    receives 1 "$frames"
}

two_processes() {
    local port
    start_two
    tell stop
    of_second tell stop 'set fwd rxonly' start
    tell 'set fwd rxonly' start
    settle
    all_tell stop
    take_rest
    each_queue 0 1 2 3
    echo quit >&4
    log=$work/second.log says 'all have ended' 1
    for port in 0 1; do
        ok "a third process, dpdk-proc-info, reads what port $port has received" \
            grep -qx "rx_good_packets: $(count $port rx_good_packets)" "$work/second.log"
    done
    ok 'the first process goes on' tell 'show port xstats all'
}

# The first process is killed amid the loads and stores that it makes for the second one.
orphan() {
    start_two
    kill -9 "$(pgrep -P "$run")"
    wait "$run"
    ok 'the first process is killed' test $? = 137
    # It outlives the run.
    until grep -q 'all have ended' "$work/second.log"; do sleep 0.1; done
    ok 'the second one ends by SIGBUS' grep -q 'has ended: 135' "$work/second.log"
    echo "1..$n"
    exit $failed
}

# Frames with wrong checksums go from a file through card 0 to card 1. First card 0 mends them, and card 1 calls them
# good; then card 0 sends them as they are, and card 1 calls them bad.
checksums() {
    local frames_py=${0%/*}/frames.py
    python3 "$frames_py" make "$work/wrong.pcap" || exit
    launch ",pcap=$work/wire.pcap" "-d librte_bus_vdev.so -d librte_net_pcap.so
        --vdev net_pcap0,rx_pcap=$work/wrong.pcap --vdev net_pcap1,rx_pcap=$work/wrong.pcap" \
        '--port-topology=chained --forward-mode=csum --no-flush-rx --disable-device-start'
    tell 'csum set ip hw 0' 'csum set tcp hw 0' \
        'port config 1 rx_offload ipv4_cksum on' 'port config 1 rx_offload tcp_cksum on' 'port start all' \
        'set portlist 2,0' start
    receives 1 64
    tell stop 'set fwd rxonly' 'set verbose 1' 'set portlist 1'
    echo start >&3
    says L4_CKSUM_ 64
    tell stop
    cp "$work/wire.pcap" "$work/mended.pcap"
    ok 'card 0 makes the checksums of IP and TCP' python3 "$frames_py" compare "$work/wrong.pcap" "$work/mended.pcap"
    ok 'card 1 calls them good' test "$(said RX_L4_CKSUM_GOOD)/$(said RX_IP_CKSUM_GOOD)" = 64/64
    tell 'set verbose 0' 'set fwd io' 'set portlist 3,0' start
    receives 1 128
    tell stop 'set fwd rxonly' 'set verbose 1' 'set portlist 1'
    echo start >&3
    says L4_CKSUM_ 128
    tell stop
    ok 'card 1 calls others bad' test "$(said RX_L4_CKSUM_BAD)/$(said RX_IP_CKSUM_BAD)" = 64/64
}

case $case in
64 | 1500) circulate "$case" ;;
low) low ;;
flood) flood '' ;;
relay) relay ;;
rss) spread ;;
checksums) checksums ;;
secondary) two_processes ;;
orphan) orphan ;;
vf-*) virtual "${case#vf-}" ;;
*) skip "there is no case $case" ;;
esac
finish
