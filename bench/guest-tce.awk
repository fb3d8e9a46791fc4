# SPDX-License-Identifier: BSD-2-Clause
# Prints the table of bench/guest-tce from the lines that its guests print.

/^entries / { ns = 1e9 / $4 / $2 }
/^(put|stuff) / {
    n = ++rounds[$1]
    ours[$1, n] = $2 * ns
    zero[$1, n] = $3 * ns
}

function row(name, call,    i, a, b, ratio) {
    for (i = 1; i <= rounds[call]; i++) {
        a[i] = ours[call, i]
        b[i] = zero[call, i]
        ratio[i] = a[i] / b[i]
    }
    printf "%-34s %8.1f %8.1f %7.2fx\n", name, median(a, rounds[call]), median(b, rounds[call]), median(ratio, rounds[call])
}

END {
    printf "%-34s %8s %8s %8s\n", "ns per entry", "ours", "zero", "ratio"
    row("H_PUT_TCE_INDIRECT(512), empty", "put")
    row("H_STUFF_TCE(512), valid", "stuff")
    printf "medians of %d rounds; ratios are medians of the ratio within each round\n", rounds["put"]
}
