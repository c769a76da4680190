"""clang-format, at the version whose output is the norm."""

from __future__ import annotations

import shutil
import subprocess

from settings import settings
from tree import cpp_files, finding, skipped, tree

ABOUT = "clang-format-19 would change nothing"
TAKES_SETTINGS = True
TOOL = "clang-format-19"
BATCH = 50


def check(of: tree, given: settings) -> list[finding]:
    if shutil.which(TOOL) is None:
        raise skipped(f"no {TOOL}; run scripts/setup")
    paths = cpp_files(of, "core", "variants", "stress", "bench")
    found = []
    for start in range(0, len(paths), BATCH):
        batch = paths[start : start + BATCH]
        if given.fix:
            subprocess.run([TOOL, "-i", *batch], cwd=of.root, check=True)
        done = subprocess.run([TOOL, "--dry-run", "-Werror", *batch], cwd=of.root, capture_output=True, text=True, check=False)
        found += first_of_each(done.stderr)
        if done.returncode != 0 and not found:
            raise RuntimeError(f"{TOOL}: {done.stderr.strip()[-300:]}")
    return found


def first_of_each(said: str) -> list[finding]:
    """One line a file is enough: scripts/lint/run formatting --fix does the rest."""
    first: dict[str, finding] = {}
    for line in said.splitlines():
        parts = line.split(":")
        if len(parts) > 3 and parts[1].isdecimal() and "clang-format-violations" in line:
            first.setdefault(parts[0], finding(parts[0], int(parts[1]), f"not as {TOOL} writes it; scripts/lint/run formatting --fix"))
    return list(first.values())
