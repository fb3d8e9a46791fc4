#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Frames of TCP in captures, for tests/shim/testpmd.sh.

frames.py make FILE         writes frames of many lengths; the checksums of IP and TCP are wrong in all of them
frames.py compare OLD NEW   says which frames of NEW are not those of OLD, in their order, with right checksums and padding;
                            their Ethernet addresses do not matter
"""
import struct
import sys

ETHERNET, IP, TCP = 14, 20, 20
ADDRESSES = 12
PCAP_HEAD, PCAP_RECORD = "<IHHiIII", "<IIII"
PADDED = 60


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def frame(number, payload):
    ethernet = bytes.fromhex("020000000001" "020000000002" "0800")
    source, target = bytes([10, 0, 0, 1]), bytes([10, 0, number // 256, number % 256])
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, IP + TCP + payload, number, 0, 64, 6, 0x1111, source, target)
    tcp = struct.pack(">HHIIBBHHH", 1024 + number, 80, number, 0, 0x50, 0x10, 4096, 0x2222, 0)
    return ethernet + ip + tcp + bytes((number + 7 * i) % 256 for i in range(payload))


def mended(old):
    """The frame with right checksums."""
    new = bytearray(old)
    end = ETHERNET + struct.unpack_from(">H", old, ETHERNET + 2)[0]
    ip, tcp = ETHERNET, ETHERNET + IP
    struct.pack_into(">H", new, ip + 10, 0)
    struct.pack_into(">H", new, ip + 10, checksum(bytes(new[ip:tcp])))
    struct.pack_into(">H", new, tcp + 16, 0)
    pseudo = bytes(new[ip + 12 : ip + 20]) + struct.pack(">HH", 6, end - tcp)
    struct.pack_into(">H", new, tcp + 16, checksum(pseudo + bytes(new[tcp:end])))
    return bytes(new) + b"\0" * (PADDED - len(new))


def write(path, frames):
    with open(path, "wb") as file:
        file.write(struct.pack(PCAP_HEAD, 0xA1B2C3D4, 2, 4, 0, 0, 65536, 1))
        for bytes_of in frames:
            file.write(struct.pack(PCAP_RECORD, 0, 0, len(bytes_of), len(bytes_of)) + bytes_of)


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    at, frames = struct.calcsize(PCAP_HEAD), []
    while at < len(data):
        size = struct.unpack_from(PCAP_RECORD, data, at)[2]
        at += struct.calcsize(PCAP_RECORD)
        frames.append(data[at : at + size])
        at += size
    return frames


def compare(old, new):
    old, new = [mended(each) for each in read(old)], read(new)
    if len(old) != len(new):
        print(f"# there are {len(new)} frames and not {len(old)}")
    wrong = [i for i, (wanted, got) in enumerate(zip(old, new)) if wanted[ADDRESSES:] != got[ADDRESSES:]]
    for i in wrong[:8]:
        print(f"# frame {i} is {new[i].hex()} and not {old[i].hex()}")
    return not wrong and len(old) == len(new)


if sys.argv[1] == "make":
    write(sys.argv[2], [frame(n, n * 23) for n in range(64)])
else:
    sys.exit(not compare(sys.argv[2], sys.argv[3]))
