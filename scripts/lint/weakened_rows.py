"""A weakened order is named by its row (`kind/name.hpp:O3=relaxed`): one that no table has would weaken nothing, and find nothing."""

from __future__ import annotations

import re

from order_table import read_table
from tree import cpp_files, finding, numbered, tree

ABOUT = "every weakened order that a seeded bug or a model names is a row of its header's table"

NAMED = re.compile(r"(?P<file>(?:\w+/)?\w+\.hpp):(?P<row>[A-Z]\d+)(?::\w+)?=\w+")


def check(of: tree) -> list[finding]:
    headers = cpp_files(of, "variants", "core")
    rows: dict[str, set[str]] = {}
    found = []
    for path in of.paths:
        if path.startswith("stress/") and path.endswith(("/bugs.json", "/orders.txt")):
            for line, text in numbered(of.text(path)):
                for named in NAMED.finditer(text):
                    file, row = named["file"], named["row"]
                    if file not in rows:
                        rows[file] = {name for header in headers if header.endswith(f"/{file}") for name in read_table(header, of.text(header), [])}
                    if row not in rows[file]:
                        found.append(finding(path, line, f"no table of {file} has the row {row}; it has {', '.join(sorted(rows[file])) or 'none'}"))
    return found
