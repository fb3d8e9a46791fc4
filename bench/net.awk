# SPDX-License-Identifier: BSD-2-Clause
# Reads lines ROUND SIZE KIND RATE of bench/net, and prints for each kind of ports the medians of igb's rate and of
# theirs, and of the ratio within one round, with the quartiles of that and a verdict on what is wanted of it. The
# verdict is that of bench/verdict.h, but for the share of a processor: many threads make a rate.

BEGIN {
    wanted[64, "net_af_packet"] = wanted[1500, "net_af_packet"] = 1
    wanted[1500, "limit-poll"] = wanted[1500, "limit-three"] = 0.5
}

{
    rate[$2, $3, $1] = $4
    if (!($2 in has_size)) {
        has_size[$2] = 1
        size[++sizes] = $2
    }
    if (!($3 in has_kind)) {
        has_kind[$3] = 1
        kind[++kinds] = $3
    }
    if ($1 > rounds)
        rounds = $1
}

function verdict(low, middle, high, least,    fence) {
    fence = 1.5 * (high - low)
    if (least > low - fence && least < high + fence)
        return "unclear"
    return middle >= least ? "met" : "missed"
}

function row(bytes, name,    i, ours, theirs, ratios, middle, low, high) {
    for (i = 1; i <= rounds; i++) {
        ours[i] = rate[bytes, "igb", i]
        theirs[i] = rate[bytes, name, i]
        ratios[i] = theirs[i] ? ours[i] / theirs[i] : 0
    }
    middle = median(ratios, rounds)
    low = ratios[int((rounds - 1) / 4) + 1]
    high = ratios[rounds - int((rounds - 1) / 4)]
    printf "  %-34s %10d %10d %7.2fx %6.2f to %.2f", bytes " bytes, " name, median(ours, rounds), median(theirs, rounds),
        middle, low, high
    if ((bytes, name) in wanted)
        printf "  >= %gx %s", wanted[bytes, name], verdict(low, middle, high, wanted[bytes, name])
    printf "\n"
}

END {
    printf "\n%-36s %10s %10s %8s %14s  %s\n", "packets a second beside other ports", "igb", "theirs", "igb is",
        "quartiles", "wanted"
    for (s = 1; s <= sizes; s++)
        for (k = 1; k <= kinds; k++)
            if (kind[k] != "igb")
                row(size[s], kind[k])
}
