# SPDX-License-Identifier: BSD-2-Clause
# Reads TAP with titles of the form "qemu-user SUITE/NAME: CASE", and turns failures that the table cannot.tsv
# explains into skips. A case fails if the table says that it never passes and it does. A line of the table fails if
# no test has its case.

BEGIN {
    while ((getline line < table) > 0) {
        if (line ~ /^#/ || split(line, field, "\t") != 4) continue
        key = field[1] ": " field[2]
        how[key] = field[3]
        why[key] = field[4]
    }
}

/^(not )?ok - / {
    key = $0
    sub(/^(not )?ok - qemu-user /, "", key)
    sub(/ Could not run test: .*/, "", key)    # what cmocka adds if a teardown fails, too
    met[key] = 1
    if (key ~ /: exit status [0-9]+$/) ended_early[substr(key, 1, index(key, ":") - 1)] = 1
    if (how[key] != "" && $1 == "not") $0 = "ok - qemu-user " key " # SKIP " why[key]
    else if (how[key] == "never") $0 = "not ok - qemu-user " key ": cannot.tsv says that this never passes"
    n++
    if ($1 == "not") bad = 1
}

{ print }

END {
    for (key in how) {
        if (met[key] || key ~ /: \*$/ || substr(key, 1, index(key, ":") - 1) in ended_early) continue
        print "not ok - qemu-user " key ": cannot.tsv names what no test has"
        n++
        bad = 1
    }
    print "1.." n
    exit bad || !n
}
