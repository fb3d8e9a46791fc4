# SPDX-License-Identifier: BSD-2-Clause
# The unpacked parts that all clones of a user share. Scripts source this file; it is never run. The name of a part's
# folder says what it was made from, so clones that want different packages do not disturb each other. A complete
# folder gets its name by one rename, and never changes afterwards. A process holds the lock while it makes a part,
# but not while it uses one.

cache_place() {
    local base=${XDG_CACHE_HOME:-}
    # The XDG specification says that a relative path is ignored.
    [ "${base#/}" != "$base" ] || base=${HOME:+$HOME/.cache}
    cache_dir=${base:-$guest_dir/cache}/spapr-tce
}

# A user without a writable home keeps the parts in the clone.
cache_begin() {
    cache_place
    if ! mkdir -p "$cache_dir/parts" 2>/dev/null || [ ! -w "$cache_dir/parts" ]; then
        say "cannot write to $cache_dir: the packages stay in $guest_dir and are not shared with other clones"
        cache_dir=$guest_dir/cache/spapr-tce
        mkdir -p "$cache_dir/parts"
    fi
}

cached() { echo "$cache_dir/parts/$1-${2:0:16}"; } # cached PART STAMP

# The lock ends with this process. A lock file that has been removed meanwhile protects nothing, so the lock is then
# taken again.
cache_lock() {
    while :; do
        exec {cache_lock_fd}>>"$cache_dir/lock"
        if ! flock -n "$cache_lock_fd"; then
            say "waiting for another guest/fetch, which holds $cache_dir/lock"
            flock "$cache_lock_fd"
        fi
        [ "/proc/self/fd/$cache_lock_fd" -ef "$cache_dir/lock" ] && return
        cache_unlock
        mkdir -p "$cache_dir/parts"
    done
}

cache_unlock() { exec {cache_lock_fd}>&-; }

# cache_publish FOLDER PART STAMP: gives the folder the part's name
cache_publish() {
    echo "$3" >"$1/.complete"
    mv -T "$1" "$(cached "$2" "$3")"
}

# cache_link PART STAMP: makes the clone's link to the part
cache_link() {
    local link=$guest_dir/$1
    [ -L "$link" ] || rm -rf "$link"
    ln -sfn "$(cached "$1" "$2")" "$link.$$"
    mv -T "$link.$$" "$link"
}

cache_remove() {
    cache_place
    [ -d "$cache_dir" ] || { say "there is no $cache_dir"; return; }
    cache_lock
    rm -rf "${cache_dir:?}"
    say "$cache_dir is removed"
}
