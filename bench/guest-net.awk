# SPDX-License-Identifier: BSD-2-Clause
# Prints the table of bench/guest-net from lines KIND down|up MICROSECONDS FRAMES INTERRUPTS MIB, and lines "again KIND
# down|up" for transfers that were made again. The nth line of each kind and direction belongs to round n. Our igb is
# compared in each round with the better of QEMU's cards there; the ratio is the median of the rounds. The other columns
# are the medians of each card by itself.

$1 == "again" {
    again[$2, $3]++
    next
}

{
    key = $1 SUBSEP $2
    n = ++rounds[key]
    speed[key, n] = $6 * 1000000 / ($3 > 0 ? $3 : 1)
    frames[key, n] = $4 / $6
    interrupts[key, n] = $5 / $6
    if (!($1 in known))
        kind[++kinds] = $1
    known[$1] = 1
}

function column(from, key,    i, list) {
    for (i = 1; i <= rounds[key]; i++)
        list[i] = from[key, i]
    return median(list, rounds[key])
}

function better(way, n,    k, best) {
    for (k = 1; k <= kinds; k++)
        if (kind[k] != "igb" && speed[kind[k], way, n] > best)
            best = speed[kind[k], way, n]
    return best
}

function ratio(way,    n, list, count) {
    count = rounds["igb", way]
    for (n = 1; n <= count; n++)
        list[n] = better(way, n) ? speed["igb", way, n] / better(way, n) : 0
    n = median(list, count)
    return sprintf("%.2fx of the better of QEMU's, quartiles %.2f to %.2f", n, list[int((count - 1) / 4) + 1],
        list[count - int((count - 1) / 4)])
}

function table(way,    k, key) {
    for (k = 1; k <= kinds; k++) {
        key = kind[k] SUBSEP way
        printf "%-5s %-10s %10.1f %12.0f %12.1f %7d   %s\n", way, kind[k], column(speed, key), column(frames, key),
            column(interrupts, key), again[key], (kind[k] == "igb" && kinds != 1 ? ratio(way) : "")
    }
}

END {
    printf "%-5s %-10s %10s %12s %12s %7s\n", "", "card", "MiB/s", "frames/MiB", "irqs/MiB", "again"
    table("down")
    table("up")
}
