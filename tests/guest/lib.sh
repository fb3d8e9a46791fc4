# SPDX-License-Identifier: BSD-2-Clause
# The functions that the tests in this folder share. Tests source this file; it is never run. Each guest is one TAP
# test. It passes if the script that boots the guest succeeds, and then the conditions on spapr-tce's report hold.
# GUEST_OPTIONS adds options to every run.

cd "$(dirname "$0")/../.."
build=${BUILD:-$PWD/build}
report=$build/guest/logs/${0##*/}.json

# Every report must show that nothing failed, and that the disks' data went through our tables twice.
moved() { # moved DISKS: reading a disk of 48 MiB, writing it, reading it again
    echo "([.faults[]] | add == 0) and .counters.dma_read_bytes >= $1 * 50331648 and
        .counters.dma_write_bytes >= $1 * 2 * 50331648"
}

# The same for minivmm's report, which has only counters.
faultless='[.counters | .fault_no_window, .fault_beyond_window, .fault_unmapped, .fault_no_read, .fault_no_write] |
    add == 0'

# a dynamic window, which is above the default window
dynamic='.start == "0x800000000000000"'

# guest_test TITLE SCRIPT [OPTION...] [-- JQ_CONDITION...]: runs the script; every condition on the report must hold
guest_test() {
    local title=$1 command=() status=0 condition
    shift
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        command+=("$1")
        shift
    done
    [ $# -eq 0 ] || shift
    mkdir -p "${report%/*}"
    rm -f "$report"
    echo 1..1
    # shellcheck disable=SC2086
    "${command[@]}" --report "$report" ${GUEST_OPTIONS:-} >"$report.log" 2>&1 || status=$?
    sed 's/^/# /' "$report.log"
    case $status in
    0) ;;
    77)
        echo "ok 1 - $title # SKIP $(sed -n 's/.*cannot run here: //p' "$report.log")"
        return
        ;;
    *)
        echo "not ok 1 - $title"
        return 1
        ;;
    esac
    case ${GUEST_OPTIONS:-} in
    *--without-spapr-tce*) set -- ;;
    esac
    for condition; do
        if ! jq -e "$condition" "$report" >/dev/null; then
            echo "# the report $report does not say: $condition"
            status=1
        fi
    done
    [ $status = 0 ] || printf 'not '
    echo "ok 1 - $title"
    return $status
}
