#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Checks the descriptions beside it against the UAPI headers that the source is built with.

check.py [--write] [FOLDER]

A description says what a call's argument looks like; the headers decide: each constant exists and has the value that the
description's .const file has for ppc64le, each structure has the header's size and its fields their names, places and
sizes, an argument goes into the direction that the call's number or the comment above it tells, and each ioctl of
tests/conformance/interface.txt that Linux has is described. --write makes the .const files anew, as syz-extract would.
It prints TAP. It reads the part of syzlang that these descriptions use, and refuses the rest.
"""
import os
import re
import shlex
import subprocess
import sys
import tempfile

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
INTERFACE = os.path.join(TREE, "tests/conformance/interface.txt")
# What syzkaller's own descriptions define: files, flags, and the file that every file is.
RESOURCES = {"fd": 4, "fd_vfio": 4, "fd_event": 4, "fd_kvmvm": 4, "fd_kvmdev": 4}
FLAGS = {"mmap_prot", "mmap_flags", "open_flags"}
# The header has these structures with fields at their end that the description leaves out: the error, which one operation
# of EEH has, and padding, which Linux added in 6.6.
MAY_BE_SHORT = {"vfio_eeh_pe_op", "vfio_device_info"}
# The header does not tell the direction of these: the first answers, the second does not [linux vfio_iommu_spapr_tce.c].
DIRECTIONS = {"VFIO_IOMMU_SPAPR_TCE_GET_INFO": "inout", "VFIO_EEH_PE_OP": "in"}
# syzkaller's own dev_kvm.txt describes these well.
ELSEWHERE = {"VFIO_GET_API_VERSION", "KVM_SET_USER_MEMORY_REGION", "KVM_SET_USER_MEMORY_REGION2", "KVM_GET_DEVICE_ATTR"}
# powerpc's numbers of ioctls, on any host [linux arch/powerpc/include/uapi/asm/ioctl.h].
POWERPC = ["-D_IOC_SIZEBITS=13", "-D_IOC_DIRBITS=3", "-D_IOC_NONE=1U", "-D_IOC_READ=2U", "-D_IOC_WRITE=4U"]
# powerpc's numbers of system calls [linux arch/powerpc/kernel/syscalls/syscall.tbl].
SYSTEM_CALLS = {"ioctl": 54, "mmap": 90, "openat": 286}


class Wrong(Exception):
    """The description cannot be read."""


def split(text):
    """Splits at commas that are in no brackets."""
    parts, depth, part = [], 0, ""
    for c in text:
        depth += (c in "[(") - (c in ")]")
        if c == "," and not depth:
            parts.append(part.strip())
            part = ""
        else:
            part += c
    return parts + ([part.strip()] if part.strip() else [])


def parse_type(text):
    """Returns a type's name and its options, each of them text."""
    found = re.fullmatch(r"([\w$]+)(?:\[(.*)\])?", text)
    if not found:
        raise Wrong(f"'{text}' is no type")
    return found[1], split(found[2] or "")


class Description:
    """One file."""

    def __init__(self, path):
        self.path = path
        self.includes, self.resources, self.calls, self.structs, self.flags = [], {}, [], {}, {}
        with open(path, encoding="ascii") as file:
            self.parse([line.split("#")[0].rstrip() for line in file])

    def parse(self, lines):
        struct = None
        for line in filter(None, lines):
            if struct is not None:
                struct = self.parse_field(struct, line)
            elif found := re.fullmatch(r"include <(.*)>", line):
                self.includes.append(found[1])
            elif found := re.fullmatch(r"meta arches\[\"ppc64le\"\]", line):
                pass
            elif found := re.fullmatch(r"resource (\w+)\[(\w+)\](?:: (.*))?", line):
                self.resources[found[1]] = found[2]
            elif found := re.fullmatch(r"([\w$]+) \{", line):
                struct = self.structs[found[1]] = []
            elif found := re.fullmatch(r"(\w+) = (.*)", line):
                self.flags[found[1]] = split(found[2])
            elif found := re.fullmatch(r"(\w+)\$(\w+)\((.*)\)(?: (\w+))?", line):
                arguments = [argument.split(" ", 1) for argument in split(found[3])]
                self.calls.append((found[1], found[2], arguments, found[4]))
            else:
                raise Wrong(f"'{line}' cannot be read")
        if struct is not None:
            raise Wrong("a structure does not end")

    @staticmethod
    def parse_field(struct, line):
        if line == "}":
            return None
        found = re.fullmatch(r"\t(\w+)\t+(.*?)(?:\t\((in|out|inout)\))?", line)
        if not found:
            raise Wrong(f"'{line}' is no field")
        struct.append((found[1], found[2]))
        return struct


class Layout:
    """What the descriptions define together."""

    def __init__(self, descriptions):
        self.resources, self.structs, self.flags, self.constants = {}, {}, {}, set()
        for d in descriptions:
            self.resources.update(d.resources)
            self.structs.update(d.structs)
            self.flags.update(d.flags)

    def number(self, text):
        """Notes a constant; returns whether the text is a number or the name of one."""
        if re.fullmatch(r"-?(0x[0-9a-f]+|\d+)", text):
            return
        if not re.fullmatch(r"[A-Z]\w+", text):
            raise Wrong(f"'{text}' is no number")
        self.constants.add(text)

    def integer(self, name):
        found = re.fullmatch(r"int(8|16|32|64)", name)
        if not found:
            raise Wrong(f"there is no type {name}")
        return int(found[1]) // 8

    def resource(self, name):
        while name in self.resources:
            name = self.resources[name]
        return RESOURCES[name] if name in RESOURCES else self.integer(name)

    def of_flags(self, name):
        if name not in self.flags and name not in FLAGS:
            raise Wrong(f"there are no flags {name}")
        for value in self.flags.get(name, []):
            if not value.startswith('"'):
                self.number(value)

    def size(self, text):
        """Returns a type's size, its alignment, and the size of an element if it is an array of variable length."""
        name, options = parse_type(text)
        if name in ("vma64", "ptr64"):
            if name == "ptr64":
                self.argument(text)
            return 8, 8, 0
        if name in ("const", "flags", "len"):
            if name == "const":
                self.number(options[0])
            elif name == "flags":
                self.of_flags(options[0])
            size = self.integer(options[1])
            return size, size, 0
        if name == "array":
            size, align, variable = self.size(options[0])
            if len(options) != 2 or variable:
                raise Wrong(f"'{text}' has no length")
            return (0, align, size) if ":" in options[1] else (size * int(options[1], 0), align, 0)
        if name in self.structs:
            fields, size, align = self.fields(name)
            return size, align, 0
        size = self.resource(name)
        return size, size, 0

    def fields(self, name):
        """Returns a structure's fields, each with its offset and size, and the structure's size and alignment."""
        at, widest, fields = 0, 1, []
        for field, text in self.structs[name]:
            size, align, element = self.size(text)
            at = (at + align - 1) // align * align
            fields.append((field, at, size, element))
            at, widest = at + size, max(widest, align)
        return fields, (at + widest - 1) // widest * widest, widest

    def argument(self, text):
        """Checks the type of a call's argument. Returns a pointer's direction and what it points to, else None."""
        name, options = parse_type(text)
        if name in ("ptr", "ptr64"):
            if options[0] not in ("in", "out", "inout"):
                raise Wrong(f"'{text}' has no direction")
            if parse_type(options[1])[0] == "string":
                return options[0], None
            self.size(options[1])
            return options[0], options[1]
        if name == "const":
            self.number(options[0])
        elif name == "flags":
            self.of_flags(options[0])
        elif name not in ("vma", "len"):
            self.resource(name)
        return None


def compiler():
    return shlex.split(os.environ.get("CC", "cc"))


def compile_and_run(lines, includes):
    """Returns what a program that has these statements prints, or raises Wrong with what the compiler says."""
    source = ["#include <fcntl.h>", "#include <stddef.h>", "#include <stdio.h>", "#include <sys/ioctl.h>"]
    source += [f"#include <{name.removeprefix('uapi/')}>" for name in includes if not name.endswith("/fcntl.h")]
    source += ['#include "abi/kvm_ppc.h"', "int main(void)", "{", *lines, "return 0;", "}"]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.c")
        with open(path, "w", encoding="ascii") as file:
            file.write("\n".join(source))
        command = [*compiler(), "-D_GNU_SOURCE", *POWERPC, f"-I{TREE}/src", f"-I{TREE}/include", "-w",
                   "-o", os.path.join(folder, "a"), path]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode:
            raise Wrong(re.search(r"error: (.*)", made.stderr)[1])
        return subprocess.run([os.path.join(folder, "a")], capture_output=True, text=True, check=True).stdout


def constants(layout, includes):
    names = sorted(layout.constants)
    lines = [f'printf("{name} %llu\\n", (unsigned long long)(long)({name}));' for name in names]
    return {name: int(value) for name, value in (line.split() for line in compile_and_run(lines, includes).splitlines())}


def const_text(description, values):
    """Returns the .const file: constants that the description names, and its system calls."""
    with open(description.path, encoding="ascii") as file:
        words = set(re.findall(r"\b[A-Z][A-Z_]\w+", re.sub(r"#.*", "", file.read())))
    lines = [f"{name} = {value}" for name, value in values.items() if name in words]
    lines += [f"__NR_{name} = {SYSTEM_CALLS[name]}" for name in sorted({call[0] for call in description.calls})]
    return "# This file is made by check.py --write.\narches = ppc64le\n" + "\n".join(sorted(lines)) + "\n"


def questions(layout, name):
    """Returns the statements that print a structure's size, then each field's place and size, on one line."""
    c = "struct " + name.split("$")[0]
    lines = [f'printf("{name} %zu", sizeof({c}));']
    for field, _, _, element in layout.fields(name)[0]:
        member = f"(({c} *)0)->{field}"
        lines.append(f'printf(" %zu %zu", offsetof({c}, {field}), sizeof({member}{"[0]" if element else ""}));')
    return lines + ['puts("");']


def header_layouts(layout, includes):
    """Returns what the headers say of each structure, or nothing if one of them lacks a structure or a field."""
    try:
        lines = [line for name in layout.structs for line in questions(layout, name)]
        return dict(line.split(" ", 1) for line in compile_and_run(lines, includes).splitlines())
    except (Wrong, KeyError, IndexError):
        return {}


def check_struct(layout, name, includes, answers):
    # Alone, the compiler's complaint is about this structure.
    answer = answers.get(name) or compile_and_run(questions(layout, name), includes).split(" ", 1)[1]
    numbers = [int(number) for number in answer.split()]
    fields, size, _ = layout.fields(name)
    if size != numbers[0] and not (name in MAY_BE_SHORT and size < numbers[0]):
        raise Wrong(f"{size} bytes, in the header {numbers[0]}")
    for (field, at, size, element), is_at, is_size in zip(fields, numbers[1::2], numbers[2::2]):
        # The header has plain bytes where the kind of data depends on flags.
        if at != is_at or (size or element) != is_size and not (element and is_size == 1):
            raise Wrong(f"{field} has {size or element} bytes at {at}, in the header {is_size} at {is_at}")


def header_text(includes):
    """Returns the text of the headers themselves, whose comments tell the direction of VFIO's calls."""
    text = ""
    for name in includes:
        made = subprocess.run([*compiler(), "-E", "-dD", "-C", "-x", "c", "-"], text=True, check=True,
                              capture_output=True, input=f"#include <{name.removeprefix('uapi/')}>\n")
        text += made.stdout
    return text


def check_direction(layout, command, pointer, value, text):
    """The direction that the number has, or the comment above it, or DIRECTIONS, is the argument's, and so is the size."""
    direction, size = value >> 29, value >> 16 & 0x1fff
    by_name = {"": None, "W": "in", "R": "inout", "WR": "inout"}
    if direction != 1:
        wanted = {2: "out", 4: "in", 6: "inout"}[direction]
        if pointer and size != layout.size(pointer[1])[0]:
            raise Wrong(f"{layout.size(pointer[1])[0]} bytes, but the number says {size}")
    elif command in DIRECTIONS:
        wanted = DIRECTIONS[command]
    elif found := re.search(rf"\b{command} - _IO(W?R?)\(VFIO_TYPE", text):
        # With argsz in it, an answer's structure is read, too.
        wanted = by_name[found[1]] if found[1] != "R" else "inout"
    else:
        wanted = None
    if command in ("VFIO_CHECK_EXTENSION", "VFIO_SET_IOMMU"):
        wanted = None      # The comment calls the argument a pointer, but it is a number.
    if wanted != (pointer and pointer[0]):
        raise Wrong(f"the argument is {pointer and pointer[0]}, in the header {wanted}")


def wanted_commands():
    """Returns the ioctls of interface.txt that Linux has."""
    names = set()
    with open(INTERFACE, encoding="utf-8") as file:
        for line in file:
            cells = [cell.strip() for cell in line.split("|")]
            if cells[0] in ("Container", "Group", "Device", "KVM") and "operation of" not in cells[-1]:
                names.add(cells[1])
    return names


def main():
    arguments = sys.argv[1:]
    write = "--write" in arguments
    folder = next((a for a in arguments if a != "--write"), os.path.dirname(os.path.abspath(__file__)))
    failed, count = 0, 0

    def check(name, function, *parameters):
        nonlocal failed, count
        count += 1
        try:
            answer = function(*parameters)
            print(f"ok {count} - {name}")
            return answer
        except (Wrong, KeyError, IndexError) as why:
            failed += 1
            print(f"not ok {count} - {name}\n# {why}")
        return None

    paths = sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".txt"))
    descriptions = []
    for path in paths:
        description = check(f"{os.path.basename(path)} can be read", Description, path)
        if description:
            descriptions.append(description)
    layout = Layout(descriptions)
    includes = sorted({name for d in descriptions for name in d.includes})
    text = header_text(includes)
    calls = [call for d in descriptions for call in d.calls]
    pointers = {}
    for _, name, types, result in calls:
        def look(types=types, result=result, name=name):
            pointers[name] = [layout.argument(t) for _, t in types]
            if result:
                layout.resource(result)
        check(f"{name}: its types exist", look)
    answers = header_layouts(layout, includes)
    for name in sorted(layout.structs):
        check(f"{name} is the header's structure", check_struct, layout, name, includes, answers)
    # Flags that only a structure names were noted while it was laid out.
    values = check("the headers have each constant", constants, layout, includes) or {}
    described = set()
    for kind, name, types, _ in calls:
        if kind != "ioctl" or name not in pointers:
            continue
        command = parse_type(types[1][1])[1][0]
        described.add(command)
        pointer = pointers[name][2] if len(types) > 2 else None
        if command in values:
            check(f"{name}: the argument's direction", check_direction, layout, command, pointer, values[command], text)

    def all_described():
        # Operations of a device are values of an attribute, not calls.
        missing = {n for n in wanted_commands() - described - ELSEWHERE if not n.startswith("KVM_DEV_")}
        if missing:
            raise Wrong("missing: " + " ".join(sorted(missing)))
    check("each ioctl of interface.txt is described", all_described)

    def has_const(description):
        path, wanted = description.path + ".const", const_text(description, values)
        if write:
            with open(path, "w", encoding="ascii") as file:
                file.write(wanted)
        with open(path, encoding="ascii") as file:
            if file.read() != wanted:
                raise Wrong(f"{path} differs; tests/syzkaller/check.py --write makes it anew")
    for description in descriptions:
        check(f"{os.path.basename(description.path)}.const has the headers' numbers", has_const, description)
    print(f"1..{count}")
    return failed > 0


sys.exit(main())
