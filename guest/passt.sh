# SPDX-License-Identifier: BSD-2-Clause
# The far ends of a guest's network cards: a passt for each, and a server of files. Scripts source this file after
# boot.sh; it is never run. The processes end with the script.

# far_ends_begin: makes the folder of the sockets, whose paths must be short
far_ends_begin() {
    command -v passt >/dev/null || skip "passt is missing (scripts/install-deps)"
    command -v python3 >/dev/null || skip "python3 is missing (scripts/install-deps)"
    sockets=$(mktemp -d /tmp/network.XXXXXX)
    far_ends=()
    trap far_ends_end EXIT
}

far_ends_end() {
    [ ${#far_ends[@]} = 0 ] || kill "${far_ends[@]}" 2>/dev/null || true
    rm -rf --one-file-system "$sockets"
    boot_cleanup
}

# start_passt NAME [OPTION]...: a passt that listens at $sockets/NAME. As root it would become another user, who may not
# make the socket. It ends with its connection.
start_passt() {
    local as_root=()
    [ "$(id -u)" != 0 ] || as_root=(--runas 0)
    passt -f "${as_root[@]}" -m 9000 -s "$sockets/$1" "${@:2}" >"$work/$1.log" 2>&1 &
    far_ends+=($!)
    for ((i = 0; i < 100; i++)); do
        [ ! -S "$sockets/$1" ] || break
        kill -0 "${far_ends[-1]}" 2>/dev/null || skip "passt finds no network: $(tail -n 1 "$work/$1.log")"
        sleep 0.1
    done
}

# start_passts NAME: each connection to $sockets/NAME gets a passt of its own, which ends with it
start_passts() {
    local as_root=()
    [ "$(id -u)" != 0 ] || as_root=(--runas 0)
    cat >"$work/passts.py" <<'END'
import signal, socket, subprocess, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen()
while True:
    connection, _ = listener.accept()
    with connection as c:
        subprocess.Popen(sys.argv[2:] + ["--fd", str(c.fileno())], pass_fds=[c.fileno()], stdin=subprocess.DEVNULL)
END
    python3 "$work/passts.py" "$sockets/$1" passt -f "${as_root[@]}" -m 9000 >"$work/$1.log" 2>&1 &
    far_ends+=($!)
    until [ -S "$sockets/$1" ]; do
        kill -0 "${far_ends[-1]}" 2>/dev/null || fail "no socket for passt: $(tail -n 1 "$work/$1.log")"
        sleep 0.1
    done
}

# make_offloads: compiles $sockets/offloads for the guest
make_offloads() {
    local compiler=powerpc64le-linux-gnu-gcc
    $compiler -O1 -static -o "$sockets/offloads" "$root/guest/offloads.c" 2>/dev/null ||
        skip "$compiler or its C library is missing (scripts/install-deps --ppc64le)"
}

# serve_file MIB: makes a file, gives it to each connection of the port $down, and answers each connection of the port
# $up with the checksum of what came, which should be $expected. The port $count tells how often it was asked.
serve_file() {
    head -c "${1}M" /dev/urandom >"$work/file"
    expected=$(sha256sum <"$work/file" | cut -d ' ' -f 1)
    cat >"$work/serve.py" <<'END'
import hashlib, socket, sys, threading
def give(connection):
    connection.sendall(open(sys.argv[1], "rb").read())
def take(connection):
    # Debian 12's passt resets a connection after 24 seconds, if nothing has gone to the guest.
    connection.sendall(b"go\n")
    seen = hashlib.sha256()
    left = int(sys.argv[2])
    while left > 0:
        data = connection.recv(1 << 16)
        if not data:
            break
        seen.update(data)
        left -= len(data)
    connection.sendall((seen.hexdigest() + "\n").encode())
asked = 0
def count(connection):
    global asked
    asked += 1
    connection.sendall(f"{asked}\n".encode())
def serve(listener, handle):
    while True:
        connection, _ = listener.accept()
        with connection:
            handle(connection)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(1)
listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
print(*[l.getsockname()[1] for l in listeners], flush=True)
for listener, handle in zip(listeners[:2], [give, take]):
    threading.Thread(target=serve, args=(listener, handle), daemon=True).start()
serve(listeners[2], count)
END
    python3 "$work/serve.py" "$work/file" $(($1 << 20)) >"$work/ports" 2>"$work/serve.log" &
    far_ends+=($!)
    until [ -s "$work/ports" ]; do sleep 0.1; done
    read -r down up count <"$work/ports"
    tell "the file on the host: $1 MiB, sha256 $expected"
}
