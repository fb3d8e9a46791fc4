# SPDX-License-Identifier: BSD-2-Clause
# A private apt. Scripts source this file; it is never run. It has its own sources, lists, status and cache below apt/
# in the cache, so that packages of another architecture or release can be unpacked without any change to the
# machine's apt and dpkg. The caller holds the cache's lock.
# The mirror is the machine's own, unless SPAPR_TCE_MIRROR names another. SPAPR_TCE_KEYRING=FILE names the key of a
# mirror that signs its lists with its own; "none" accepts unsigned lists from this machine only, for the tests.

apt_keyring=${SPAPR_TCE_KEYRING:-/usr/share/keyrings/debian-archive-keyring.gpg}

# Prints the first archive in the machine's sources that offers bookworm, else the first that is not a security
# archive.
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

# apt_trust MIRROR: prints the option for sources.list that says which signatures are trusted
apt_trust() {
    if [ "$apt_keyring" = none ]; then
        [[ $1 =~ ^http://127\.0\.0\.1[:/] ]] || die "SPAPR_TCE_KEYRING=none is for a mirror at http://127.0.0.1 only"
        echo trusted=yes
        return
    fi
    [ -r "$apt_keyring" ] || die "$apt_keyring is missing: install the package debian-archive-keyring"
    echo "signed-by=$apt_keyring"
}

# apt_begin ARCH STATUS SUITE...: makes apt_get and apt_cache use these suites only
apt_begin() {
    local arch=$1 status=$2 suite trust
    shift 2
    apt_suites=("$@")
    apt_dir=$cache_dir/apt/$(IFS=+; echo "$*")-$arch
    mkdir -p "$apt_dir/lists/partial" "$apt_dir/cache/archives/partial"
    apt_from=$(apt_mirror)
    [ -n "$apt_from" ] || die "no Debian archive in /etc/apt: set SPAPR_TCE_MIRROR=http://.../debian"
    trust=$(apt_trust "$apt_from")
    for suite; do
        echo "deb [arch=$arch $trust] $apt_from $suite main"
    done >"$apt_dir/sources.list"
    if [ "$status" = none ]; then
        status=$apt_dir/status
        : >"$status"
    fi
    : >"$apt_dir/preferences"
    apt_options=(
        -o Dir::Etc::sourcelist="$apt_dir/sources.list" -o Dir::Etc::sourceparts=/dev/null
        -o Dir::Etc::preferences="$apt_dir/preferences" -o Dir::Etc::preferencesparts=/dev/null
        -o Dir::State="$apt_dir" -o Dir::State::Lists="$apt_dir/lists" -o Dir::State::status="$status"
        -o Dir::Cache="$apt_dir/cache" -o Dir::Cache::archives="$apt_dir/cache/archives"
        -o APT::Architecture="$arch" -o APT::Architectures="$arch" -o APT::Sandbox::User=root
        -o APT::Get::List-Cleanup=true -o APT::Update::Error-Mode=any
        -o Acquire::Languages=none -o Acquire::Retries=2 -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30
        -o Debug::NoLocking=true -o APT::Install-Recommends=false -o Dpkg::Use-Pty=0
    )
}

# scripts/apt-errors.awk reads the answers, so they must be in English.
apt_get() { LC_ALL=C.UTF-8 apt-get "${apt_options[@]}" "$@"; }
apt_cache() { LC_ALL=C.UTF-8 apt-cache "${apt_options[@]}" "$@"; }

apt_errors() { awk -f "$root/scripts/apt-errors.awk" "$1"; } # apt_errors LOG: prints lines of ADDRESS, tab, ANSWER

# apt_forbid PACKAGE VERSION: this version is no longer a candidate
apt_forbid() { printf 'Package: %s\nPin: version %s\nPin-Priority: -1\n\n' "$1" "$2" >>"$apt_dir/preferences"; }

# Tells whether the lists were read within a day, from the same sources.
apt_lists_are_new() {
    [ -n "$(find "$apt_dir/updated" -mmin -1440 2>/dev/null)" ] && cmp -s "$apt_dir/updated" "$apt_dir/sources.list"
}

# Reads the lists. It fails if one could not be had; then $apt_dir/update.log has the errors, and apt keeps older
# lists.
apt_update() {
    say "reading the package lists of ${apt_suites[*]} (private, the machine's apt is not touched)"
    rm -f "$apt_dir/updated"
    apt_get -q update >"$apt_dir/update.log" 2>&1 || return 1
    cp "$apt_dir/sources.list" "$apt_dir/updated"
}

# apt_has_list SUITE: tells whether there is a list of this suite from this mirror, new or old
apt_has_list() {
    local suite file
    while read -r suite file; do
        [ "$suite" != "$1" ] || [ ! -s "$file" ] || return 0
    done < <(apt_get indextargets --format '$(RELEASE) $(FILENAME)' 'Created-By: Packages' 2>/dev/null)
    return 1
}
