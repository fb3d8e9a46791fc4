# SPDX-License-Identifier: BSD-2-Clause
# Makes a small Debian archive for the tests, and serves it with the faults that mirrors have.
#   mirror.py index ROOT SUITE ARCH   makes ROOT/dists/SUITE from the packages in ROOT/pool/SUITE
#   mirror.py serve ROOT              serves ROOT on a port of 127.0.0.1, which it writes to ROOT/port, and appends the
#                                     path of each request to ROOT/requests
# ROOT/faults has lines FAULT PATTERN, which are read for each request. The faults are 404, hash (a wrong last byte), size
# (an extra byte), cut (half the body, then the connection is closed), slow (two seconds before the body), and hang (no
# body for a minute).
import fnmatch, hashlib, http.server, os, subprocess, sys, time


def sums(path):
    data = open(path, 'rb').read()
    return len(data), hashlib.sha256(data).hexdigest()


def index(root, suite, arch):
    pool, lists = f'pool/{suite}', f'main/binary-{arch}/Packages'
    packages = f'{root}/dists/{suite}/{lists}'
    os.makedirs(os.path.dirname(packages), exist_ok=True)
    with open(packages, 'w') as out:
        for name in sorted(os.listdir(f'{root}/{pool}')):
            control = subprocess.check_output(['dpkg-deb', '-f', f'{root}/{pool}/{name}'], text=True).strip()
            size, sha256 = sums(f'{root}/{pool}/{name}')
            out.write(f'{control}\nFilename: {pool}/{name}\nSize: {size}\nSHA256: {sha256}\n\n')
    size, sha256 = sums(packages)
    automatic = 'NotAutomatic: yes\nButAutomaticUpgrades: yes\n' if suite.endswith('-backports') else ''
    with open(f'{root}/dists/{suite}/Release', 'w') as out:
        out.write(f'Origin: Debian\nSuite: {suite}\nCodename: {suite}\nArchitectures: {arch}\nComponents: main\n'
                  f'Date: Sat, 01 Jan 2022 00:00:00 UTC\n{automatic}SHA256:\n {sha256} {size} {lists}\n')


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        root = self.server.root
        path = self.path.replace('%2b', '+').replace('%7e', '~').replace('%3a', ':')
        with open(f'{root}/requests', 'a') as log:
            log.write(path + '\n')
        fault = ''
        for line in open(f'{root}/faults'):
            words = line.split()
            if words and fnmatch.fnmatch(path, words[1]):
                fault = words[0]
        if fault == '404' or not os.path.isfile(root + path):
            self.send_error(404)
            return
        data = open(root + path, 'rb').read()
        if fault == 'hash':
            data = data[:-1] + bytes([data[-1] ^ 1])
        if fault == 'size':
            data += b'\n'
        self.send_response(200)
        self.send_header('Content-Length', str(len(data)))
        self.end_headers()
        time.sleep({'slow': 2, 'hang': 60}.get(fault, 0))
        if fault == 'cut':
            data = data[:len(data) // 2]
            self.close_connection = True
        self.wfile.write(data)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):     # a client that has seen enough may close
        pass


def serve(root):
    server = Server(('127.0.0.1', 0), Handler)
    server.root = root
    with open(f'{root}/port.tmp', 'w') as out:
        out.write(str(server.server_address[1]))
    os.rename(f'{root}/port.tmp', f'{root}/port')
    server.serve_forever()


{'index': index, 'serve': serve}[sys.argv[1]](*sys.argv[2:])
