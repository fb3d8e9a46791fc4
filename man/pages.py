#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes the man(3) pages of the public functions from the text of the headers.

pages.py FOLDER DATE-PAGE HEADER...   writes FOLDER/NAME.3 for each function; DATE-PAGE is a manual page whose date they get
pages.py --check HEADER...            prints the parts that comments lack, a line each

A comment belongs to the declarations that follow it, up to the next comment. Its first words name what it describes;
"@name:" begins an argument or a field, "Return:" the return value, in parts with semicolons between them. The "DOC:"
comment of a header has the thread rule, and "@name:" for arguments that mean the same everywhere.
"""
import os
import re
import shutil
import sys

COMMENT = re.compile(r'/\*\*(.*?)\*/', re.S)
PROTOTYPE = re.compile(r'^([a-z][\w \t*]*?[ *])(stce_\w+)\(((?:[^()]|\([^()]*\))*)\);', re.M)
ERROR = re.compile(r'^-E[A-Z0-9]+(?:(?:, | or )-E[A-Z0-9]+)*')


class Comment:
    """The parts of a comment: paragraphs of text, arguments by name, the return value."""

    def __init__(self, raw):
        lines = [re.sub(r'^\s*\* ?', '', line).rstrip() for line in raw.strip().split('\n')]
        self.text, self.arguments, self.returns = [], {}, ''
        title = re.match(r"((?:DOC: )?(?:(?:struct|enum) )?[\w()' ,]+?)(?: - |$)", lines[0])
        self.title = title.group(1) if title else ''
        if title:
            lines[0] = lines[0][title.end():]
        add = self._paragraph
        for line in lines:
            argument = re.match(r'@(\w+(?:, @\w+)*): *(.*)', line)
            if not line.strip():
                add = None
                continue
            if argument:
                names = argument.group(1).split(', @')
                self.arguments.update({name: '' for name in names})
                add, line = self._argument(names), argument.group(2)
            elif add is None:
                self.text.append('')
                add = self._paragraph
            before, mark, after = line.partition('Return: ')
            if mark or line.endswith('Return:'):
                if before.strip() and mark:
                    add(before.strip())
                add, line = self._return, after
            add(line.strip())
        self.text = [paragraph for paragraph in self.text if paragraph]

    def _paragraph(self, line):
        if not self.text:
            self.text.append('')
        self.text[-1] = (self.text[-1] + ' ' + line).strip()

    def _return(self, line):
        self.returns = (self.returns + ' ' + line).strip()

    def _argument(self, names):
        def add(line):
            for name in names:
                self.arguments[name] = (self.arguments[name] + ' ' + line).strip()
        return add

    def names(self):
        return re.findall(r'\w+(?=\(\))', self.title)

    def all_text(self):
        return ' '.join(self.text + list(self.arguments.values()) + [self.returns])


class Function:
    def __init__(self, match, comment, header):
        self.returns, self.name = ' '.join(match.group(1).split()), match.group(2)
        self.arguments = split_arguments(match.group(3))
        self.comment, self.header = comment, header

    def argument_names(self):
        return [re.search(r'\(\*(\w+)\)|(\w+)$', a) for a in self.arguments]


class Header:
    """One file: its DOC comment, its functions, and its types and constants by name."""

    def __init__(self, path):
        self.name = 'spapr-tce/' + os.path.basename(path)
        with open(path, encoding='utf-8') as file:
            text = file.read()
        self.doc, self.functions, self.types = None, [], {}
        # the rows of a list that a struct is made of: X(field, unit, "text")
        self.rows = re.findall(r'^\tX\((\w+), \w+, +("[^"]*")\)', text, re.M)
        comments = list(COMMENT.finditer(text))
        for comment, after in zip(comments, comments[1:] + [None]):
            said = Comment(comment.group(1))
            code = text[comment.end():after.start() if after else len(text)]
            if said.title.startswith('DOC: '):
                self.doc = said
            self.functions += [Function(m, said, self) for m in PROTOTYPE.finditer(code)]
            for name, lines in definitions(code):
                fields = [f'\tuint64_t {field};' for field, _ in self.rows]
                if '#define' in lines and name.startswith('struct'):
                    lines = '\n'.join([name + ' {'] + fields + ['};'])
                    said.arguments.update({field: text.strip('"') for field, text in self.rows})
                self.types.setdefault(name, (said, lines))


def split_arguments(text):
    parts, depth, start = [], 0, 0
    text = ' '.join(text.split())
    for i, c in enumerate(text):
        depth += (c == '(') - (c == ')')
        if c == ',' and not depth:
            parts.append(text[start:i].strip())
            start = i + 1
    parts.append(text[start:].strip())
    return [] if parts == ['void'] else parts


def definitions(code):
    """Yields the name and the text of each type and constant that some lines define."""
    for m in re.finditer(r'^((?:struct|enum) \w+) \{.*?^\};', code, re.M | re.S):
        yield m.group(1), m.group(0)
    for m in re.finditer(r'^typedef [^;]*?\(\*(\w+)\)[^;]*;', code, re.M):
        yield m.group(1), m.group(0)
    for m in re.finditer(r'^#define (STCE_[A-Z0-9_]+)[ \t]+\S.*$', code, re.M):
        yield m.group(1), m.group(0)


def wrap(text, width=78):
    """Lines of text, each sentence on lines of its own."""
    lines = []
    for sentence in re.split(r'(?<=[.!?:;])\s+|(?<=[.!?]\))\s+', text):
        line = ''
        for word in sentence.split():
            if line and len(line) + 1 + len(word) > width:
                lines.append(line)
                line = ''
            line = (line + ' ' + word).strip()
        if line:
            lines.append(line)
    return lines


def escape(text):
    text = text.replace('\\', '\\e')
    return '\\&' + text if text[:1] in ('.', "'") else text


TOKEN = re.compile(r'^([("]*)(?:@(?P<fa>\w+)|%?(?P<dv>STCE_[A-Z0-9_]+)|-(?P<er>E[A-Z0-9]+)|(?P<fn>stce_\w+)\(\)'
                   r'|(?P<xr>[\w-]+)\((?P<section>[1-9])\))([.,;:)"]*)$')


def markup(text, own, pages):
    """Text as lines of mdoc, with markup of arguments, constants, errors and other pages."""
    out = []
    for line in wrap(text):
        plain = []
        for word in line.split():
            m = TOKEN.match(word)
            if not m:
                plain.append(word)
                continue
            if m['fn']:
                macro = f'Xr {m["fn"]} 3' if m['fn'] != own and m['fn'] in pages else f'Fn {m["fn"]}'
            elif m['fa']:
                macro = f'Fa {m["fa"]}'
            elif m['dv']:
                macro = f'Dv {m["dv"]}'
            elif m['er']:
                macro = f'No \\- Ns Er {m["er"]}'
            elif m['xr'].startswith('spapr-tce') or m['section'] in '23':
                macro = f'Xr {m["xr"]} {m["section"]}'
            else:
                plain.append(word)
                continue
            if plain:
                out.append(escape(' '.join(plain)))
                plain = []
            out.append(macro_line(m.group(1), macro, m.group(m.lastindex) if m.lastindex else ''))
        if plain:
            out.append(escape(' '.join(plain)))
    return out


def macro_line(before, macro, after):
    """A macro with the punctuation that stands around it."""
    if before == '(' and ')' in after:
        before, macro, after = '', 'Pq ' + macro, after.replace(')', '', 1)
    elif before:
        macro = f'No \\&{before} Ns {macro}'
    return '.' + macro + ''.join(' ' + c for c in after)


def capital(text):
    """The text as the beginning of a sentence, unless it begins with a name."""
    first = text.split(' ')[0]
    return text if re.search(r'[(_@%]', first) else text[:1].upper() + text[1:]


def summary(comment):
    """The first sentence, without its details."""
    first = re.split(r'(?<=[\w)\]])[.;:](?:\s|$)|\s[(\[]', comment.text[0] if comment.text else '')[0]
    return ' '.join(first.replace('@', '').replace('%', '').split()).rstrip('.,')


def used_types(function, headers):
    """Names of the types and constants that a reader of the page has to know, in the order of their use."""
    known = {name: t for header in headers for name, t in header.types.items()}
    found, queue = [], [function.returns + ' ' + ', '.join(function.arguments) + ' ' + function.comment.all_text()]
    while queue:
        text = queue.pop(0)
        for m in re.finditer(r'(?:struct|enum) stce_\w+|\bstce_\w+_fn\b|\bSTCE_[A-Z0-9_]+', text):
            name = m.group(0)
            if name in known and name not in found:
                found.append(name)
                if not name.startswith('STCE_'):
                    queue.append(known[name][1])
    return [(name, *known[name]) for name in found]


def literal(lines):
    return ['.Bd -literal -offset indent'] + [escape(line.expandtabs(8)) for line in lines.split('\n')] + ['.Ed']


def arguments_list(arguments, own, pages, macro='Fa'):
    out = ['.Bl -tag -width Ds']
    for name, text in arguments:
        out += [f'.It {macro} {name}'] + markup(capital(text), own, pages)
    return out + ['.El']


def write_types(function, headers, pages):
    types = used_types(function, headers)
    out, constants = [], [t for t in types if t[0].startswith('STCE_')]
    for name, said, lines in types:
        if name.startswith('STCE_'):
            continue
        out += ['.Ss ' + name] + (markup(capital(said.text[0]), function.name, pages) if said.text else [])
        out += literal(lines)
        if said.arguments:
            out += arguments_list(said.arguments.items(), function.name, pages,
                                  'Dv' if name.startswith('enum') else 'Fa')
        for paragraph in said.text[1:]:
            out += ['.Pp'] + markup(paragraph, function.name, pages)
        if said.returns:
            out += ['.Pp', 'It returns:'] + markup(said.returns, function.name, pages)
    if constants:
        out += ['.Ss Constants'] + literal('\n'.join(re.sub(r'\s*\\$', '', lines) for _, _, lines in constants))
    return out


def common_arguments(functions):
    """Each argument's description, from the function's comment or else from the header's DOC comment."""
    own, doc = functions[0].comment.arguments, functions[0].header.doc
    names = [m.group(1) or m.group(2) for f in functions for m in f.argument_names() if m]
    for name in dict.fromkeys(names):
        if name in own:
            yield name, own[name]
        elif doc and name in doc.arguments:
            yield name, doc.arguments[name]


def thread_rule(function):
    for paragraph in function.header.doc.text if function.header.doc else []:
        if paragraph.startswith('Thread rule: '):
            return capital(paragraph[len('Thread rule: '):])
    return ''


def parts_of_return(text):
    """[(error names, text)] in order; no names: not an error. The last sentences belong to no part."""
    first = re.match(r'(.*?(?:\.(?=\s|$)|$))(.*)', text, re.S)
    parts = []
    for part in re.split(r';\s+(?:or )?', first.group(1).rstrip('.')):
        part = part.strip()
        # "0, -ENOMEM" is two parts
        two = re.match(r'(0|whether it is)(?:,| or) (-E.*)', part)
        for p in two.groups() if two else [part]:
            m = ERROR.match(p)
            names = re.findall(r'-(E[A-Z0-9]+)', m.group(0)) if m else []
            parts.append((names, re.sub('^and ', '', p[m.end():].strip(' :,')) if m else p))
    return parts, first.group(2).strip()


def write_returns(function, pages):
    parts, rest = parts_of_return(function.comment.returns)
    values = [p for p in parts if not p[0]]
    errors = [p for p in parts if p[0]]
    out = ['.Sh RETURN VALUES']
    out += markup(capital('; '.join(p[1] for p in values)) + '.', function.name, pages) if values else []
    out += markup(rest, function.name, pages) if rest else []
    if errors:
        out += ['Errors are returned as negative numbers.', '.Sh ERRORS', '.Bl -tag -width Er']
        for names, text in errors:
            out.append('.It Bq Er ' + ' '.join(names))
            out += markup((capital(text) if text else sense(names)) + '.', function.name, pages)
        out.append('.El')
    return out


def sense(names):
    """The meaning of an error that the comment only names."""
    return {'ENOMEM': 'There is no memory', 'EBADF': 'It is not a descriptor of this kind',
            'EMFILE': 'The program has too many descriptors', 'ENOSPC': 'There is no room',
            'EFAULT': 'The memory cannot be used', 'ENOENT': 'There is none',
            'ENODEV': 'There is none', 'EINVAL': 'It is not possible'}.get(names[0], 'See errno(3)')


def write_page(function, headers, pages, mentions, date):
    comment, name = function.comment, function.name
    out = ['.\\" SPDX-License-Identifier: BSD-2-Clause', f'.\\" made by man/pages.py from {function.header.name}',
           f'.Dd {date}', f'.Dt {name.upper()} 3', '.Os', '.Sh NAME', f'.Nm {name}',
           f'.Nd {escape(summary(comment))}', '.Sh LIBRARY',
           'libspapr-tce (pkg-config spapr-tce)', '.Sh SYNOPSIS', f'.In {function.header.name}']
    group = [f for f in function.header.functions if f.comment is comment]
    for f in [function] + [f for f in group if f is not function]:
        out += [f'.Ft {f.returns}', f'.Fo {f.name}'] + [f'.Fa "{a}"' for a in f.arguments] + ['.Fc']
    out.append('.Sh DESCRIPTION')
    for i, paragraph in enumerate(comment.text):
        out += (['.Pp'] if i else []) + markup(capital(paragraph), name, pages)
    listed = list(common_arguments(group))
    if listed:
        out += ['.Ss Arguments'] + arguments_list(listed, name, pages)
    if thread_rule(function):
        out += ['.Ss Threads'] + markup(thread_rule(function), name, pages)
    out += write_types(function, headers, pages)
    if comment.returns:
        out += write_returns(function, pages)
    out.append('.Sh SEE ALSO')
    others = sorted(mentions[name] | {f.name for f in group if f is not function})
    out += [f'.Xr {other} 3 ,' for other in others] + ['.Xr spapr-tce-abi 7']
    return '\n'.join(out) + '\n'


def mentions_of(functions):
    """For each function, the functions that it mentions or that mention it."""
    names = {f.name for f in functions}
    mentions = {name: set() for name in names}
    for f in functions:
        for other in set(re.findall(r'stce_\w+(?=\(\))', f.comment.all_text())) & names - {f.name}:
            mentions[f.name].add(other)
            mentions[other].add(f.name)
    return mentions


def complaints(function):
    comment = function.comment
    said = comment.all_text()
    if function.name not in comment.names():
        yield 'has no comment that begins with its name'
        return
    if not comment.text or not summary(comment):
        yield 'does not say what it does'
    if function.returns != 'void' and not comment.returns:
        yield 'does not say what it returns'
    if not thread_rule(function):
        yield f'has no thread rule: {function.header.name} does not say one in its DOC comment'
    explained = dict(common_arguments([function]))
    for declaration, m in zip(function.arguments, function.argument_names()):
        name = m and (m.group(1) or m.group(2))
        # the object that the call is about explains itself, and so does where a new one goes
        if re.match(r'(const )?struct stce_\w+ \*\*?\w+$', declaration):
            continue
        if name not in explained and f'@{name}' not in said:
            yield f'does not say what "{declaration}" is'


def main(arguments):
    check = arguments[0] == '--check'
    headers = [Header(path) for path in arguments[1 if check else 2:]]
    functions = [f for header in headers for f in header.functions]
    if check:
        for f in functions:
            for complaint in complaints(f):
                print(f'{f.header.name}: {f.name}() {complaint}')
        return
    folder = arguments[0]
    with open(arguments[1], encoding='utf-8') as page:
        date = re.search(r'^\.Dd (.*)$', page.read(), re.M).group(1)
    pages = {f.name for f in functions}
    mentions = mentions_of(functions)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for f in functions:
        with open(os.path.join(folder, f.name + '.3'), 'w', encoding='utf-8') as page:
            page.write(write_page(f, headers, pages, mentions, date))


main(sys.argv[1:])
