# SPDX-License-Identifier: BSD-2-Clause
# Prints the table of bench/guest-nvme from lines WINDOW ours|peer DIRECTION BLOCK COUNT MICROSECONDS. The nth line of
# ours and the nth of the peer's belong to one round. The speeds are those of the round whose ratio is the median, so
# that one divided by the other gives the ratio; two medians could come from rounds of very different hours.

# Fills order[1..count] with the rounds of a row by rising ratio.
function sort_rounds(key, count,    i, j, t) {
    for (i = 1; i <= count; i++) {
        order[i] = i
        ratio[i] = speed[key, "ours", i] / speed[key, "peer", i]
        for (j = i; j > 1 && ratio[order[j]] < ratio[order[j - 1]]; j--) {
            t = order[j]
            order[j] = order[j - 1]
            order[j - 1] = t
        }
    }
}

{
    key = sprintf("%-8s %-6s %-6s", $1 == "on" ? "dynamic" : "default", $3, $4)
    if (!(key in known))
        keys[++key_count] = key
    known[key] = 1
    # The speed is in MB/s, a block's name in KiB. A clock that has not moved counts as 1 us.
    speed[key, $2, ++rounds[key, $2]] = $5 * substr($4, 1, length($4) - 1) * 1024 / ($6 > 0 ? $6 : 1)
}

END {
    printf "%-22s %12s %12s %7s  %s\n", "window          block", "ours", "QEMU's", "ratio", "quartiles"
    for (k = 1; k <= key_count; k++) {
        key = keys[k]
        count = rounds[key, "peer"]
        sort_rounds(key, count)
        middle = order[int((count + 1) / 2)]
        low = order[int((count - 1) / 4) + 1]
        high = order[count - int((count - 1) / 4)]
        printf "%-22s %7.1f MB/s %7.1f MB/s %6.2fx  %.2f to %.2f\n", key, speed[key, "ours", middle], \
            speed[key, "peer", middle], ratio[middle], ratio[low], ratio[high]
    }
}
