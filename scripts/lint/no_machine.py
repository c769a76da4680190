"""What is committed is about no machine in particular: no home or work folders, no host that packages come from."""

from __future__ import annotations

import re

from tree import finding, numbered, tree

ABOUT = "no paths of one machine, no package hosts"

# Written in pieces, so that this file does not find itself.
PATTERNS = (
    (re.compile(r"(?<![\w.])/(?:ho" r"me|ro" r"ot|Us" r"ers)/[\w.-]+"), "a path in somebody's home"),
    (re.compile(r"(?<![\w./$}])/(?:wo" r"rk|wor" r"kspace|mn" r"t|scr" r"atch)/[\w.-]+"), "a path of one machine"),
    (re.compile(r"\b(?:deb|ftp|archive|security|snapshot|mirrors?|pypi|registry|files|proxy|index)"
                r"\.(?:[\w-]+\.)*(?:deb" r"ian|ubu" r"ntu|py" r"pi|python" r"hosted|np" r"mjs|gol" r"ang|crat" r"es)\.(?:org|net|com|io)\b"),
     "a host that packages come from"),
    (re.compile(r"\bhttps?://(?:py" r"pi\.org|static\.crat" r"es\.io|crat" r"es\.io/api)"), "a host that packages come from"),
)
BINARY = (".png", ".gz", ".zip", ".jpg", ".o", ".a")
# A result records where it was measured; a real machine's description is data.
NOT_LOOKED_AT = ("results/reference/", "stress/topology/machines/")


def check(of: tree) -> list[finding]:
    found = []
    for path in of.paths:
        if path.endswith(BINARY) or path.startswith(NOT_LOOKED_AT):
            continue
        for line, text in numbered(of.text(path)):
            for pattern, what in PATTERNS:
                match = pattern.search(text)
                if match:
                    found.append(finding(path, line, f"{match[0]} is {what}"))
    return found
