# SPDX-License-Identifier: BSD-2-Clause
# Boots a pseries guest with NVMe disks and listens to its console. Scripts source this file; it is never run. The
# script sets the variables below from its options, calls boot_prepare, puts its disk images into disks[], and calls
# boot_run with the name of a function. That function gets each line that the guest sends to the host. Images in
# peer_disks[] get QEMU's own NVMe, behind a bridge of their own.
# Such a script exits with 0 if its claim is proven, with 1 if it failed, with 75 if the guest has fallen silent where
# it does so without spapr-tce too, and with 77 if it cannot run here.

kernel=6.1 qemu=7.2 memory=512M cpus=1 hugepages=no with_us=yes limit=800
append='' report='' run_options='' qemu_options=''
disks=() groups=() peer_disks=() disk_properties='' bridges=one

boot_usage() {
    cat <<END
  --kernel 6.1|6.12      the guest's kernel (default 6.1)
  --qemu 7.2|10          the installed QEMU, or 10.0 unpacked beside it (default 7.2)
  --memory SIZE          guest memory (default $memory)
  --cpus N               guest processors, and so NVMe queues (default 1)
  --hugepages            guest memory on 2M pages
  --append WORDS         more words for the guest's command line
  --properties WORDS     more properties of the disks' functions, for example iothread=on
  --report FILE.json     what spapr-tce counted
  --run-options WORDS    more options for spapr-tce run
  --qemu-options WORDS   more options for QEMU
  --timeout SECONDS      give up after so long (default $limit)
  --without-spapr-tce    the same with QEMU's own NVMe, to check the guest itself
END
}

# boot_option OPTION [VALUE]: reads one of the options above, and sets shifted to the number of words read; 0: the
# option is none of them.
boot_option() {
    shifted=2
    case $1 in
    --hugepages) hugepages=yes shifted=1; return ;;
    --without-spapr-tce) with_us=no shifted=1; return ;;
    --kernel | --qemu | --memory | --cpus | --append | --properties | --report | --run-options | --qemu-options | \
        --timeout)
        [ $# -ge 2 ] || die "$1 needs a value"
        ;;
    esac
    case $1 in
    --kernel) kernel=$2 ;;
    --qemu) qemu=$2 ;;
    --memory) memory=$2 ;;
    --cpus) cpus=$2 ;;
    --append) append=$2 ;;
    --properties) disk_properties=,$2 ;;
    --report) report=$2 ;;
    --run-options) run_options=$2 ;;
    --qemu-options) qemu_options=$2 ;;
    --timeout) limit=$2 ;;
    *) shifted=0 ;;
    esac
}

skip() { say "cannot run here: $*"; exit 77; }

fail() {
    printf '\n%s: FAILED: %s\n' "$me" "$*" >&2
    if [ -s "$console" ]; then
        echo "$me: the end of the guest's console ($console):" >&2
        tail -n 15 "$console" | sed 's/^/  | /' >&2
    fi
    exit 1
}

began=${EPOCHREALTIME/./}
tell() { # prints a line with the time since the start
    local ms=$(((${EPOCHREALTIME/./} - began) / 1000))
    printf '%3d.%d s  %s\n' $((ms / 1000)) $((ms % 1000 / 100)) "$*"
}

work='' child='' pages_before=''
console=$guest_dir/logs/$me-$$.txt
boot_cleanup() {
    [ -z "$child" ] || kill "$child" 2>/dev/null || true
    [ -z "$work" ] || rm -rf "$work"
    [ -z "$pages_before" ] || echo "$pages_before" >/proc/sys/vm/nr_hugepages || true
}

# boot_prepare INIT MODULE... [-- FILE...]: prepares everything except the disks in the folder $work, which is removed
# at the end.
boot_prepare() {
    local parts=(busybox "linux-$kernel")
    trap boot_cleanup EXIT
    trap 'exit 130' INT TERM
    if [ "$with_us" = yes ]; then
        spapr_tce=${SPAPR_TCE:-$build/spapr-tce}
        [ -x "$spapr_tce" ] || die "$spapr_tce is missing: run make"
    fi
    case $qemu in
    7.2)
        need_command qemu-system-ppc64 qemu-system-ppc
        qemu_program=qemu-system-ppc64
        ;;
    10)
        parts+=(qemu-10)
        qemu_program=$guest_dir/qemu-10/run
        ;;
    *) die "--qemu takes 7.2 or 10" ;;
    esac
    "$root/guest/fetch" "${parts[@]}"
    mkdir -p "$guest_dir/logs"
    work=$(mktemp -d "$guest_dir/$me.XXXXXX")
    local init=$1
    shift
    "$root/guest/initramfs" "linux-$kernel" "$init" "$work/initramfs" "$@"
    [ "$hugepages" = no ] || reserve_hugepages
}

# Root may reserve the pages for the duration of the run. The machine's old number is restored afterwards.
reserve_hugepages() {
    local pages free now
    pages=$(($(numfmt --from=iec "$memory") / (2 << 20)))
    grep -q '^Hugepagesize: *2048 kB' /proc/meminfo || skip "this machine's huge pages are not 2M"
    free=$(awk '/^HugePages_Free/ { print $2 }' /proc/meminfo)
    [ "$free" -lt $pages ] || return 0
    [ -w /proc/sys/vm/nr_hugepages ] || skip "no $pages free huge pages, and only root may reserve them"
    now=$(cat /proc/sys/vm/nr_hugepages)
    pages_before=$now
    echo $((now + pages - free)) >/proc/sys/vm/nr_hugepages
    free=$(awk '/^HugePages_Free/ { print $2 }' /proc/meminfo)
    [ "$free" -ge $pages ] || skip "only $free of $pages huge pages could be reserved"
}

# Puts QEMU's command into command[]. Disk n is in IOMMU group n + 1. With bridges=each a disk has a bridge of its own,
# and the last one has no dynamic windows there. With bridges=group disk n is in group groups[n] instead: the disks of
# a group are functions of one device on the host, and the group has a bridge of its own.
boot_command() { # boot_command WORD...: words for the kernel's command line
    local machine size=$memory n address bus group
    local functions=()
    local run=() devices=() memory_options
    # These four capabilities only silence warnings, because TCG has none of the mitigations that they ask for.
    machine=pseries,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off
    if [ "$with_us" = yes ]; then
        # QEMU registers all memory of the guest and the tables, far more than a plain user's limit allows.
        run=("$spapr_tce" run --memlock $((($(numfmt --from=iec "$memory") >> 20) + 128))M)
        [ -z "$report" ] || run+=(--report "$report")
    fi
    for n in "${!disks[@]}"; do
        bus=pci.0
        if [ "$bridges" = each ] && [ "$n" != 0 ]; then
            bus=bridge$n.0
            devices+=(-device "spapr-pci-host-bridge,index=$n,id=bridge$n$([ $((n + 1)) != ${#disks[@]} ] || echo ,ddw=off)")
        fi
        group=$((n + 1))
        if [ "$bridges" = group ]; then
            group=${groups[n]}
            [ "$group" = 1 ] || bus=bridge$group.0
            [ "$group" = 1 ] || [ -n "${functions[group]:-}" ] ||
                devices+=(-device "spapr-pci-host-bridge,index=$group,id=bridge$group")
        fi
        if [ "$with_us" = yes ]; then
            address=0000:0$group:00.$((functions[group]++)) || true
            run+=(--device "nvme,addr=$address,group=$group,file=${disks[n]}$disk_properties")
            devices+=(-device "vfio-pci,host=$address,bus=$bus")
        else
            devices+=(-drive "if=none,id=disk$n,file=${disks[n]},format=raw"
                -device "nvme,serial=disk$n,drive=disk$n,bus=$bus")
        fi
    done
    [ ${#peer_disks[@]} = 0 ] || devices+=(-device spapr-pci-host-bridge,index=1,id=peer)
    for n in "${!peer_disks[@]}"; do
        devices+=(-drive "if=none,id=peer$n,file=${peer_disks[n]},format=raw"
            -device "nvme,bus=peer.0,serial=peer$n,drive=peer$n")
    done
    # shellcheck disable=SC2206  # the extra words are meant to be split
    [ "$with_us" = no ] || run+=($run_options --)

    # Linux 6.12 derives the size of its window from the largest memory that could be plugged in.
    [ "$kernel" = 6.1 ] || size=$memory,slots=2,maxmem=$(($(numfmt --from=iec "$memory") >> 19))M
    memory_options=(-m "$size")
    [ "$cpus" = 1 ] || memory_options+=(-smp "$cpus")
    if [ "$hugepages" = yes ]; then
        memory_options+=(-object "memory-backend-memfd,id=ram,size=$memory,hugetlb=on,hugetlbsize=2M")
        machine=$machine,memory-backend=ram
    fi
    # shellcheck disable=SC2206
    command=("${run[@]}" "$qemu_program" -M "$machine" "${memory_options[@]}" -nodefaults -display none
        -chardev stdio,id=console,signal=off -serial chardev:console
        -kernel "$guest_dir/linux-$kernel/vmlinux" -initrd "$work/initramfs"
        -append "console=hvc0 quiet panic=1 $*${append:+ $append}" "${devices[@]}" $qemu_options)
}

fallen_silent() { # fallen_silent STATUS: ends the script if it was read's time limit that passed
    [ "$1" -le 128 ] || { tell "the guest has printed nothing for $patience s"; exit 75; }
    return 1
}

# boot_run HANDLER WORD...: runs the guest to its end. It fails for faults that every guest can have; HANDLER sets
# problem to others that it finds, and patience to the seconds within which the guest must print its next line.
boot_run() {
    local handler=$1 line fields shown status=0 finished=no
    shift
    boot_command "$@"
    shown=${command[*]}
    tell "starting QEMU $qemu with a Linux $kernel guest:"
    printf '         %s\n' "${shown//"$root/"/}"
    mkfifo "$work/console"
    timeout -k 5 "$limit" "${command[@]}" </dev/null >"$work/console" &
    child=$!
    problem='' patience=''
    : >"$console"
    while IFS= read -r ${patience:+-t "$patience"} line || fallen_silent $?; do
        line=${line%$'\r'} patience=''
        printf '%s\n' "$line" >>"$console"
        case $line in
        *'Booting Linux via'*) tell "guest: firmware done, Linux starts" ;;
        *'Kernel panic'* | *'Oops:'*) problem="the guest's kernel crashed"; tell "guest: $line" ;;
        *'tce-guest: dmesg'*) ;;
        *'tce-guest: error'*)
            problem="the guest says: ${line##*tce-guest: error }"
            tell "guest: ${line##*tce-guest: }"
            ;;
        *'tce-guest: poweroff'*) finished=yes; tell "guest: powers off" ;;
        *tce-guest:*)
            read -ra fields <<<"${line##*tce-guest: }"
            "$handler" "${fields[@]}"
            ;;
        esac
    done <"$work/console"
    wait "$child" || status=$?
    child=''
    rm "$work/console"
    [ $status != 124 ] || fail "not finished after $limit s"
    [ -z "$problem" ] || fail "$problem"
    [ $status = 0 ] || fail "the command ended with status $status"
    [ $finished = yes ] || fail "the guest ended before its work was done"
}

boot_passed() {
    rm -f "$console"
    tell "$*"
}
