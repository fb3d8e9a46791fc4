# SPDX-License-Identifier: BSD-2-Clause
# Downloads the packages of a part, and tries other versions if a file cannot be had. Scripts source this file; it is
# never run. A mirror that is being updated, or a list that is some hours old, names files that answer 404 or have a
# different size or hash. So other versions in the lists are tried, then the next group of suites. story[] records the
# failures, and they are told at the end.
#
# A chooser is a function that prints lines of PACKAGE VERSION, each apt's candidate, or calls reason() and fails.

story=()
unreachable=no          # yes: the last failure would occur with each file of this mirror
lists_just_read=no      # yes: this process has just read the lists

reason() { echo "$*" >"$apt_dir/reason"; }

# obtain FOLDER ARCH GROUPS CHOOSER [ARGUMENT...]: leaves package files in FOLDER/packages, and FOLDER/made-from.
# GROUPS are words, each a group of suites with commas between; all packages of a choice come from one group, and the
# first group is tried first. The file apt_status names installed packages; unless the caller sets it, there are none.
obtain() {
    local folder=$1 arch=$2 groups=$3 group suites
    shift 3
    story=()
    for group in $groups; do
        IFS=, read -ra suites <<<"$group"
        apt_begin "$arch" "${apt_status:-none}" "${suites[@]}"
        if obtain_lists && obtain_from "$folder" "$@"; then
            return
        fi
        [ $unreachable = no ] || break
    done
    say "$part cannot be made from the packages of $apt_from:"
    tell_story
    exit 1
}

tell_story() { # prints one line per file or list, in the order in which they were tried
    local line
    for line in "${story[@]}"; do
        say "    $line"
    done
}

# note SUBJECT LOG: adds the errors in a log of apt-get to story[]
note() {
    local address answer
    while IFS=$'\t' read -r address answer; do
        case $answer in
        *'Could not connect'* | *'Could not resolve'* | *'Temporary failure resolving'* | *'Unable to connect'*)
            unreachable=yes
            ;;
        esac
        [ "$address" = - ] || answer+=" ($address)"
        story+=("$1: $answer")
    done < <(apt_errors "$2")
}

read_lists() {
    lists_just_read=yes
    apt_update || note "the list of ${apt_suites[*]} cannot be read" "$apt_dir/update.log"
}

# Succeeds if there is a list to choose from. A list that is some days old, or lists of some suites only, are better
# than none.
obtain_lists() {
    local suite
    unreachable=no lists_just_read=no apt_target=''
    apt_lists_are_new || read_lists
    for suite in "${apt_suites[@]}"; do
        ! apt_has_list "$suite" || apt_target=$suite
    done
    [ -n "$apt_target" ]
}

# obtain_from FOLDER CHOOSER [ARGUMENT...]: does the same with the lists of this group of suites
obtain_from() {
    local folder=$1 chosen
    shift
    while chosen=$("$@"); do
        if obtain_chosen "$folder" "$chosen"; then
            return
        fi
        [ $unreachable = no ] || return 1
        obtain_otherwise "$chosen" || return 1
    done
    story+=("${apt_suites[*]}: $(cat "$apt_dir/reason")")
    return 1
}

# obtain_chosen FOLDER LINES: downloads these packages, except files that are there already
obtain_chosen() {
    local folder=$1 name version words=() keep=()
    while read -r name version; do
        words+=("$name=$version")
        keep+=(! -name "${name}_${version//:/%3a}_*.deb")
    done <<<"$2"
    made_of="${words[*]} (${apt_suites[*]})"
    [ ${#words[@]} -le 3 ] || made_of="${#words[@]} packages (${apt_suites[*]})"
    mkdir -p "$folder/packages" || return
    say "$part: downloading $made_of"
    if ! (cd "$folder/packages" && apt_get -qq download "${words[@]}") >"$apt_dir/download.log" 2>&1; then
        note "${apt_suites[*]}" "$apt_dir/download.log"
        return 1
    fi
    find "$folder/packages" -type f "${keep[@]}" -delete
    printf '%s\n' "from $apt_from ${apt_suites[*]}" "${words[@]}" >"$folder/made-from"
}

# obtain_otherwise LINES: makes the chooser choose differently from these lines, because some of the files could not
# be downloaded. Lists that this process has not just read are read again first, since the mirror may have changed.
obtain_otherwise() {
    local name version address file found=no
    if [ $lists_just_read = no ]; then
        story+=("${apt_suites[*]}: the lists, which had been read earlier, are read again")
        read_lists
        return
    fi
    while IFS=$'\t' read -r address _; do
        file=${address##*/}
        printf -v file %b "${file//%/\\x}"
        while read -r name version; do
            [ "${file#"${name}_${version#*:}_"}" != "$file" ] || continue
            apt_forbid "$name" "$version"
            found=yes
        done <<<"$1"
    done < <(apt_errors "$apt_dir/download.log")
    [ $found = yes ]
}

# choose_installed WORD...: chooses the packages that apt-get install WORD... would install
choose_installed() {
    local log=$apt_dir/choose.log
    if ! apt_get -qq -s -t "$apt_target" install "$@" >"$log" 2>&1; then
        reason "no choice is left: $({
            sed -n 's/^ \([^ ]* : Depends: .*\)/\1;/p' "$log" | head -n 1
            apt_errors "$log" | cut -f 2
        } | paste -sd ' ')"
        return 1
    fi
    sed -n 's/^Inst \([^ ]*\) \(\[[^]]*\] \)\{0,1\}(\([^ ]*\) .*/\1 \3/p' "$log"
}

# choose_named PACKAGE...: chooses only these, in versions that apt-get install would combine
choose_named() {
    local name all
    all=$(choose_installed "$@") || return
    for name; do
        grep "^$name " <<<"$all" || { reason "there is no package $name"; return 1; }
    done
}

# choose_linux VERSION FLAVOUR: chooses the newest available kernel whose version begins with VERSION
choose_linux() {
    local name version
    for name in $(apt_cache pkgnames "linux-image-$1." | grep -E "^linux-image-$1\.[^-]*(-[0-9]+)?-$2\$" | sort -rV); do
        version=$(apt_cache policy "$name" | sed -n 's/^  Candidate: //p')
        if [ "${version:-(none)}" != '(none)' ]; then
            echo "$name $version"
            return
        fi
    done
    reason "there is no other image of Linux $1 for $2"
    return 1
}

# choose_qemu WORD...: chooses QEMU 10 and its dependencies. A C library newer than the machine's own would need its
# own loader, too.
choose_qemu() {
    local all
    all=$(choose_installed "$@") || return
    if ! grep -q '^qemu-system-ppc 1:10\.' <<<"$all"; then
        reason "there is no other QEMU 10"
        return 1
    fi
    if [ -n "${apt_status:-}" ] && grep -q '^libc6 ' <<<"$all"; then
        reason "QEMU there needs a newer C library than this machine has"
        return 1
    fi
    echo "$all"
}
