#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""text.py OUTPUT MANDOC PAGE-OR-FOLDER... formats manual pages as plain text for `spapr-tce help TOPIC`.

OUTPUT is a new folder with a file NAME.SECTION.txt for each page. MANDOC prints bold and underlined letters by
backspaces, which a file does not need.
"""
import pathlib
import re
import shutil
import subprocess
import sys

output, mandoc = pathlib.Path(sys.argv[1]), sys.argv[2]
shutil.rmtree(output, ignore_errors=True)
output.mkdir()
for argument in map(pathlib.Path, sys.argv[3:]):
    for page in sorted(argument.iterdir()) if argument.is_dir() else [argument]:
        text = subprocess.run([mandoc, "-T", "utf8", "-O", "width=80", page], check=True, stdout=subprocess.PIPE,
                              encoding="utf-8").stdout
        (output / (page.name + ".txt")).write_text(re.sub(".\b", "", text), encoding="utf-8")
