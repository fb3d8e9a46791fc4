# SPDX-License-Identifier: BSD-2-Clause
# Shared by the scripts in guest/ and tests/guest/ (sourced, never run): where things are, and how we talk.
# Progress goes to stderr, one line per step; a failure is one line that says what is missing, and the end.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${BUILD:-$root/build}
guest_dir=${GUEST_DIR:-$build/guest}   # everything unpacked from packages lives here

me=${0##*/}

say() { printf '%s: %s\n' "$me" "$*" >&2; }

die() { printf '%s: %s\n' "$me" "$*" >&2; exit 1; }

need_command() { # need_command NAME PACKAGE
    command -v "$1" >/dev/null || die "$1 is missing: run scripts/install-deps, or install the package $2"
}
