# SPDX-License-Identifier: BSD-2-Clause
# Sums up TAP from many tests. Input: for each test a line "@test STAGE RESULT NAME", then what it printed. RESULT is
# OK, SKIP or anything else, which means that the test as a whole failed: a crash or a timeout counts even where no
# line of its TAP says so. Prints each failure with its diagnostics, each skip with its reason, then "@sum P F S".

function flush() {
    if (!named) return
    if (result == "SKIP" && !points) {
        skipped++
        print "skipped: " name ": " (reason != "" ? reason : "no reason given")
    } else if (result != "OK" && result != "SKIP" && !bad) {
        failed++
        print "FAILED: " name ": " result
        show()
    } else if (!points) {
        passed++
    }
}

# the last lines that a failing test printed
function show(  i) {
    for (i = lines > 30 ? lines - 29 : 1; i <= lines; i++) print "    " line[i]
}

/^@test / {
    flush()
    named = 1
    result = $3
    name = $2 "/" $4
    for (i = 5; i <= NF; i++) name = name " " $i
    points = bad = lines = 0
    reason = ""
    next
}

/^1\.\.0/ { reason = $0; sub(/^1\.\.0 *#? *([Ss][Kk][Ii][Pp][a-z]*:?)? */, "", reason) }

/^(not )?ok( |$)/ {
    points++
    title = $0
    sub(/^(not )?ok *[0-9]* *(- *)?/, "", title)
    if (toupper($0) ~ /# *SKIP/) {
        skipped++
        print "skipped: " name ": " title
    } else if ($1 == "ok") {
        passed++
    } else if (toupper($0) ~ /# *TODO/) {
        skipped++
        print "to do: " name ": " title
    } else {
        failed++
        bad = 1
        print "FAILED: " name ": " title
        show()
        lines = 0
    }
    next
}

{ line[++lines] = $0 }

END {
    flush()
    print "@sum", passed + 0, failed + 0, skipped + 0
}
