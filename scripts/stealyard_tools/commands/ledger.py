"""scripts/stealyard ledger: which memory orders of a variant are needed, compared with what is published, or published anew."""

from __future__ import annotations

import argparse
import json
import pathlib
import subprocess
import sys
from typing import Any

from .. import order_ledger as ledgers
from .. import order_prices
from ..arguments import KINDS, add_build_flags, add_jobs_flag, add_publishing_flags, comma_list, whole_number
from ..atomic_file import make_folder, write_json, write_text
from ..build_folder import REPOSITORY, build_folder
from ..documents import parse_json, read_text
from ..errors import STATUS_CHECK_FAILED, check_failed, nothing_matched, unknown_name, usage_error
from ..order_pages import overview, variant_page
from ..registered_tests import registered_tests
from .list import read_variants

ABOUT = "which memory orders are needed: every weaker one tried, compared with results/ledger"
EPILOG = """\
examples:
  scripts/stealyard ledger --variant chase_lev                  each order of it: needed, or which weaker one would do
  scripts/stealyard ledger --compare                            every variant against results/ledger; the difference, if there is one
  scripts/stealyard ledger --variant go_runq --bound 6 --write  searched deeper, and published
  scripts/stealyard ledger --price                              what each costs here, and in instructions
  scripts/stealyard ledger --pages                              the pages anew, from what is published

exit status: 0 done, 1 differs from what is published, or a variant fails as it is written, 2 usage, 3 nothing matched
"""
PRICES, NOTES = "prices.json", "notes.json"
BOUNDS = {"bound": (2, 8), "threads": (2, 4), "capacity": (1, 3), "runs": (1, 1 << 60), "jumps": (0, 100)}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--variant", metavar="NAMES", type=comma_list(), help="only these")
    parser.add_argument("--kind", metavar="NAMES", type=comma_list(), help=f"only these kinds: {', '.join(KINDS)}")
    for name, (low, high) in BOUNDS.items():
        parser.add_argument(f"--{name}", metavar="N", type=whole_number(low, high), help=f"as stealyard-explore takes it (default: as in its test)")
    what = add_publishing_flags(parser, "results/ledger", ledgers.FOLDER)
    what.add_argument("--compare", action="store_true", help="with results/ledger: status 1, and how they differ")
    what.add_argument("--price", action="store_true", help="what each published order costs, in nanoseconds here and in instructions; published")
    parser.add_argument("--from", dest="made", metavar="FILES", type=comma_list(),
                        help="take what stealyard-explore ledger --json said, run nothing; of a second file, only what it kills beside")
    add_jobs_flag(parser, "processes")
    add_build_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    if arguments.pages:
        return write_pages(arguments.folder)
    if arguments.price:
        return write_prices(arguments)
    if arguments.write:
        make_folder(arguments.folder)
    status = 0
    for made in all_made(arguments):
        status = max(status, finish(arguments, made))
    if arguments.write:
        write_pages(arguments.folder)
    return status


def finish(arguments: argparse.Namespace, made: dict[str, Any]) -> int:
    path = ledgers.path_of(made["variant"], arguments.folder)
    failed = STATUS_CHECK_FAILED if made["as_written"] == "FAILED" else 0
    if arguments.json:
        print(json.dumps(made, indent=1, ensure_ascii=False))
        return failed
    if arguments.write:
        write_json(path, made)
        print(f"{made['variant']}: {summary(made)}; written to {path}")
        return failed
    if not arguments.compare:
        print(text_of(made))
        return failed
    if not path.exists():
        if in_this_tree(made["variant"]):
            raise check_failed(f"no ledger of {made['variant']} is published: {path} is not there; "
                               f"`scripts/stealyard ledger --variant {made['variant'].partition('/')[2]} --write` writes it")
        print(f"{made['variant']}: {summary(made)}; from outside this tree, published nowhere")
        return failed
    published = ledgers.read_published(path)
    found = ledgers.differences(published, made)
    if arguments.made is None and made["as_written"] != "FAILED":
        found += killed_no_more(build_folder(arguments.build, "dev"), published, made["bound"])
    print(f"{made['variant']}: {summary(made)}; {'DIFFERS from' if found else 'as published in'} {path}", flush=True)
    for line in found:
        print(f"  {line}")
    if found and made["as_written"] != "FAILED":
        print(f"  if that is meant: scripts/stealyard ledger --variant {made['variant'].partition('/')[2]} --write")
    return STATUS_CHECK_FAILED if found else 0


def killed_no_more(build: build_folder, published: dict[str, Any], bound: dict[str, Any]) -> list[str]:
    """A quick sweep does not reach what was published deeper: each such kill is asked for again, by its own program."""
    lines = []
    for what, weakening, kill in ledgers.kills_beyond(published, bound):
        words = [str(build.find("stealyard-explore")), "--filter", published["variant"].replace("/", "."), "--programs", kill["program"], "--weaken", weakening,
                 *(word for name in ("spurious", "jumps", "repeats") for word in (f"--{name}", str(published["bound"][name])))]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode != STATUS_CHECK_FAILED:
            now = "unneeded there" if done.returncode == 0 else done.stderr.strip()[-200:]
            lines.append(f"{what}: published as {ledgers.said(kill)}; now {now}")
    return lines


def all_made(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    if arguments.made is not None:
        first, *further = map(from_file, arguments.made)
        if any("only" in each["bound"] for each in first):
            raise usage_error(f"{arguments.made[0]} is of single programs, which do not say what survives: name it second")
        for document in further:
            first = [ledgers.with_kills_of(each, other) if (other := document_of(document, each["variant"])) else each for each in first]
        return first
    build = build_folder(arguments.build, "dev")
    chosen = selected(arguments, build)
    if not arguments.no_build:
        build.build(["stealyard-explore"])
    given = {f"--{name}": str(value) for name in BOUNDS if (value := getattr(arguments, name)) is not None}
    more = ["--apart"] if arguments.compare else []
    return [ledgers.published_form(make(build, label, given, arguments.jobs, more)) for label in chosen]


def from_file(name: str) -> list[dict[str, Any]]:
    said = parse_json(read_text(pathlib.Path(name)), name)
    try:
        if isinstance(said, list) and said:
            return [ledgers.published_form(each) for each in said]
        raise TypeError
    except (KeyError, TypeError):
        raise usage_error(f"{name} is not what stealyard-explore ledger --json prints") from None


def document_of(documents: list[dict[str, Any]], label: str) -> dict[str, Any] | None:
    return next((each for each in documents if each["variant"] == label), None)


def selected(arguments: argparse.Namespace, build: build_folder) -> list[str]:
    """Dotted labels of what the explorer's tests cover, as far as it was asked for."""
    known = read_variants(build)
    for name in arguments.variant or ():
        if name not in {each["name"] for each in known}:
            raise unknown_name("variant", name, {each["name"] for each in known})
    for kind in arguments.kind or ():
        if kind not in KINDS:
            raise unknown_name("kind", kind, KINDS)
    wanted = [f"{each['kind']}.{each['name']}" for each in known
              if (not arguments.variant or each["name"] in arguments.variant) and (not arguments.kind or each["kind"] in arguments.kind)]
    covered = {test.name.removeprefix("explorer.") for test in registered_tests(build) if test.name.startswith("explorer.")}
    chosen = [label for label in wanted if label in covered]
    if not chosen:
        raise nothing_matched(f"the explorer covers none of {', '.join(wanted) or 'these'} in {build.path}")
    return chosen


def make(build: build_folder, label: str, given: dict[str, str], jobs: int, more: list[str]) -> dict[str, Any]:
    """What the explorer says of one variant, within the bound of its test but for what is given."""
    explore = build.find("stealyard-explore")
    (test,) = [each for each in registered_tests(build, label) if each.name == f"explorer.{label}"]
    if explore is None:
        raise usage_error(f"there is no stealyard-explore in {build.path}; leave out --no_build")
    usual = dict(zip(test.command[1::2], test.command[2::2]))
    bound = {**{flag: usual[flag] for flag in usual if flag.removeprefix("--") in BOUNDS}, **given}
    words = [str(explore), "ledger", "--json", "--filter", label, "--jobs", str(jobs), *more, *(word for pair in bound.items() for word in pair)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise usage_error(f"{' '.join(words)} ended with status {done.returncode}: {done.stderr.strip()[-300:]}")
    return parse_json(done.stdout, "the answer of stealyard-explore")[0]


def in_this_tree(label: str) -> bool:
    return (REPOSITORY / "variants" / f"{label}.hpp").exists()


def summary(made: dict[str, Any]) -> str:
    counts = ledgers.tally(made)
    said = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    return f"as written {made['as_written']} within {ledgers.bound_text(made['bound'])}; " + (
        f"of {sum(counts.values())} orders {said}" if said else "no order to weaken")


def text_of(made: dict[str, Any]) -> str:
    lines = [f"{made['variant']}: {summary(made)}"]
    for each in ledgers.stronger_than_relaxed(made):
        tried = "; ".join(f"{one['order']} {one['outcome']}" + (f" by {one['program']}" if "program" in one else "") for one in each["tried"])
        lines.append(f"  {each['row']:4} {each['role']:8} {each['order']:8} {ledgers.verdict_of(each):15} {tried}")
    if made["together"]["weakened"]:
        lines.append("  together: " + ", ".join(made["together"]["weakened"]))
    return "\n".join(lines)


def write_prices(arguments: argparse.Namespace) -> int:
    """All of them anew, or those asked for beside the others."""
    documents = [each for each in all_published(arguments.folder)
                 if not arguments.variant or each["variant"].partition("/")[2] in arguments.variant]
    if not documents:
        raise nothing_matched(f"no ledger of {', '.join(arguments.variant or ())} is published in {arguments.folder}")
    for label, prices in order_prices.measure(documents):
        print(f"{label}: {len(prices['orders'])} orders priced", file=sys.stderr, flush=True)
        write_json(arguments.folder / PRICES, {"variants": {**read_prices(arguments.folder), label: prices}})
    return write_pages(arguments.folder)


def all_published(folder: pathlib.Path) -> list[dict[str, Any]]:
    return [ledgers.read_published(path) for path in sorted(folder.glob("*.*.json"))]


def write_pages(folder: pathlib.Path) -> int:
    documents = all_published(folder)
    if not documents:
        raise nothing_matched(f"no ledger is published in {folder}")
    prices = read_prices(folder)
    for each in documents:
        write_text(ledgers.path_of(each["variant"], folder).with_suffix(".md"), page_of(each, prices))
    write_text(folder / "README.md", overview(documents, prices))
    print(f"{len(documents)} pages and their table in {folder}", file=sys.stderr)
    return 0


def page_of(document: dict[str, Any], prices: dict[str, Any]) -> str:
    header = REPOSITORY / "variants" / f"{document['variant']}.hpp"
    rows = ledgers.table_rows(read_text(header)) if header.exists() else []
    return variant_page(document, rows, prices.get(document["variant"]), notes().get(document["variant"], {}))


def notes() -> dict[str, dict[str, str]]:
    """By variant and ROW:ROLE, written by hand: why an order stands there that no program within the bound needed."""
    path = ledgers.FOLDER / NOTES
    return parse_json(read_text(path), str(path)) if path.exists() else {}


def read_prices(folder: pathlib.Path) -> dict[str, Any]:
    path = folder / PRICES
    return parse_json(read_text(path), str(path))["variants"] if path.exists() else {}
