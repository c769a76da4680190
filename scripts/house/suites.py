"""The suites of a test run: which ctest labels belong to each, and the seconds each may take on 2 cores.

A budget decides nothing: a suite that takes longer is a defect that is printed, the run stays green.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

BUILD_BUDGET = 9 * 60
LINT_BUDGET = 60


@dataclass(frozen=True)
class suite:
    name: str
    budget: int
    labels: tuple[str, ...]  # none: every test that no other suite claims
    plain_only: bool = False  # never sanitized: run in a plain build whatever the configuration is


# A test belongs to the first suite that has one of its labels.
SUITES = (
    suite("relacy", 3 * 60, ("model",), plain_only=True),
    suite("explorer", 4 * 60, ("explorer",), plain_only=True),
    suite("bench", 60, ("bench-smoke", "harness", "plots"), plain_only=True),
    suite("aarch64", 60, ("aarch64",), plain_only=True),
    suite("house", 60, ("house", "codegen")),
    suite("go", 4 * 60, ("go",)),
    suite("conformance", 2 * 60, ()),
)
# How the targets begin that the plain-only suites run, where they need a build of their own. What a test is given by its path
# (`$<TARGET_FILE:…>` after its first word) is built besides.
PLAIN_TARGETS = ("stealyard-relacy", "stealyard-explore", "stealyard-litmus", "stealyard-meter", "stealyard-bench", "stealyard-micro", "stealyard-probe", "stealyard-peer", "stealyard-aarch64")
LINT = "lint"
NAMES = (LINT, *(each.name for each in SUITES))


def selection(chosen: suite) -> list[str]:
    """ctest's arguments for the tests of that suite."""
    earlier = SUITES[: SUITES.index(chosen)]
    arguments = ["-L", _any(chosen.labels)] if chosen.labels else []
    claimed = [label for each in earlier for label in each.labels]
    return arguments + (["-LE", _any(claimed)] if claimed else [])


def _any(labels: tuple[str, ...] | list[str]) -> str:
    return f"^({'|'.join(map(re.escape, labels))})$"
