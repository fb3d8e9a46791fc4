# SPDX-License-Identifier: BSD-2-Clause
# Trees of unpacked packages. Scripts source this file; it is never run. Nothing is installed, and no maintainer
# script runs.

# new_tree FOLDER: makes an empty tree whose /bin, /lib and so on are links into /usr. Bookworm's packages still have
# files in both places, and with the links either path works.
new_tree() {
    local name
    mkdir -p "$1"
    for name in bin sbin lib lib64; do
        mkdir -p "$1/usr/$name"
        ln -s "usr/$name" "$1/$name"
    done
}

# unpack_files FOLDER FILE...: unpacks these packages into a tree, and removes the files. It changes links with
# absolute paths, so that they lead into the tree instead of into this machine.
unpack_files() {
    local tree=$1 deb link
    shift
    for deb; do
        dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink -C "$tree" -f -
        rm "$deb"
    done
    find "$tree" -type l -lname '/*' | while IFS= read -r link; do
        ln -sfn "$(realpath -ms --relative-to="${link%/*}" "$tree$(readlink "$link")")" "$link"
    done
}

# pack_root FOLDER PATTERN...: reduces FOLDER/tree to the files that match and the libraries that they need, as the
# root folder FOLDER/root, and as an archive that can be appended to an initramfs.
pack_root() {
    local folder=$1 path todo file library
    local lib=usr/lib/powerpc64le-linux-gnu
    shift
    need_command cpio cpio
    mkdir -p "$folder/root/usr/lib64" "$folder/root/$lib"
    ln -s usr/lib usr/lib64 "$folder/root/"
    # shellcheck disable=SC2068  # the patterns are meant to match
    for path in $(cd "$folder/tree" && ls -d $@); do
        (cd "$folder/tree" && cp -RLp --parents "$path" "$folder/root")
    done
    todo=$(find "$folder/root" -type f)
    while [ -n "$todo" ]; do
        file=${todo%%$'\n'*} todo=${todo#"$file"} todo=${todo#$'\n'}
        for library in $(readelf -d "$file" 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
            [ ! -e "$folder/root/$lib/$library" ] && [ "$library" != ld64.so.2 ] || continue
            path=$(find "$folder/tree" -path "*lib/powerpc64le-linux-gnu/*" -name "$library" | head -n 1)
            [ -n "$path" ] || die "no package has $library, which ${file##*/} needs"
            cp -Lp "$path" "$folder/root/$lib/"
            todo+=${todo:+$'\n'}$folder/root/$lib/$library
        done
    done
    rm -rf "$folder/tree"
    (cd "$folder/root" && find . | LC_ALL=C sort | cpio -o -H newc --quiet -R 0:0 | gzip -1) >"$folder/root.cpio.gz"
}
