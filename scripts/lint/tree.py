"""What a lint sees: the tracked files and their text. A made-up tree serves the lints' own tests."""

from __future__ import annotations

import pathlib
import subprocess
from dataclasses import dataclass


@dataclass(frozen=True)
class finding:
    path: str
    line: int  # from 1; 0: the file as a whole
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}" if self.line else f"{self.path}: {self.text}"


class skipped(Exception):
    """The lint cannot run here; the text says why."""


class tree:
    """The files git tracks, as they are in the working tree; without git, every file."""

    def __init__(self, root: pathlib.Path) -> None:
        self.root = root
        asked = subprocess.run(["git", "-C", str(root), "ls-files", "-z"], capture_output=True, check=False)
        if asked.returncode == 0:
            listed = [name for name in asked.stdout.decode(errors="replace").split("\0") if name]
        else:
            listed = [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()]
            listed = [name for name in listed if not name.startswith((".git/", "build/", "results/local/")) and "__pycache__" not in name]
        self.paths = sorted(name for name in listed if (root / name).is_file())
        self._texts: dict[str, str] = {}

    def text(self, path: str) -> str:
        if path not in self._texts:
            self._texts[path] = (self.root / path).read_text(encoding="utf-8", errors="replace")
        return self._texts[path]


class made_up_tree(tree):
    def __init__(self, files: dict[str, str]) -> None:  # pylint: disable=super-init-not-called
        self.root = pathlib.Path("/nowhere")
        self.paths = sorted(files)
        self._texts = dict(files)


def cpp_files(of: tree, *folders: str) -> list[str]:
    return [path for path in of.paths if path.endswith((".hpp", ".cpp")) and path.startswith(tuple(f"{folder}/" for folder in folders))]


def numbered(text: str) -> list[tuple[int, str]]:
    return list(enumerate(text.splitlines(), 1))


def without_comments(text: str) -> str:
    """The same lines with comments and string literals blanked, so that a word in them is no code."""
    out, i, end = [], 0, len(text)
    while i < end:
        if text.startswith("//", i):
            while i < end and text[i] != "\n":
                i += 1
        elif text.startswith("/*", i):
            close = text.find("*/", i + 2)
            close = end if close < 0 else close + 2
            out.append("\n" * text.count("\n", i, close))
            i = close
        elif text[i] == '"' and not out_is_include(out):
            i = _past_string(text, i)
            out.append('""')
        elif text[i] == "'" and i + 2 < end and not (i and text[i - 1].isalnum()):
            close = text.find("'", i + 2 if text[i + 1] == "\\" else i + 1)
            i = end if close < 0 else close + 1
            out.append("' '")
        else:
            out.append(text[i])
            i += 1
    return "".join(out)


def out_is_include(out: list[str]) -> bool:
    """Is the line so far an #include? Its name is what several lints are about."""
    line: list[str] = []
    for piece in reversed(out):
        if "\n" in piece:
            break
        line.append(piece)
    return "".join(reversed(line)).lstrip().startswith("#include")


def _past_string(text: str, start: int) -> int:
    if start and text[start - 1] == "R":
        opening = text.find("(", start)
        close = text.find(")" + text[start + 1 : opening] + '"', opening)
        return len(text) if close < 0 else close + (opening - start) + 1
    i = start + 1
    while i < len(text) and text[i] not in '"\n':
        i += 2 if text[i] == "\\" else 1
    return i + 1
