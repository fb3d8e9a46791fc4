# SPDX-License-Identifier: BSD-2-Clause
# A private apt (sourced, never run): own sources, lists, status and cache under build/guest/apt/, so that packages of
# another architecture or release can be unpacked while the machine's own apt and dpkg stay exactly as they are.
# The mirror is the one the machine itself uses; SPAPR_TCE_MIRROR overrides it.

apt_keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The first archive of the machine's sources that offers bookworm, else the first that is no security archive.
apt_mirror() {
    if [ -n "${SPAPR_TCE_MIRROR:-}" ]; then
        echo "$SPAPR_TCE_MIRROR"
        return
    fi
    {
        cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
            sed -n 's/^deb  *\(\[[^]]*\] *\)\{0,1\}\([^ ]*\)  *\([^ ]*\).*/\3 \2/p'
        local f
        for f in /etc/apt/sources.list.d/*.sources; do
            [ -e "$f" ] || continue
            awk 'function flush(  i, n, s) {
                     n = split(suites, s)
                     for (i = 1; i <= n; i++) print s[i], uri
                     suites = uri = ""
                 }
                 /^[ \t]*$/ { flush() }
                 tolower($1) == "uris:" { uri = $2 }
                 tolower($1) == "suites:" { $1 = ""; suites = $0 }
                 END { flush() }' "$f"
        done
    } | awk '$1 == "bookworm" && !exact { exact = $2 }
             $2 ~ /debian\/?$/ && !other { other = $2 }
             END { print exact ? exact : other }'
}

# apt_begin NAME ARCH STATUS SUITE...: from here on apt_get and apt_cache speak of these suites only.
apt_begin() {
    local name=$1 arch=$2 status=$3 suite mirror
    shift 3
    apt_dir=$guest_dir/apt/$name
    mkdir -p "$apt_dir/lists/partial" "$apt_dir/cache/archives/partial"
    [ -r "$apt_keyring" ] || die "$apt_keyring is missing: install the package debian-archive-keyring"
    mirror=$(apt_mirror)
    [ -n "$mirror" ] || die "no Debian archive in /etc/apt: set SPAPR_TCE_MIRROR=http://.../debian"
    for suite; do
        echo "deb [arch=$arch signed-by=$apt_keyring] $mirror $suite main"
    done >"$apt_dir/sources.list"
    if [ "$status" = none ]; then
        status=$apt_dir/status
        : >"$status"
    fi
    apt_options=(
        -o Dir::Etc::sourcelist="$apt_dir/sources.list" -o Dir::Etc::sourceparts=/nonexistent
        -o Dir::Etc::preferences=/nonexistent -o Dir::Etc::preferencesparts=/nonexistent
        -o Dir::State="$apt_dir" -o Dir::State::Lists="$apt_dir/lists" -o Dir::State::status="$status"
        -o Dir::Cache="$apt_dir/cache" -o Dir::Cache::archives="$apt_dir/cache/archives"
        -o APT::Architecture="$arch" -o APT::Architectures="$arch" -o APT::Sandbox::User=root
        -o APT::Get::List-Cleanup=true -o Acquire::Languages=none -o Acquire::Retries=2
        -o Debug::NoLocking=true -o APT::Install-Recommends=false -o Dpkg::Use-Pty=0
    )
    apt_update "$*"
}

apt_get() { apt-get "${apt_options[@]}" "$@"; }
apt_cache() { apt-cache "${apt_options[@]}" "$@"; }

# Reads the package lists once a day.
apt_update() {
    local log=$apt_dir/update.log
    if [ -e "$apt_dir/updated" ] && [ -z "$(find "$apt_dir/updated" -mmin +1440)" ]; then
        return
    fi
    say "reading the package lists of $1 (private, the machine's apt is not touched)"
    if ! apt_get -q update >"$log" 2>&1 || grep -Eq '^(W|E): ' "$log"; then
        if grep -q NO_PUBKEY "$log"; then
            die "the archive key of $1 is missing: update the package debian-archive-keyring"
        fi
        if ! apt_cache policy 2>/dev/null | grep -q 'n='; then
            die "cannot read the package lists of $1 (no network?): see $log"
        fi
    fi
    touch "$apt_dir/updated"
}

# apt_download PACKAGE: leaves the package file in the current folder.
apt_download() {
    apt_get -qq download "$1" 2>"$apt_dir/download.log" ||
        die "cannot download $1: $(head -n 1 "$apt_dir/download.log")"
}
