"""Subjects: the executables that measure one cell and print one line of JSON (results/README.md)."""

from __future__ import annotations

import hashlib
import pathlib
import subprocess
from dataclasses import dataclass
from typing import Any

from .documents import check_document, parse_json
from .errors import one_line, unknown_name, usage_error

EXECUTABLES = {"stealyard": "stealyard-bench", "go": "stealyard-peer-go"}
LIST_SECONDS = 30


@dataclass(frozen=True)
class subject:
    name: str
    executable: pathlib.Path
    listing: dict[str, Any]  # what it says of itself

    @property
    def workloads(self) -> list[dict[str, Any]]:
        return self.listing["workloads"]

    @property
    def parts(self) -> dict[str, list[str]]:
        return self.listing["parts"]

    @property
    def defaults(self) -> dict[str, str]:
        return self.listing["defaults"]

    def fingerprint(self) -> str:
        return hashlib.sha256(self.executable.read_bytes()).hexdigest()


def load_subject(name: str, executable: pathlib.Path) -> subject:
    try:
        done = subprocess.run([executable, "--list"], capture_output=True, text=True, errors="replace", timeout=LIST_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise usage_error(f"subject {name}: {executable} --list did not end within {LIST_SECONDS} s") from None
    except OSError as error:
        raise usage_error(f"subject {name}: cannot run {executable}: {error.strerror}") from None
    if done.returncode != 0:
        raise usage_error(f"subject {name}: {executable} --list failed (exit {done.returncode}): {one_line(done.stderr) or 'no message'}")
    source = f"subject {name}: the output of {executable} --list"
    listing = check_document(parse_json(done.stdout, source), "listing", source, versioned=False)
    for kind, chosen in listing["defaults"].items():
        if chosen not in listing["parts"].get(kind, []):
            raise usage_error(f"{source} is corrupt: its default {kind} '{chosen}' is not among its parts")
    return subject(name, executable, listing)


def split_subject(text: str) -> tuple[str, pathlib.Path | None]:
    """'go' or 'mine=/path/to/executable'."""
    name, equals, path = text.partition("=")
    if equals and (not name or not path):
        raise usage_error(f"--subject '{text}' is not accepted: NAME or NAME=EXECUTABLE is")
    if not equals and name not in EXECUTABLES:
        raise unknown_name("subject", name, [*EXECUTABLES, "NAME=EXECUTABLE"])
    return name, pathlib.Path(path) if equals else None
