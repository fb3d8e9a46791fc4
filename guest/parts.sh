# SPDX-License-Identifier: BSD-2-Clause
# The recipes of the parts. Scripts source this file; it is never run. A recipe is a function that gets a folder and
# leaves the part in it. All packages come from the suites of Debian 12 if possible, because these change only at
# point releases; trixie, the last choice, has new files each week.

part_usage() {
    cat <<END
  linux-6.1        bookworm's ppc64el kernel and its modules
  linux-6.12       bookworm-backports'
  linux-6.12-64k   the same with 64K pages
  busybox          static ppc64el busybox
  rootfs           an ext4 image of a small Debian for ppc64el: many different programs to run from a disk
  qemu-10          QEMU 10.0 for x86-64 from bookworm-backports, next to the one installed
  qemu-10-ppc64el  the same for ppc64el with all it needs, as a folder and as an archive
  kexec-ppc64el    bookworm's kexec-tools for ppc64el with the libraries it needs, likewise
  errinjct-ppc64el bookworm's errinjct for ppc64el, which injects errors by RTAS, likewise
  libc-ppc64el     bookworm's glibc and bash for ppc64el, likewise
  dev-ppc64el      what scripts/build-cross compiles with for POWER: bookworm's libraries and headers
  dev-arm64        the same for 64-bit ARM
END
}

# recipe PART: prints the function that makes it, with all its arguments except the folder
recipe() {
    case $1 in
    linux-6.1) echo make_linux bookworm 6.1 powerpc64le ;;
    linux-6.12) echo make_linux bookworm-backports 6.12 powerpc64le ;;
    linux-6.12-64k) echo make_linux bookworm-backports 6.12 powerpc64le-64k ;;
    busybox) echo make_busybox ;;
    rootfs) echo make_rootfs ;;
    qemu-10) echo make_qemu_10 ;;
    qemu-10-ppc64el) echo make_qemu_10_ppc64el ;;
    libc-ppc64el) echo make_libc_ppc64el ;;
    kexec-ppc64el) echo make_kexec_ppc64el ;;
    errinjct-ppc64el) echo make_errinjct_ppc64el ;;
    dev-ppc64el) echo make_dev ppc64el ;;
    dev-arm64) echo make_dev arm64 ;;
    *) return 1 ;;
    esac
}

# stamp PART: prints a hash of the functions that make the part
stamp() {
    local words
    words=$(recipe "$1") || die "unknown part: $1"
    {
        echo "$words"
        declare -f "${words%% *}" unpack new_tree unpack_files pack_root
    } | sha256sum | cut -d' ' -f1
}

unpack() { # unpack FOLDER [TREE]: unpacks the packages that obtain() has left there
    local tree=${2-$1/tree}
    new_tree "$tree"
    unpack_files "$tree" "$1"/packages/*.deb
    rmdir "$1/packages"
}

make_linux() { # make_linux SUITE VERSION FLAVOUR FOLDER
    local folder=$4 modules
    obtain "$folder" ppc64el "$1 trixie" choose_linux "$2" "$3"
    unpack "$folder"
    modules=$(find "$folder/tree" -type d -path '*lib/modules/*' -prune | head -n 1)
    [ -n "$modules" ] || die "$part: the package holds no modules"
    mv "$folder"/tree/boot/vmlinu* "$folder/vmlinux"
    mv "$modules" "$folder/modules"
    basename "$modules" >"$folder/release"
    rm -rf "$folder/tree"
}

make_busybox() {
    obtain "$1" ppc64el "bookworm trixie" choose_named busybox-static
    unpack "$1"
    mv "$(find "$1/tree" -type f -name busybox -path '*bin/*')" "$1/busybox"
    rm -rf "$1/tree"
}

# No package is configured and nothing is mounted, so this needs no root.
make_rootfs() {
    local tree=$1/tree
    need_command mke2fs e2fsprogs
    obtain "$1" ppc64el "bookworm trixie" choose_installed \
        base-files bash bash-static bc busybox-static bzip2 coreutils dash dc debianutils diffutils file findutils \
        gawk grep gzip jq less libc-bin m4 make mawk openssl patch perl python3-minimal sash sed sqlite3 tar tcl \
        util-linux xz-utils zstd zsh-static
    unpack "$1"
    rm -rf "$tree"/usr/share/{doc,man,locale,icons,info}
    mkdir -p "$tree"/{dev,proc,sys,tmp,run}
    ln -sf bash "$tree/bin/sh"
    truncate -s "$(($(du -sm "$tree" | cut -f 1) * 5 / 4 + 32))M" "$1/image"
    mke2fs -q -t ext4 -F -E root_owner=0:0 -O ^has_journal -d "$tree" "$1/image"
    rm -rf "$tree"
}

# QEMU 10, with every library that the machine lacks or has in an older version. The machine's status file is only
# read. The wrapper adds the libraries to LD_LIBRARY_PATH and leaves LD_PRELOAD alone.
make_qemu_10() {
    local apt_status=/var/lib/dpkg/status
    obtain "$1" amd64 "bookworm,bookworm-backports trixie" choose_qemu \
        --reinstall qemu-system-ppc qemu-system-common qemu-system-data
    unpack "$1" "$1"
    rm -rf "$1"/usr/share/{doc,man,locale,icons,info}
    cat >"$1/run" <<'END'
#!/bin/sh
# Runs this folder's QEMU 10 with this folder's libraries and firmware.
here=$(dirname "$(readlink -f "$0")")
lib=$here/usr/lib/x86_64-linux-gnu
LD_LIBRARY_PATH=$lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
QEMU_MODULE_DIR=$lib/qemu
export LD_LIBRARY_PATH QEMU_MODULE_DIR
exec "$here/usr/bin/qemu-system-ppc64" -L "$here/usr/share/qemu" "$@"
END
    chmod 755 "$1/run"
}

make_qemu_10_ppc64el() {
    obtain "$1" ppc64el "bookworm,bookworm-backports trixie" choose_qemu qemu-system-ppc
    unpack "$1"
    pack_root "$1" usr/bin/qemu-system-ppc64 usr/lib64/ld64.so.2 usr/share/qemu/slof.bin
}

make_libc_ppc64el() {
    obtain "$1" ppc64el "bookworm trixie" choose_named libc6 bash libtinfo6
    unpack "$1"
    pack_root "$1" usr/lib64/ld64.so.2 'usr/lib/powerpc64le-linux-gnu/lib[a-s]*.so.[0-9]' usr/bin/bash
}

make_kexec_ppc64el() {
    obtain "$1" ppc64el "bookworm trixie" choose_named kexec-tools libc6
    unpack "$1"
    pack_root "$1" usr/lib64/ld64.so.2 usr/sbin/kexec
}

make_errinjct_ppc64el() {
    obtain "$1" ppc64el "bookworm trixie" choose_named powerpc-ibm-utils librtas2 libc6
    unpack "$1"
    pack_root "$1" usr/lib64/ld64.so.2 usr/sbin/errinjct
}

# make_dev ARCH FOLDER: unpacks the libraries and headers of a cross build. Its libc belongs to bookworm's cross
# compiler, so libraries of a later suite, which need a later libc, do not fit.
make_dev() {
    obtain "$2" "$1" bookworm choose_named liburing-dev liburing2 libfdt-dev libfdt1 \
        libjson-c-dev libjson-c5 systemtap-sdt-dev libcmocka-dev libcmocka0 zlib1g-dev zlib1g
    unpack "$2"
}
