# SPDX-License-Identifier: BSD-2-Clause
# Sums up the TAP of many tests. The input has, for each test, a line "@test STAGE RESULT NAME" and then the test's
# output. RESULT is OK, SKIP or anything else, which means that the test as a whole failed: a crash or a timeout
# counts even if no line of its TAP says so. It prints each failure with the lines around it, each skip with its
# reason, then "@sum P F S".

function flush() {
    if (!named) return
    if (result == "SKIP" && !points) {
        skipped++
        print "skipped: " name ": " (reason != "" ? reason : "no reason given")
    } else if (result != "OK" && result != "SKIP" && !bad) {
        failed++
        print "FAILED: " name ": " result
        bad = 1
    } else if (!points) {
        passed++
    }
    if (bad) show(20)
}

# Prints the newest lines that have not been shown.
function show(count,  i) {
    for (i = lines > count ? lines - count + 1 : 1; i <= lines; i++) print "    " line[i]
    lines = 0
}

/^@test / {
    flush()
    named = 1
    result = $3
    name = $2 "/" $4
    for (i = 5; i <= NF; i++) name = name " " $i
    points = bad = near = lines = 0
    reason = ""
    next
}

/^1\.\.0/ { reason = $0; sub(/^1\.\.0 *#? *([Ss][Kk][Ii][Pp][a-z]*:?)? */, "", reason) }

/^1\.\.[0-9]/ { next }

/^(not )?ok( |$)/ {
    points++
    near = 0
    title = $0
    sub(/^(not )?ok *[0-9]* *(- *)?/, "", title)
    if (toupper($0) ~ /# *SKIP/) {
        skipped++
        # cmocka only names a skipped test; the reason is the line that the test printed before.
        if (title ~ /^# *SKIP/ && line[lines] ~ /^# /) title = title ": " substr(line[lines], 3)
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
        show(20)
        near = 20
    }
    lines = 0
    next
}

# Some tests print the diagnostics of a failure after it.
/^[# \t]*$/ { next }

near > 0 { print "    " $0; near--; next }

{ line[++lines] = $0 }

END {
    flush()
    print "@sum", passed + 0, failed + 0, skipped + 0
}
