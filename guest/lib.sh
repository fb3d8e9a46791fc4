# SPDX-License-Identifier: BSD-2-Clause
# The paths and messages that the scripts in guest/ and tests/guest/ share. Scripts source this file; it is never run.
# Progress goes to stderr, one line per step. A failure is one line that says what is missing, and ends the script.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${BUILD:-$root/build}
guest_dir=${GUEST_DIR:-$build/guest}   # everything that is unpacked from packages

me=${0##*/}

say() { printf '%s: %s\n' "$me" "$*" >&2; }

die() { printf '%s: %s\n' "$me" "$*" >&2; exit 1; }

need_command() { # need_command NAME PACKAGE
    command -v "$1" >/dev/null || die "$1 is missing: run scripts/install-deps, or install the package $2"
}
