# SPDX-License-Identifier: BSD-2-Clause
# Reads lines ROUND SIZE KIND RATE of bench/net, and prints the median of each rate, and of igb's share of it within
# one round, with the quartiles of that share.

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

function row(bytes, name,    i, n, rates, shares) {
    for (i = 1; i <= rounds; i++) {
        rates[i] = rate[bytes, name, i]
        shares[i] = rates[i] ? rate[bytes, "igb", i] / rates[i] : 0
    }
    n = median(rates, rounds)
    median(shares, rounds)
    printf "%5d  %-14s %12d %9.2fx  %.2f to %.2f\n", bytes, name, n, median(shares, rounds),
        shares[int((rounds - 1) / 4) + 1], shares[rounds - int((rounds - 1) / 4)]
}

END {
    printf "%5s  %-14s %12s %10s  %s\n", "bytes", "ports", "packets/s", "igb is", "quartiles"
    for (s = 1; s <= sizes; s++)
        for (k = 1; k <= kinds; k++)
            row(size[s], kind[k])
}
