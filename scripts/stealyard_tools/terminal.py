"""What a person's terminal takes: its width, colours (never with NO_COLOR, never into a file), letters (a locale may lack ×)."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Sequence
from typing import TextIO

_COLOURS = {"red": "31", "yellow": "33", "green": "32", "cyan": "36", "faint": "2", "bold": "1"}
_UNLIMITED = 10_000
LONGEST_LINE = 120  # of prose, however wide the terminal: longer ones are hard to follow


def survive_any_locale() -> None:
    """A locale that is not UTF-8 cannot print "×" or "…": a question mark in its place is better than a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def on_terminal(stream: TextIO) -> bool:
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def has_colour(stream: TextIO) -> bool:
    return on_terminal(stream) and not os.environ.get("NO_COLOR")


def paint(text: str, colour: str, stream: TextIO) -> str:
    return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if has_colour(stream) else text


def width(stream: TextIO | None = None) -> int:
    """Columns of the terminal, or of COLUMNS where it is set; a file takes lines of any length."""
    chosen = sys.stdout if stream is None else stream
    fallback = 80 if chosen is not None and on_terminal(chosen) else _UNLIMITED
    return max(20, shutil.get_terminal_size((fallback, 24)).columns)


def paragraph(text: str, indent: str, columns: int) -> str:
    return textwrap.fill(text, max(20, min(columns, LONGEST_LINE)), initial_indent=indent, subsequent_indent=indent, break_long_words=False,
                         break_on_hyphens=False)


def prose(text: str, columns: int) -> str:
    """One thing said: its first line stands out."""
    return textwrap.fill(text, max(40, min(columns, LONGEST_LINE)), subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)


def table_text(rows: Sequence[Sequence[str]], columns: int, key: int = 1) -> str:
    """Rows, the first of them heads, aligned; where that is too wide for the terminal, each row as a small paragraph whose first
    `key` cells are its title."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    if sum(widths) + 2 * (len(widths) - 1) <= columns:
        return "\n".join("  ".join(text.ljust(wide) for text, wide in zip(row, widths)).rstrip() for row in rows)
    heads, *body = rows
    pieces = []
    for row in body:
        facts = [f"{head} {text}" for head, text in zip(heads[key:], row[key:]) if text]
        pieces.append("  ".join(row[:key]) + "\n" + textwrap.fill(", ".join(facts), columns, initial_indent="    ", subsequent_indent="    ",
                                                                   break_long_words=False, break_on_hyphens=False))
    return "\n".join(pieces)
