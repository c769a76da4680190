"""scripts/stealyard list: every registered variant, a table a kind; and whatever its header says of one."""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from typing import Any

from ..arguments import KINDS, comma_list
from ..build_folder import build_folder
from ..documents import parse_json, read_text
from ..errors import nothing_matched, unknown_name, usage_error
from ..terminal import LONGEST_LINE, paint, width

ABOUT = "the variants, kind by kind; of one: claims, progress, source"
EPILOG = """\
examples:
  scripts/stealyard list                      every variant in a line
  scripts/stealyard list run_queue            what those of one kind claim
  scripts/stealyard list chase_lev            all about one
  scripts/stealyard list --kind run_queue,parker --long
  scripts/stealyard list --json | jq '.variants[].name'
"""
DECIDES = {
    "run_queue": "where ready goroutines wait, and how they are stolen",
    "channel_buffer": "what a buffered channel keeps its elements in",
    "parker": "how a worker without work sleeps",
    "idle": "who is woken, who searches, who sleeps",
    "victim": "whom a thief robs",
    "timer_queue": "where timers wait",
    "selector": "how a select chooses and waits",
    "stack": "memory for stacks, and what guards it",
    "context_switch": "from one stack to another",
    "reclaim": "when a node that was taken out may be freed",
}
NOT_SAID = "-"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", metavar="WHAT", nargs="*", help="kinds, variants, or KIND.VARIANT: all about these")
    parser.add_argument("--kind", metavar="NAMES", type=comma_list(), help=f"only these kinds: {', '.join(KINDS)}")
    parser.add_argument("--long", action="store_true", help="all about each, not a line")
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
    if arguments.what:
        variants = chosen(variants, arguments.what)
    if arguments.json:
        json.dump({"variants": variants}, sys.stdout, indent=1)
        print()
    else:
        print(in_full(variants, width()) if arguments.long or arguments.what else in_lines(variants, width()))
    return 0


def chosen(variants: list[dict[str, Any]], names: list[str]) -> list[dict[str, Any]]:
    def called(each: dict[str, Any]) -> tuple[str, str, str]:
        return each["kind"], each["name"], f"{each['kind']}.{each['name']}"

    for name in names:
        if not any(name in called(each) for each in variants):
            raise unknown_name("kind or variant", name, {word for each in variants for word in called(each)[:2]})
    return [each for each in variants if set(called(each)) & set(names)]


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


def in_lines(variants: list[dict[str, Any]], columns: int) -> str:
    """A table a kind, a line a variant: cut where the terminal ends, whole in a file."""
    wide = max(len(each["name"]) for each in variants)
    tables = []
    for kind in dict.fromkeys(each["kind"] for each in variants):
        head = cut(f"{kind}: {DECIDES[kind]}" if kind in DECIDES else kind, columns)
        rows = [cut(f"  {each['name'].ljust(wide)}  {each.get('summary') or NOT_SAID}", columns) for each in variants if each["kind"] == kind]
        tables.append("\n".join([paint(head, "bold", sys.stdout), *rows]))
    return "\n\n".join(tables)


def cut(line: str, columns: int) -> str:
    return line if len(line) <= columns else line[: columns - 1].rpartition(" ")[0].rstrip(" ,:;") + "…"


def in_full(variants: list[dict[str, Any]], columns: int) -> str:
    pieces = []
    for each in variants:
        rows = (("", each.get("summary")), ("claims", claims_text(each.get("claims"))), ("progress", each.get("progress")), ("source", each.get("source")))
        lines = [textwrap.fill(f"    {name.ljust(10) if name else ''}{text or NOT_SAID}", min(columns, LONGEST_LINE),
                               subsequent_indent=" " * (14 if name else 4), break_long_words=False, break_on_hyphens=False) for name, text in rows]
        pieces.append("\n".join([paint(f"{each['kind']} {each['name']}", "bold", sys.stdout), *lines]))
    return "\n\n".join(pieces)
