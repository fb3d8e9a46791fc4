# SPDX-License-Identifier: BSD-2-Clause
# For the tests of guest/fetch and scripts/install-deps (sourced, never run): a Debian archive of our own on loopback, a
# cache of our own, and what was said on stderr in a form that can be compared.

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

# package SUITE NAME VERSION ARCH DEPENDS FOLDER: puts one into the pool; FOLDER holds its files
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

# fetch PART...: in a clone and with a cache in which there is nothing
fetch() {
    rm -rf "$XDG_CACHE_HOME" "$GUEST_DIR"
    fetch_again "$@"
}

fetch_again() {
    : >"$archive/requests"
    timeout 600 "$top/guest/fetch" "$@" 2>"$work/log"
}

# says LINE...: the last run's words, with short names for what is different each time
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
