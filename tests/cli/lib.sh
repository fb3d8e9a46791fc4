# SPDX-License-Identifier: BSD-2-Clause
# The functions that the tests in this folder share. Tests source this file; it is never run. Meson sets SPAPR_TCE to
# the program under test.

: "${SPAPR_TCE:?the program to test}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0 failed=0

ok() { # ok NAME WANTED GOT
    count=$((count + 1))
    if [ "$2" != "$3" ]; then
        failed=1
        printf '# wanted: %s\n# got:    %s\n' "$2" "$3" | tr '\n' '~' | sed 's/~\(#\|$\)/\n\1/g; s/~/\n#   /g'
        [ ! -s "$work/err" ] || sed 's/^/# on stderr: /' "$work/err"
        printf 'not '
    fi
    echo "ok $count - $1"
}

# Runs of this test are in a folder of its own, so that it sees no others. Other users cannot list the folder; then root's
# runs are made directly in it, not in a folder below.
keep_runs_apart() {
    export XDG_RUNTIME_DIR=$work/places
    mkdir "$XDG_RUNTIME_DIR"
    chmod 711 "$XDG_RUNTIME_DIR"
}

skip() { # skip NAME WHY
    count=$((count + 1))
    echo "ok $count - $1 # SKIP $2"
}

finish() {
    echo "1..$count"
    exit $failed
}

# hold_in_run PIPE: starts a run whose program, $hold, holds group 1 until something is written to the pipe; leaves
# $pid, $pipe, and the run's $directory and $program
hold_in_run() {
    mkfifo "$work/$1"
    "$SPAPR_TCE" run --quiet --device dmatest -- sh -c \
        '"$2" <"$1" >"$1.says" & echo "$SPAPR_TCE_RUN $!" >"$1.new"; wait; echo >"$1.ended"' sh "$work/$1" "$hold" &
    pid=$!
    exec {pipe}<>"$work/$1"
    while ! [ -s "$work/$1.new" ] || ! grep -q open "$work/$1.says" 2>/dev/null; do sleep 0.02; done
    read -r directory program <"$work/$1.new"
}

# run ARGUMENT...: runs the program under test, and leaves $status, $out and $err
run() {
    "$SPAPR_TCE" "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
    out=$(cat "$work/out") err=$(cat "$work/err")
}

# refused NAME STATUS PATTERN ARGUMENT...: the program prints one line on stderr and nothing on stdout, and starts
# nothing
refused() {
    local name=$1 wanted=$2 pattern=$3 line=no lines
    shift 3
    rm -f "$work/started"
    run "$@"
    lines=$(wc -l <"$work/err")
    # shellcheck disable=SC2254  # a pattern is wanted
    case $err in
    "spapr-tce: "$pattern) line=yes ;;
    *) echo "# it said: $err" ;;
    esac
    [ ! -e "$work/started" ] || line='something was started'
    ok "$name" "$wanted/1 line/yes/''" "$status/$lines line/$line/'$out'"
}
