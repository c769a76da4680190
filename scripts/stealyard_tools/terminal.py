"""What a person's terminal takes: its width, colours (never with NO_COLOR, never into a file), letters (a locale may lack ×)."""

from __future__ import annotations

import os
import re
import shutil
import sys
import textwrap
from collections.abc import Sequence
from typing import TextIO

_COLOURS = {"red": "31", "yellow": "33", "green": "32", "cyan": "36", "faint": "2", "bold": "1"}
_UNLIMITED = 10_000
NARROWEST = 60
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


def help_width() -> int:
    """Of help texts: the terminal's, but 80 where there is none; never too narrow for a flag, never a wall."""
    return min(100, max(NARROWEST, shutil.get_terminal_size((80, 24)).columns))


_ROW = re.compile(r"(?P<indent> *)(?P<left>\S.*?\S|\S) {2,}(?P<text>\S.*)")


def fitted(text: str, columns: int) -> str:
    """A help text whose every line fits. Rows of two columns stay rows; where a command leaves its explanation no room, that of all its
    neighbours goes beneath too. A command too long for a line is broken as a shell takes it."""
    lines = text.splitlines()
    fitting: list[str] = []
    at = 0
    while at < len(lines):
        end = at
        while end < len(lines) and _is_row(lines[end]):
            end += 1
        if end == at:
            end = at + 1
            while _is_prose(lines[at]) and end < len(lines) and _is_prose(lines[end]) and not lines[end].lower().startswith("exit status"):
                end += 1
            too_long = any(len(line) > columns for line in lines[at:end])
            fitting += _broken(" ".join(lines[at:end]), columns) if too_long else lines[at:end]
            at = end
            continue
        rows = lines[at:end]
        beneath = any(len(row) > columns and _ROW.fullmatch(row).start("text") > columns // 2 for row in rows)
        for row in rows:
            fitting += _two_lines(row, columns) if beneath else _hanging(row, columns)
        at = end
    return "\n".join(fitting) + "\n"


def _is_row(line: str) -> bool:
    return line.startswith(" ") and _ROW.fullmatch(line) is not None


def _is_prose(line: str) -> bool:
    """Of a paragraph, which may be filled anew."""
    return bool(line) and not line.startswith(" ") and not line.endswith(":")


def _hanging(row: str, columns: int) -> list[str]:
    return textwrap.wrap(row, columns, subsequent_indent=" " * _ROW.fullmatch(row).start("text"), break_long_words=False,
                         break_on_hyphens=False) if len(row) > columns else [row]


def _two_lines(row: str, columns: int) -> list[str]:
    found = _ROW.fullmatch(row)
    indent = found["indent"] + "    "
    return [*_broken(found["indent"] + found["left"], columns),
            *textwrap.wrap(found["text"], columns, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)]


def _broken(line: str, columns: int) -> list[str]:
    if len(line) <= columns:
        return [line]
    indent = line[:len(line) - len(line.lstrip())]
    if not line.lstrip().startswith(("scripts/", "source ")):
        return textwrap.wrap(line, columns, subsequent_indent=indent + ("    " if indent else ""), break_long_words=False, break_on_hyphens=False)
    lines = [indent]
    for word in re.findall(r"(?:'[^']*'|\"[^\"]*\"|\S)+", line):  # nothing is broken within quotes
        if lines[-1].strip() and len(f"{lines[-1]} {word} \\") > columns:
            lines.append(f"{indent}    ")
        lines[-1] += (" " if lines[-1].strip() else "") + word
    return [*(piece + " \\" for piece in lines[:-1]), lines[-1]]


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
