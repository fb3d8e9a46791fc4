# SPDX-License-Identifier: BSD-2-Clause
# Joins two outputs of benchmarks, of a quiet machine and of a busy one, to one table of the rows that have a wanted
# figure. Each side shows the first figure of its row, its ratio, and its verdict, or "-" if it lacks the row. Lines
# that say what was not measured come last.

# A row's verdict: "missed" if one figure of it is, else "unclear" if one is, else "met".
function verdict(text) {
    return text ~ / missed/ ? "missed" : text ~ / unclear/ ? "unclear" : "met"
}

# What is wanted: the row from its first "<=" or ">=" on, without the verdicts and what follows in parentheses.
function wishes(text) {
    text = match(text, /[<>]= /) ? substr(text, RSTART) : "<= 0"
    gsub(/ (met|missed|unclear)/, "", text)
    sub(/ \(.*/, "", text)
    return text
}

function side_of(row, side) {
    if (!((row, side) in judged))
        return sprintf("%8s %7s %-8s", "", "", "-")
    return sprintf("%8s %7s %-8s", figure[row, side], ratio[row, side], judged[row, side])
}

FNR == 1 { side++ }

/^[^ ].*  / { section = substr($0, 1, index($0, "  ") - 1) }

/^not measured: / && !told[$0]++ { left_out = left_out $0 "\n" }

/^  .* (met|missed|unclear)( |$)/ {
    name = substr($0, 3, index(substr($0, 3), "  ") - 1)
    nth = ++seen[side, section, name]
    row = section SUBSEP name SUBSEP nth
    if (!(row in name_of)) {
        rows[++count] = row
        section_of[row] = section
        name_of[row] = name
        wanted[row] = wishes($0)
    }
    rest = substr($0, length(name) + 3)
    match(rest, /[0-9.]+( |x)/)
    figure[row, side] = rest ~ /^ +[0-9.]+x/ ? "" : substr(rest, RSTART, RLENGTH)
    ratio[row, side] = match(rest, /[0-9.]+x/) ? substr(rest, RSTART, RLENGTH) : ""
    judged[row, side] = verdict(rest)
}

END {
    printf "%-58s %8s %7s %-8s %8s %7s %-8s %s\n", "", "quiet", "", "", "busy", "", "", "wanted"
    for (i = 1; i <= count; i++) {
        row = rows[i]
        if (section_of[row] != section_of[rows[i - 1]])
            printf "%s\n", section_of[row]
        printf "  %-56s %s %s %s%s\n", name_of[row], side_of(row, 1), side_of(row, 2), wanted[row], \
            judged[row, 1] == "met" && judged[row, 2] ~ /missed|unclear/ ? "; in quiet only" : ""
    }
    printf "%s", left_out
}
