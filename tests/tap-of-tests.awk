# SPDX-License-Identifier: BSD-2-Clause
# Makes one stream of TAP from many tests. Each test's output is between the lines "@test SUITE/NAME" and "@status
# EXIT-STATUS". A program that fails without a line of TAP that says so is a failed test. The variable "where" names
# the machine, and begins each title.

/^@test / { test = $2; last = ""; bad = said = 0; next }

/^@status / {
    if (!bad && ($2 || !said)) print "not ok - " where " " test ": exit status " $2
    next
}

/^(not )?ok( |$)/ {
    said = 1
    failed = $1 == "not" && !/# *SKIP/
    if (failed) bad = 1
    title = $0
    sub(/^(not )?ok *[0-9]* *(- *)?/, "", title)
    if (title ~ /^# *SKIP/ && last ~ /^# /) title = title ": " substr(last, 3)
    print (failed ? "not " : "") "ok - " where " " test ": " title
    next
}

/^1\.\.0/ {
    said = 1
    sub(/^1\.\.0 *#? *([Ss][Kk][Ii][Pp][a-z]*:?)? */, "")
    print "ok - " where " " test " # SKIP " $0
    next
}

/^1\.\./ { next }

{ last = $0; print "# " $0 }
