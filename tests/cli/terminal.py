#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""terminal.py ROWS COLUMNS STEP... -- COMMAND... runs a command on a terminal, a VT100.
A step waits for text on its screen (?REGEX), or for the end of the command (.); types (>KEYS); runs something beside it
(!SHELL); prints the screen (=), or gives it another size (@ROWSxCOLUMNS). Each wait ends with the first screen that has
the text; one of a minute is an error, and prints the screen. The exit status is the command's."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

PATIENCE = 60


class Screen:
    def __init__(self, rows, columns):
        self.pending = ''
        self.resize(rows, columns)

    def resize(self, rows, columns):
        self.rows, self.columns = rows, columns
        self.cell = [[' '] * columns for _ in range(rows)]
        self.row = self.column = 0
        self.top, self.bottom = 0, rows - 1

    def text(self):
        return '\n'.join(''.join(row).rstrip() for row in self.cell)

    def erase(self, row, first, end):
        self.cell[row][first:end] = [' '] * (end - first)

    def control(self, arguments, letter):
        number = [int(n) if n else 0 for n in arguments.split(';')]
        first = number[0] or 1
        if letter == 'H':
            self.row = first - 1
            self.column = (number[1] or 1) - 1 if len(number) > 1 else 0
        elif letter in 'ABCD':
            self.row += {'A': -first, 'B': first}.get(letter, 0)
            self.column += {'C': first, 'D': -first}.get(letter, 0)
        elif letter == 'J':
            self.erase(self.row, self.column, self.columns)
            for row in range(self.row + 1, self.rows):
                self.erase(row, 0, self.columns)
        elif letter == 'K':
            self.erase(self.row, *((0, self.column + 1) if number[0] == 1 else (self.column, self.columns)))
        elif letter == 'r':
            self.top, self.bottom = first - 1, (number[1] if len(number) > 1 else self.rows) - 1
            self.row = self.column = 0
        elif letter not in 'mhl':
            raise ValueError(f'the sequence {arguments}{letter}')
        # What an older, larger screen was told may come late.
        self.row = min(max(self.row, 0), self.rows - 1)
        self.column = min(max(self.column, 0), self.columns)

    def scroll(self, lost, new):
        """The region loses a row, and gets an empty one."""
        del self.cell[lost]
        self.cell.insert(new, [' '] * self.columns)

    def put(self, char):
        if char == '\r':
            self.column = 0
        elif char == '\b':
            self.column = max(self.column - 1, 0)
        elif char == '\t':
            self.column = min(self.column // 8 * 8 + 8, self.columns - 1)
        elif char == '\n':
            if self.row == self.bottom:
                self.scroll(self.top, self.bottom)
            else:
                self.row = min(self.row + 1, self.rows - 1)
        elif char >= ' ':
            if self.column == self.columns:
                self.put('\r')
                self.put('\n')
            self.cell[self.row][self.column] = char
            self.column += 1

    def take(self, text):
        self.pending += text
        while self.pending:
            sequence = re.match(r'\x1b(?:\[([?0-9;]*)([@-~])|[()].|[=>M])', self.pending)
            if sequence:
                if sequence[2]:
                    self.control(sequence[1].lstrip('?'), sequence[2])
                elif sequence[0] == '\x1bM':
                    if self.row == self.top:
                        self.scroll(self.bottom, self.top)
                    else:
                        self.row -= 1
                self.pending = self.pending[sequence.end():]
            elif self.pending[0] == '\x1b' and len(self.pending) < 16:
                return
            else:
                self.put(self.pending[0])
                self.pending = self.pending[1:]


class Session:
    def __init__(self, rows, columns, command):
        self.screen = Screen(rows, columns)
        self.pid, self.terminal = pty.fork()
        if not self.pid:
            os.environ.update(TERM='vt100', LINES='', COLUMNS='')
            del os.environ['LINES'], os.environ['COLUMNS']
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
            os.execvp(command[0], command)

    def read(self):
        """Returns whether there may be more."""
        if not select.select([self.terminal], [], [], 1)[0]:
            return True
        try:
            text = os.read(self.terminal, 65536)
        except OSError:
            return False
        self.screen.take(text.decode(errors='replace'))
        return bool(text)

    def wait(self, regex):
        end = time.monotonic() + PATIENCE
        while not regex or not re.search(regex, self.screen.text()):
            if not self.read():
                if regex:
                    self.fail(f'the command ended before /{regex}/')
                return
            if time.monotonic() > end:
                self.fail(f'no /{regex}/' if regex else 'the command does not end')

    def fail(self, why):
        os.kill(self.pid, signal.SIGKILL)
        sys.exit(f'{why} on this screen:\n{self.screen.text()}')

    def step(self, kind, rest):
        if kind in '?.':
            self.wait(rest)
        elif kind == '>':
            os.write(self.terminal, rest.encode())
        elif kind == '!':
            subprocess.run(rest, shell=True, check=True)
        elif kind == '=':
            print(self.screen.text(), flush=True)
        elif kind == '@':
            size = [int(n) for n in rest.split('x')]
            self.screen.resize(*size)
            fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack('HHHH', *size, 0, 0))
        else:
            sys.exit(f'no step {kind}{rest}')


def main(words):
    middle = words.index('--')
    session = Session(int(words[0]), int(words[1]), words[middle + 1:])
    for step in words[2:middle]:
        session.step(step[0], step[1:])
    status = os.waitpid(session.pid, 0)[1]
    return os.waitstatus_to_exitcode(status)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
