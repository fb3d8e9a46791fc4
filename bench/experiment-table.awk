# SPDX-License-Identifier: BSD-2-Clause
# Prints the table of bench/experiment, behind experiment.awk.

function heading(kind) {
    printf "\n%-22s %-3s %-5s %8s  %-17s %6s %6s %6s %7s %6s %8s\n", kind, "way", "bytes", "MB/s", "quartiles", "to a",
        "calls", "to VMM", "ioctls", "exits", "us/call"
}

function figure(value, is_known) { return is_known ? sprintf("%.2f", value) : "-" }

function print_row(name, way, segment, mb_s, between, to_a, n, vmm, ioctl, exit_n, call) {
    printf "%-22s %-3s %-5s %8.1f  %-17s %6s %6s %6s %7s %6s %8s\n", name, way, segment, mb_s, between, to_a, n, vmm, ioctl,
        exit_n, call
}

function measured_row(machine, way, segment,    key, base, free, count, n) {
    key = machine SUBSEP way SUBSEP segment
    if (!(key in streams))
        return
    base = machine SUBSEP "a" SUBSEP segment
    free = machine SUBSEP "c" SUBSEP segment
    count = counted(machine, way, segment)
    n = of(calls, count)
    print_row(machine, way, segment, of(speed, key),
        streams[key] > 1 ? sprintf("%.1f to %.1f", quartile(speed, key, 1), quartile(speed, key, 3)) : "-",
        base in streams ? figure(of(speed, key) / of(speed, base), 1) : "-", figure(n, count in streams),
        figure(of(to_vmm, machine == "linux" && way == "b" ? key : count), count in streams),
        figure(of(ioctls, machine == "linux" ? count : key), 1), figure(of(exits, key), machine == "powernv" || machine == "linux"),
        n && way != "c" && (free in streams) ? sprintf("%.3f", (of(us, key) - of(us, free)) / n) : "-")
}

function computed_rows(line, segment,    w, way) {
    if (!compute(line, segment))
        return
    for (w = 1; w <= way_count; w++) {
        way = ways[w]
        print_row(computed["name"], way, segment, computed[way], "-", figure(computed[way] / computed["a"], 1),
            figure(way == "c" ? 0 : computed["calls"], 1), figure(way == "a" ? computed["calls"] : 0, 1),
            figure(way == "a" ? computed["ioctls"] : 0, 1),
            "-", way == "c" ? "-" : sprintf("%.3f", computed[way == "a" ? "handed" : "placed"]))
    }
}

END {
    for (i = 1; i <= head_count; i++)
        print heads[i]
    heading("measured")
    for (m = 1; m <= machine_count; m++)
        for (s = 1; s <= segment_count; s++)
            for (w = 1; w <= way_count; w++)
                measured_row(machines[m], ways[w], segments[s])
    heading("computed")
    for (i = 1; i <= cost_count; i++)
        for (s = 1; s <= segment_count; s++)
            computed_rows(cost_line[i], segments[s])
    heading("published in 2013")
    print_row("POWER, 10 Gb/s", "a", "", 220, "-", "1.00", "-", "-", "-", "-", "-")
    print_row("", "b", "", 750, "750 to 1020", sprintf("%.2f", 750 / 220), "-", "-", "-", "-", "-")
}
