"""scripts/stealyard zoo: which instrument finds which seeded bug, in how many runs; published as results/zoo."""

from __future__ import annotations

import argparse
import json
import pathlib
import sys
from typing import Any

from ..arguments import add_build_flags, add_jobs_flag, add_publishing_flags, comma_list, whole_number
from ..atomic_file import make_folder, write_json, write_text
from ..build_folder import REPOSITORY, build_folder
from ..documents import parse_json, read_text
from ..environment import record_environment
from ..errors import STATUS_CHECK_FAILED, nothing_matched, unknown_name, usage_error
from ..zoo import INSTRUMENTS, PROTOCOL, SOURCES, asked_of, effort, specimen, specimens, targets
from ..zoo_pages import page

ABOUT = "which instrument finds which seeded bug, in how many runs; and that it finds none where there is none"
EPILOG = """\
examples:
  scripts/stealyard zoo --bug slot_read_late                         one bug, by every instrument
  scripts/stealyard zoo --bug run_queue.chase_lev                    the variant as it is written: nothing may be found
  scripts/stealyard zoo --instrument explorer,relacy_pct             two columns
  scripts/stealyard zoo --write                                      all of it, published in results/zoo (a quarter of an hour)
  scripts/stealyard zoo --write --seconds 8 --bug protocol+no_wake   that row anew, or added, in what is published
  scripts/stealyard zoo --pages                                      the page anew, from what is published

exit status: 0 every bug asked for is found by an instrument and nothing else is, 1 not so, 2 usage, 3 the instruments have nothing for
any of them
"""
FOLDER = REPOSITORY / "results" / "zoo"
SCHEMA = "stealyard.zoo/1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bug", metavar="NAMES", type=comma_list(), help="only these: NAME, KIND.VARIANT+NAME, KIND.VARIANT as it is written, or protocol+NAME")
    parser.add_argument("--instrument", metavar="NAMES", type=comma_list(), help=f"only these: {', '.join(INSTRUMENTS)}")
    parser.add_argument("--seed", metavar="N", type=whole_number(1, 1 << 40), default=1, help="the first (default: 1)")
    parser.add_argument("--seeds", metavar="N", type=whole_number(1, 1000), default=5, help="Relacy searches with so many (default: 5)")
    parser.add_argument("--seconds", metavar="N", type=whole_number(1, 3600), default=10,
                        help="real threads begin no further pass after so many (default: 10)")
    add_publishing_flags(parser, "results/zoo", FOLDER, whole="; of these bugs, by all instruments")
    add_jobs_flag(parser, "the explorer's processes", usual=2)
    add_build_flags(parser, needs=", not sanitized")


def run(arguments: argparse.Namespace) -> int:
    if arguments.pages:
        return write_page(arguments.folder)
    if arguments.write and arguments.instrument:
        raise usage_error("--write publishes whole rows: leave out --instrument, or --write")
    chosen, instruments = selected(arguments.bug), asked(arguments.instrument)
    if not any(asked_of(each, instruments) for each in chosen):
        raise nothing_matched(f"{', '.join(instruments)}: nothing for {', '.join(each.label for each in chosen)}")
    if arguments.write:
        make_folder(arguments.folder)  # a quarter of an hour before it is needed
    before = published(arguments) if arguments.write and arguments.bug else None
    build = build_folder(arguments.build, "dev")
    if not arguments.no_build:
        build.build(targets(chosen, instruments))
    how = effort(arguments.seed, arguments.seeds, arguments.seconds, arguments.jobs)
    environment = record_environment([], build, {}) if arguments.write else {}
    rows = [row_of(build, each, instruments, how, arguments.json) for each in chosen]
    document = {"schema": SCHEMA, "command": command_of(arguments), "effort": {"seed": how.seed, "seeds": how.seeds, "seconds": how.seconds},
                **{part: [row for each, row in zip(chosen, rows) if part_of(each) == part] for part in PARTS}}
    if arguments.json:
        print(json.dumps(document, indent=1, ensure_ascii=False))
    if before is not None:
        write_json(arguments.folder / "zoo.json", with_rows(before, document, environment["git"]["commit"]))
        write_page(arguments.folder)
    elif arguments.write:
        write_json(arguments.folder / "zoo.json", document)
        write_json(arguments.folder / "environment.json", environment)
        write_page(arguments.folder)
    return judge(document)


def published(arguments: argparse.Namespace) -> dict[str, Any]:
    """What is published, to take rows that are asked anew: with the same effort only."""
    document = read_document(arguments.folder)
    for name, value in document["effort"].items():
        if getattr(arguments, name) != value:
            raise usage_error(f"--{name} {getattr(arguments, name)}: the matrix in {arguments.folder} was made with --{name} {value}")
    return document


def with_rows(before: dict[str, Any], now: dict[str, Any], commit: str) -> dict[str, Any]:
    """`before` with the rows of `now`, each marked with the commit at which it was asked, in the order of all that there is to ask."""
    order = [each.label for each in specimens()]
    merged = dict(before)
    for part in PARTS:
        rows = {row["label"]: row for row in before[part]} | {row["label"]: {**row, "commit": commit} for row in now[part]}
        merged[part] = sorted((row for label, row in rows.items() if label in order), key=lambda row: order.index(row["label"]))
    return merged


PARTS = ("bugs", "as_written", "protocols")


def part_of(what: specimen) -> str:
    return "protocols" if what.kind == PROTOCOL else "bugs" if what.name else "as_written"


def selected(names: tuple[str, ...] | None) -> list[specimen]:
    known = specimens()
    if not names:
        return known
    chosen = []
    for name in names:
        found = [each for each in known if name in (each.label, each.name)]
        if not found:
            raise unknown_name("bug", name, {each.name or each.label for each in known})
        chosen += [each for each in found if each not in chosen]
    return chosen


def asked(names: tuple[str, ...] | None) -> list[str]:
    for name in names or ():
        if name not in INSTRUMENTS:
            raise unknown_name("instrument", name, INSTRUMENTS)
    return [name for name in INSTRUMENTS if not names or name in names]


def row_of(build: build_folder, what: specimen, instruments: list[str], how: effort, quiet: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"label": what.label}
    if what.about:
        row["what"] = what.about["what"]
        if "weakened" in what.about:
            row["weakened"] = what.about["weakened"]
        row["source"] = next({"as": kind, "text": what.about[kind]} for kind in SOURCES if kind in what.about)
    row["cells"] = {}
    has_something = asked_of(what, instruments)
    for name in instruments:
        if name not in has_something:
            if not quiet:
                print(f"{what.label:46} {name:14} not asked: has nothing for it", flush=True)
            continue
        cell = INSTRUMENTS[name].ask(build, what, how)
        row["cells"][name] = cell.as_json()
        if not quiet:
            said = f"found: {cell.how}" if cell.found else "not found"
            print(f"{what.label:46} {name:14} {said}; {'?' if cell.runs is None else cell.runs} {INSTRUMENTS[name].unit}, {cell.seconds:.1f} s", flush=True)
    return row


def judge(document: dict[str, Any]) -> int:
    status = 0
    for row in document["bugs"] + document["protocols"]:
        if row["cells"] and not any(cell["found"] for cell in row["cells"].values()):
            print(f"FAILED {row['label']}: found by none of {', '.join(row['cells'])}", file=sys.stderr)
            status = STATUS_CHECK_FAILED
    for row in document["as_written"]:
        for name, cell in row["cells"].items():
            if cell["found"]:
                print(f"FAILED {row['label']}: as it is written, {name} finds: {cell['how']}", file=sys.stderr)
                status = STATUS_CHECK_FAILED
    return status


def command_of(arguments: argparse.Namespace) -> str:
    flags = [f"--{name} {getattr(arguments, name)}" for name in ("seed", "seeds", "seconds")]
    return " ".join(["scripts/stealyard zoo --write", *flags])


def read_document(folder: pathlib.Path) -> dict[str, Any]:
    path = folder / "zoo.json"
    document = parse_json(read_text(path), str(path))
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise usage_error(f"{path} is no zoo: its schema is not {SCHEMA}")
    return document


def write_page(folder: pathlib.Path) -> int:
    write_text(folder / "README.md", page(read_document(folder)))
    print(f"{folder / 'README.md'}", file=sys.stderr)
    return 0
