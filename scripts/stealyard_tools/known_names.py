"""The names that this tree knows, read from its text: at once, on a fresh clone, with nothing configured or built."""

from __future__ import annotations

import re

from .build_folder import REPOSITORY

# A workload's row names it; rows of one shape are made by a helper that takes the name first.
_WORKLOAD = re.compile(r"\.name = ([^,;]*\"[^,;]*)[,;]|\b\w+_row\((\"\w+\")")
_SCENARIO = re.compile(r"\.add\(\{(?:\.name = )?\"(\w+)\"")


def workloads() -> list[str]:
    """Programs, and micro-benchmarks by kind. A test compares them with what stealyard-bench --list says."""
    found = set()
    for file in (REPOSITORY / "bench" / "workloads").glob("*.hpp"):
        for row in _WORKLOAD.findall(file.read_text(encoding="utf-8")):
            found |= set(re.findall(r'"(\w+)"', "".join(row)))
    for file in (REPOSITORY / "bench" / "micro").glob("*.hpp"):
        found |= {f"micro.{file.stem}.{name}" for name in _SCENARIO.findall(file.read_text(encoding="utf-8"))}
    return sorted(found)


def variants(kind: str | None = None) -> list[str]:
    """Of this tree's own list; a build folder may register others besides."""
    try:
        text = (REPOSITORY / "variants" / "CMakeLists.txt").read_text(encoding="utf-8")
    except OSError:
        return []
    return [name for of, name in re.findall(r"^stealyard_variant\((\w+) (\w+)\)", text, re.MULTILINE) if kind in (None, of)]
