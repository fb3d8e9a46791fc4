# SPDX-License-Identifier: BSD-2-Clause
# The table of bench/guest-nvme from lines WINDOW ours|peer DIRECTION BLOCK COUNT MICROSECONDS, where the nth line of the
# one and the nth of the other belong to one round.

function median_of(key, who,    i, list) {
    for (i = 1; i <= rounds[key, who]; i++)
        list[i] = speed[key, who, i]
    return median(list, rounds[key, who])
}

function median_ratio(key,    i, list) {
    for (i = 1; i <= rounds[key, "peer"]; i++)
        list[i] = speed[key, "ours", i] / speed[key, "peer", i]
    return median(list, rounds[key, "peer"])
}

{
    key = sprintf("%-8s %-6s %-6s", $1 == "on" ? "dynamic" : "default", $3, $4)
    if (!(key in known))
        keys[++key_count] = key
    known[key] = 1
    # MB/s; a block is named in KiB
    speed[key, $2, ++rounds[key, $2]] = $5 * substr($4, 1, length($4) - 1) * 1024 / $6
}

END {
    printf "%-22s %12s %12s %7s\n", "window          block", "ours", "QEMU's", "ratio"
    for (k = 1; k <= key_count; k++) {
        key = keys[k]
        printf "%-22s %7.1f MB/s %7.1f MB/s %6.2fx\n", key, median_of(key, "ours"), median_of(key, "peer"), median_ratio(key)
    }
}
