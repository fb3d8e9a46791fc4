# SPDX-License-Identifier: BSD-2-Clause
# What the table of bench/experiment and its picture share. It reads experiment-costs.tsv and a log of bench/experiment, and
# computes figures per packet. A packet is a frame in streams with segments of 1500 bytes, and 64 KiB of data in the others.
# Time is the processor time of the process that has the guest, because other work disturbs it least.
# A line of the log is one of these:
#   took MACHINE WAY SEGMENT MICROSECONDS NAME=VALUE...    a stream, with what the counters grew by
#   loop WAY SEGMENT MB/S NANOSECONDS                      `spapr-tce bench transmit`: the time is that of mapping a packet
#   # WORDS                                                where it was measured

BEGIN {
    machine_count = split("linux powernv here loop", machines, " ")
    way_count = split("a b c", ways, " ")
    segment_count = split("1500 64k", segments, " ")
}

/^# (linux|powernv|here|loop): / { heads[++head_count] = substr($0, 3) }

/^cost\t/ { split($0, cost, "\t"); cost_line[++cost_count] = $0 }

$1 == "took" {
    split("", value)
    for (i = 6; i <= NF; i++) {
        split($i, pair, "=")
        value[pair[1]] = pair[2]
    }
    key = $2 SUBSEP $3 SUBSEP $4
    packets = $4 == "1500" ? value["frames"] : value["bytes"] / 65536
    n = ++streams[key]
    time = value["cpu_ns"] / 1000
    speed[key, n] = value["bytes"] / time
    us[key, n] = time / packets
    calls[key, n] = (value["h_put_tce"] + value["h_put_tce_indirect"] + value["h_stuff_tce"] + value["traced"]) / packets
    to_vmm[key, n] = (value["hcalls_user"] + value["traced"]) / packets
    ioctls[key, n] = (value["map_calls"] + value["unmap_calls"]) / packets
    exits[key, n] = value["kvm_sum_exits"] / packets
}

$1 == "loop" {
    key = "loop" SUBSEP $2 SUBSEP $3
    n = ++streams[key]
    speed[key, n] = $4
    us[key, n] = $5 / 1000
    calls[key, n] = $2 == "c" ? 0 : 2
    to_vmm[key, n] = $2 == "a" ? 2 : 0
    ioctls[key, n] = $2 != "a" ? 0 : $3 == "1500" ? 2 : 32
}

# of(ARRAY, KEY): the median of a key's streams
function of(array, key,    i, list) {
    if (!(key in streams))
        return 0
    for (i = 1; i <= streams[key]; i++)
        list[i] = array[key, i]
    return median(list, streams[key])
}

# quartile(ARRAY, KEY, WHICH): 1 or 3
function quartile(array, key, which,    i, list, n) {
    n = streams[key]
    for (i = 1; i <= n; i++)
        list[i] = array[key, i]
    median(list, n)
    return which == 1 ? list[int((n - 1) / 4) + 1] : list[n - int((n - 1) / 4)]
}

# counted(MACHINE, WAY, SEGMENT): the key of the streams whose calls were counted. Without KVM the library does not see the
# calls that QEMU answers, so a guest that QEMU traces counts them: way "traced". Linux counts none, but has the same guest.
function counted(machine, way, segment) {
    if (machine == "here" && way == "a")
        way = "traced"
    return (machine == "linux" ? "powernv" : machine) SUBSEP way SUBSEP segment
}

# A packet's time on a wire of 10 Gb/s: a frame with 1460 bytes of data takes 1538 bytes of it.
function wire_us(segment) { return (segment == "1500" ? 1 : 65536 / 1460) * 1538 * 8 / 10000 }

# guest_of(SEGMENT): the key of the guest whose calls are computed with, which has no streams if none was counted
function guest_of(segment) {
    return counted(("powernv" SUBSEP "a" SUBSEP segment) in streams ? "powernv" : "here", "a", segment)
}

# compute(LINE, SEGMENT): sets computed[] to MB/s in the ways a, b and c, and to the cost of a call: the wire's time, and
# the calls after it. The numbers of calls and ioctls are those of a guest; without one it computes nothing and returns 0.
function compute(line, segment,    field, guest, bytes, ns, wire) {
    guest = guest_of(segment)
    if (!(guest in streams))
        return 0
    split(line, field, "\t")
    bytes = segment == "1500" ? 1460 : 65536
    ns = 1 / field[7]
    wire = wire_us(segment)
    computed["name"] = field[2]
    computed["calls"] = of(calls, guest)
    computed["ioctls"] = of(ioctls, guest)
    computed["handed"] = (field[4] + field[6]) * ns / 1000 + field[5] / 1000
    computed["placed"] = field[3] * ns / 1000
    computed["a"] = bytes / (wire + computed["calls"] * computed["handed"] + computed["ioctls"] * field[6] * ns / 1000)
    computed["b"] = bytes / (wire + computed["calls"] * computed["placed"])
    computed["c"] = bytes / wire
    return 1
}
