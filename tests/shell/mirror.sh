# SPDX-License-Identifier: BSD-2-Clause
# The functions that the tests of guest/fetch and scripts/install-deps share. Tests source this file; it is never run.
# It has its own Debian archive on loopback and its own cache, and prints stderr in a form that can be compared.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
archive=$work/archive
server=''
cleanup() {
    [ -z "$server" ] || kill "$server"
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM
export XDG_CACHE_HOME=$work/cache GUEST_DIR=$work/clone SPAPR_TCE_KEYRING=none
unset http_proxy https_proxy
mkdir -p "$archive/pool"
: >"$archive/faults"
: >"$archive/requests"

# package SUITE NAME VERSION ARCH DEPENDS FOLDER: puts a package with the files of FOLDER into the pool
package() {
    local control=$6/DEBIAN file=${2}_${3#*:}_$4.deb
    mkdir -p "$control" "$archive/pool/$1"
    printf '%s\n' "Package: $2" "Version: $3" "Architecture: $4" ${5:+"Depends: $5"} 'Maintainer: test <test@localhost>' \
        "Description: $2" >"$control/control"
    dpkg-deb -Znone --root-owner-group -b "$6" "$archive/pool/$1/$file" >/dev/null
    rm -rf "$6"
}

index() { python3 "$top/tests/shell/mirror.py" index "$archive" "$1" "$2"; } # index SUITE ARCH

serve() {
    python3 "$top/tests/shell/mirror.py" serve "$archive" &
    server=$!
    until [ -e "$archive/port" ]; do
        kill -0 "$server" || exit 1
        sleep 0.05
    done
    mirror=http://127.0.0.1:$(cat "$archive/port")
    export SPAPR_TCE_MIRROR=$mirror
}

faults() { printf '%s\n' "$@" >"$archive/faults"; } # faults LINE...

# fetch PART...: runs guest/fetch in an empty clone with an empty cache
fetch() {
    rm -rf "$XDG_CACHE_HOME" "$GUEST_DIR"
    fetch_again "$@"
}

fetch_again() {
    : >"$archive/requests"
    timeout 600 "$top/guest/fetch" "$@" 2>"$work/log"
}

# says LINE...: compares the last run's messages, with fixed names for parts that differ each time
says() {
    sed -e "s|$XDG_CACHE_HOME|CACHE|g; s|${mirror:-//}|MIRROR|g; s|$work|WORK|g" -e 's|-[0-9a-f]\{16\}$|-STAMP|' \
        "$work/log" >"$work/said"
    printf '%s\n' "$@" | diff - "$work/said" >"$work/difference"
}

n=0 status=0
check() { # check TITLE COMMAND...
    local title=$1
    shift
    n=$((n + 1))
    : >"$work/difference"
    if ! "$@"; then
        sed 's/^/# /' "$work/difference" "$work/log"
        status=1
        printf 'not '
    fi
    echo "ok $n - $title"
}

refuses() { ! "$@"; }
