"""scripts/stealyard list: every registered variant with its kind, claims, progress and source."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import textwrap
from typing import Any

from ..arguments import KINDS, comma_list
from ..build_folder import build_folder
from ..documents import parse_json, read_text
from ..errors import nothing_matched, unknown_name, usage_error
from ..terminal import table_text

ABOUT = "every variant with its kind, claims, progress and source"
EPILOG = """\
examples:
  scripts/stealyard list
  scripts/stealyard list --kind run_queue,parker
  scripts/stealyard list --json | jq '.variants[].name'
"""
NOT_SAID = "-"
NARROW = 100  # columns; below, three columns of text side by side are hard to read


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kind", metavar="NAMES", type=comma_list(), help=f"only these kinds: {', '.join(KINDS)}")
    parser.add_argument("--json", action="store_true", help="print the variants as JSON")
    parser.add_argument("--build", metavar="DIR", help="the build folder (default: STEALYARD_BUILD, else build/release)")


def run(arguments: argparse.Namespace) -> int:
    variants = read_variants(build_folder(arguments.build, "release"))
    if arguments.kind:
        known = {*KINDS, *(variant["kind"] for variant in variants)}
        for kind in arguments.kind:
            if kind not in known:
                raise unknown_name("kind", kind, known)
        variants = [variant for variant in variants if variant["kind"] in arguments.kind]
    if not variants:
        raise nothing_matched("no variant is registered" + (f" of kind {', '.join(arguments.kind)}" if arguments.kind else ""))
    if arguments.json:
        json.dump({"variants": variants}, sys.stdout, indent=1)
        print()
    else:
        print(table(variants, shutil.get_terminal_size((140, 24)).columns))
    return 0


def read_variants(build: build_folder) -> list[dict[str, Any]]:
    """From variants.json, which configuring writes."""
    build.configure()
    file = build.path / "variants.json"
    if not file.exists():
        raise usage_error(f"{file} is not there although {build.path} is configured; configure it anew: cmake --preset {build.preset} --fresh")
    document = parse_json(read_text(file), str(file))
    variants = document.get("variants") if isinstance(document, dict) else None
    if not isinstance(variants, list) or not all(isinstance(each, dict) and "kind" in each and "name" in each for each in variants):
        raise usage_error(f"{file} is corrupt: an object with a list 'variants', each with kind and name, is expected")
    return sorted(variants, key=lambda each: (each["kind"], each["name"]))


def claims_text(claims: Any) -> str:
    """Flags by name when they hold, everything else as key=value."""
    if not isinstance(claims, dict) or not claims:
        return NOT_SAID
    shown = []
    for key, value in claims.items():
        if str(value).lower() == "true":
            shown.append(key)
        elif str(value).lower() != "false":
            shown.append(f"{key}={value}")
    return ", ".join(shown) or "none"


def table(variants: list[dict[str, Any]], width: int) -> str:
    rows = [(each["kind"], each["name"], claims_text(each.get("claims")), each.get("progress") or NOT_SAID, each.get("source") or NOT_SAID)
            for each in variants]
    heads = ("kind", "variant", "claims", "progress", "source")
    if width < NARROW:
        return table_text([heads, *rows], width, key=2)
    fixed = [max(len(row[column]) for row in [heads, *rows]) for column in (0, 1)]
    rest = max(20, (width - sum(fixed) - 2 * 4) // 3)
    widths = [*fixed, rest, rest, rest]
    lines = []
    for row in [heads, tuple("-" * (width if column < 2 else 8) for column, width in enumerate(widths)), *rows]:
        wrapped = [textwrap.wrap(text, columns) or [""] for text, columns in zip(row, widths)]
        for number in range(max(map(len, wrapped))):
            parts = [(cell[number] if number < len(cell) else "").ljust(columns) for cell, columns in zip(wrapped, widths)]
            lines.append("  ".join(parts).rstrip())
    return "\n".join(lines)
