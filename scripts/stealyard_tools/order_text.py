"""Memory orders in the text of a header: each atomic operation stands on a line of its own, which ends in its row's id."""

from __future__ import annotations

import re

from .errors import check_failed

ORDER = re.compile(r"\b(relaxed|acquire|release|acq_rel|seq_cst)\b")


def replaced(text: str, row: str, role: str, order: str, written: str | None = None) -> str:
    """The header with one order replaced; raises if the row is not one operation with an order there (`written`, where that is given)."""
    lines = text.splitlines(keepends=True)
    at = [i for i, line in enumerate(lines) if re.search(rf"//\s*{row}\b", line) and not line.startswith("//")]
    if len(at) != 1:
        raise check_failed(f"row {row} stands on {len(at)} lines, not on one")
    code, comment, rest = lines[at[0]].partition("//")
    found = list(ORDER.finditer(code))
    number = 1 if role == "cas_fail" else 0
    if number >= len(found) or written not in (None, found[number][1]):
        raise check_failed(f"row {row} has no {role} order {written or ''} in {code.strip()}")
    lines[at[0]] = code[:found[number].start()] + ("relaxed" if order == "none" else order) + code[found[number].end():] + comment + rest
    return "".join(lines)
