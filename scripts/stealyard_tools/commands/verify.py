"""scripts/stealyard verify: every instrument on one variant, each under a budget, and one verdict."""

from __future__ import annotations

import argparse
import dataclasses
import json
import pathlib
import re
import sys
import time
from dataclasses import dataclass
from typing import Any

from ..arguments import add_build_flags, comma_list, whole_number
from ..bounded_process import budget, run_bounded
from ..build_folder import build_folder
from ..documents import parse_json, read_text
from ..errors import STATUS_CHECK_FAILED, nothing_matched, unknown_name, usage_error
from ..registered_tests import registered_test, registered_tests
from ..verdicts import COMPLETE, FAILED, INCOMPLETE, NOT_APPLICABLE, NOT_BUILT, judge, verdict
from .list import claims_text, read_variants

ABOUT = "one verdict on a variant: every instrument, each within a budget of time and memory"
EPILOG = """\
examples:
  scripts/stealyard verify chase_lev                    claims, tests, Relacy, the explorer, its ledger, progress, real runs, seeded bugs
  scripts/stealyard verify run_queue.go_runq --json     the same for a program
  scripts/stealyard verify my_deque --build build/mine  a variant from outside the tree, in the build that registers it
  scripts/stealyard verify --all                        every registered variant
  scripts/stealyard verify chase_lev --only explorer,ledger

A variant that hangs, allocates without end, throws, asserts or lies gets a verdict that says so. What was verified, was verified within the
bounds printed: COMPLETE is every execution of every program of that size, anything else found nothing.

exit status: 0 nothing failed, 1 a check failed, 2 usage, 3 nothing matched
"""
# In the order they run, quick ones first: what to build for it, and what it looks for.
INSTRUMENTS = {
    "conformance": ("stealyard-native-tests", "axioms and claims, on real threads"),
    "property": ("stealyard-native-tests", "the sequential model"),
    "fiber": ("stealyard-fiber-tests", "axioms and claims of stacks and switches, on real threads"),
    "meter": ("stealyard-meter", "claims of progress"),
    "model": ("stealyard-relacy", "Relacy, random and PCT"),
    "explorer": ("stealyard-explore", "every execution of every small program"),
    "load": ("stealyard-load", "histories of real threads are linearizable"),
    "ledger": ("stealyard-explore", "which memory orders are needed"),
    "bugs": ("stealyard-explore", "the seeded bugs of its kind are found"),
}
CLAIMS, BUILD = "claims", "build"
# What an instrument has no suite of, by kind, and why; a kind of neither is from outside, and gets what its build has.
SHARED = ("run_queue", "channel_buffer", "parker", "idle", "reclaim")  # between threads: what models, explorer and ledger are about
ALONE = {
    "timer_queue": "every call is made under its worker's timer lock: no two threads are in it at once",
    "victim": "one worker's own numbers: no two threads are in it at once",
    "stack": "under a lock of its own, and about the system's memory: no model has pages",
    "context_switch": "it saves registers: it names no atomic, and no model has registers",
    "selector": "its atomics are those of the select's claim and of channels",
}
FIBER = ("stack", "context_switch")
SCHEMA = "stealyard.verify/1"


@dataclass
class subject:
    label: str  # dotted
    claims: str
    checks: dict[str, registered_test]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", metavar="NAME", nargs="*", help="a variant, as NAME or KIND.NAME")
    parser.add_argument("--all", action="store_true", help="every registered variant")
    parser.add_argument("--only", metavar="NAMES", type=comma_list(), help=f"only these instruments: {', '.join(INSTRUMENTS)}")
    parser.add_argument("--json", action="store_true", help="print the verdicts as JSON")
    parser.add_argument("--seconds", metavar="N", type=whole_number(1, 86400), default=300,
                        help="of a clock on the wall, for one instrument (default: 300); of processor time a third of it for each process")
    parser.add_argument("--memory", metavar="MB", type=whole_number(64, 1 << 20), default=8192, help="of addresses, for a process (default: 8192)")
    add_build_flags(parser)
    parser.add_argument("--plan", metavar="FILE", help="verify what this file lists: {\"variants\": [{\"variant\": …, \"checks\": {INSTRUMENT: COMMAND}}]}")


def run(arguments: argparse.Namespace) -> int:
    for name in arguments.only or ():
        if name not in INSTRUMENTS:
            raise unknown_name("instrument", name, INSTRUMENTS)
    if arguments.plan is not None:
        subjects, limits, unbuilt = planned(arguments.plan), limits_of(arguments, None), None
    else:
        build = build_folder(arguments.build, "dev")
        chosen = selected(arguments, build)
        unbuilt = None if arguments.no_build else build_failure(build, arguments.only)
        if not arguments.no_build:
            chosen = selected(arguments, build)  # building has read the headers anew: they may claim something else by now
        subjects, limits = registered(build, chosen), limits_of(arguments, build)
    started = time.monotonic()
    asked: dict[tuple[str, ...], verdict] = {}
    results = [verify(each, arguments, limits, unbuilt, asked) for each in subjects]
    if arguments.json:
        print(json.dumps({"schema": SCHEMA, "variants": [as_json(each, found) for each, found in zip(subjects, results)]},
                         indent=1, ensure_ascii=False))
    elif len(results) > 1:
        print(overview(subjects, results))
        used = sum(each.processor_seconds for found in results for each in found)
        print(f"{len(results)} variants in {time.monotonic() - started:.0f} s, {used:.0f} s of processor")
    return STATUS_CHECK_FAILED if any(check.bad for found in results for check in found) else 0


# What there is to verify -------------------------------------------------------------------------------------------------

def selected(arguments: argparse.Namespace, build: build_folder) -> list[dict[str, Any]]:
    if bool(arguments.names) == arguments.all:
        raise usage_error("name a variant, or say --all" if not arguments.all else "either names or --all, not both")
    known = read_variants(build)
    if arguments.all:
        if not known:
            raise nothing_matched(f"no variant is registered in {build.path}")
        return known
    chosen = []
    for name in arguments.names:
        kind, _, short = name.replace("/", ".").rpartition(".")
        found = [each for each in known if each["name"] == short and kind in ("", each["kind"])]
        if not found:
            raise unknown_name("variant", name, {f"{each['kind']}.{each['name']}" if kind else each["name"] for each in known})
        if len(found) > 1:
            raise usage_error(f"the variant '{name}' is of several kinds: say {' or '.join(each['kind'] + '.' + short for each in found)}")
        chosen += [each for each in found if each not in chosen]
    return chosen


def registered(build: build_folder, chosen: list[dict[str, Any]]) -> list[subject]:
    tests = {test.name: test for test in registered_tests(build)}
    subjects = []
    for each in chosen:
        label = f"{each['kind']}.{each['name']}"
        names = {instrument: f"{instrument}.{label}" for instrument in INSTRUMENTS} | {"bugs": f"explorer.bugs.{each['kind']}"}
        checks = {instrument: tests[name] for instrument, name in names.items() if name in tests}
        if each["kind"] == "selector":
            checks |= {"explorer": test for test in tests.values() if explores_select(test, each["name"])}
        subjects.append(subject(label, claims_text(each.get("claims")), checks))
    return subjects


def explores_select(test: registered_test, selector: str) -> bool:
    """Whole selects, of a selector and each channel buffer, are a kind of the explorer's."""
    return test.name.startswith("explorer.protocol.") and any(word.rstrip("*") == f"select.{selector}" for word in test.command)


def why_not(instrument: str, label: str) -> str:
    """Why a variant has no test of that instrument."""
    kind = label.partition(".")[0]
    if kind not in (*SHARED, *ALONE):
        return "no suite of this instrument for it in this build"
    if instrument == "fiber":
        return "of stacks and context switches only"
    if instrument in ("conformance", "property"):
        if kind in FIBER:
            return "its axioms are what the fiber tests check"
        if kind == "selector":
            return "its axioms are those of select: stealyard-go-tests *go_select*, with every selector"
    if instrument == "load" and kind in ("parker", "idle"):
        return "what it promises is that nobody sleeps for ever, which no history shows"
    if kind == "reclaim" and instrument == "load":
        return "what it promises is when memory is freed, which no history shows"
    if kind == "reclaim" and instrument == "property":
        return "what one thread can see of it is in its conformance"
    if kind == "selector" and instrument == "explorer":
        return "it never sleeps: a program of it that must wait has no end"
    return ALONE.get(kind, "no suite of this instrument for it in this build")


def planned(file: str) -> list[subject]:
    document = parse_json(read_text(pathlib.Path(file)), file)
    try:
        subjects = []
        for each in document["variants"]:
            for name in each["checks"]:
                if name not in INSTRUMENTS:
                    raise unknown_name("instrument", name, INSTRUMENTS)
            checks = {name: registered_test(f"{name}.{each['variant']}", tuple(map(str, command)), (), ())
                      for name, command in each["checks"].items()}
            subjects.append(subject(each["variant"], each.get("claims", "-"), checks))
    except (KeyError, TypeError, AttributeError):
        raise usage_error(f"{file} is no plan: {{\"variants\": [{{\"variant\": KIND.NAME, \"checks\": {{INSTRUMENT: [WORD, …]}}}}]}} is") from None
    if not subjects:
        raise nothing_matched(f"{file} lists no variant")
    return subjects


def limits_of(arguments: argparse.Namespace, build: build_folder | None) -> budget:
    # A sanitizer's shadow takes all the addresses there are.
    memory = arguments.memory << 20
    if build is not None and re.search(r"^STEALYARD_SANITIZE:\w+=.", read_text(build.path / "CMakeCache.txt"), re.MULTILINE):
        memory = None
    return budget(max(1, arguments.seconds // 3), arguments.seconds, memory)


def build_failure(build: build_folder, only: tuple[str, ...] | None) -> verdict | None:
    """What does not compile is a verdict as well. Executables that this build leaves out (sanitized) are not asked for."""
    build.configure()
    tests = registered_tests(build)
    there = {test.instrument for test in tests} | {"bugs"}
    targets = list(dict.fromkeys(INSTRUMENTS[name][0] for name in INSTRUMENTS if name in there and (not only or name in only)))
    try:
        build.build(targets)
    except usage_error as reason:
        log = build.path / "stealyard-build.log"
        said = log.read_text(encoding="utf-8", errors="replace") if log.exists() else str(reason)
        errors = re.findall(r"^.*(?:error:|undefined reference).*$", said, re.MULTILINE)
        return verdict(BUILD, FAILED, errors[0].strip() if errors else str(reason), report="\n".join(errors[:20]))
    return None


# Verifying one -----------------------------------------------------------------------------------------------------------

def verify(what: subject, arguments: argparse.Namespace, limits: budget, unbuilt: verdict | None,
           asked: dict[tuple[str, ...], verdict]) -> list[verdict]:
    found = [verdict(CLAIMS, "stated" if what.claims not in ("-", "none") else NOT_APPLICABLE, what.claims)]
    if unbuilt is not None:
        found.append(unbuilt)
    else:
        for instrument in INSTRUMENTS:
            if arguments.only and instrument not in arguments.only:
                continue
            if sys.stderr.isatty():
                print(f"\r\033[K{what.label}: {instrument}, {INSTRUMENTS[instrument][1]} …", end="", file=sys.stderr, flush=True)
            found.append(check(what, instrument, limits, asked))
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)
    if not arguments.json:
        print(text_of(what, found), flush=True)
    return found


def check(what: subject, instrument: str, limits: budget, asked: dict[tuple[str, ...], verdict]) -> verdict:
    """`asked`: what is of a whole kind is asked once, of the first variant of it."""
    test = what.checks.get(instrument)
    if test is None:
        return verdict(instrument, NOT_APPLICABLE, why_not(instrument, what.label))
    if not test.command:
        return verdict(instrument, NOT_BUILT, f"{INSTRUMENTS[instrument][0]} is not there; leave out --no_build")
    if test.command in asked:
        return dataclasses.replace(asked[test.command], seconds=0.0, processor_seconds=0.0)
    environment = dict(pair.split("=", 1) for pair in test.environment if "=" in pair)
    try:
        asked[test.command] = judge(instrument, test.command, run_bounded(test.command, limits, environment))
        return asked[test.command]
    except OSError as error:
        return verdict(instrument, NOT_BUILT, f"{test.command[0]}: {error.strerror}")


def conclusion(found: list[verdict]) -> str:
    failed = [each.instrument for each in found if each.bad]
    if failed:
        return f"FAILED in {', '.join(failed)}"
    if all(each.is_ == NOT_APPLICABLE for each in found if each.instrument != CLAIMS):
        return "not verified: no instrument that was asked has a suite for it"
    explored = next((each for each in found if each.instrument == "explorer"), None)
    if explored is not None and explored.is_ == COMPLETE:
        return "verified within the bounds above"
    why = "the explorer was not asked" if explored is None else f"the explorer has no suite for it ({explored.what})"
    if explored is not None and explored.is_ == INCOMPLETE:
        why = "a bound was hit: " + (explored.what.partition("bound hit: ")[2] or "which is not said")
    return f"nothing found; not verified: {why}"


def text_of(what: subject, found: list[verdict]) -> str:
    rows = [("instrument", "verdict", "what", "seconds")]
    rows += [(each.instrument, each.is_, each.what, f"{each.seconds:.1f}" if each.seconds else "") for each in found]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"{what.label}: {conclusion(found)}"]
    lines += [f"  {row[0].ljust(widths[0])}  {row[1].ljust(widths[1])}  {row[3]:>7}  {row[2]}".rstrip() for row in rows]
    for each in found:
        if each.bad and each.report:
            lines += ["", f"{each.instrument} of {what.label}:", *("  " + line for line in with_its_path(each.report, each.command).splitlines())]
        if each.bad and each.command:
            lines += [f"again: {' '.join(map(quoted, each.command))}"]
    return "\n".join([*lines, ""])


def with_its_path(report: str, command: tuple[str, ...]) -> str:
    """A report says how to replay it by the program's name; here, so that it can be pasted."""
    program = pathlib.Path(command[0]) if command else pathlib.Path()
    return re.sub(rf"(?m)^( *replay: ){re.escape(program.name)} ", lambda found: f"{found[1]}{program} ", report) if program.name else report


def quoted(word: str) -> str:
    return word if re.fullmatch(r"[\w./=,:+-]+", word) else "'" + word.replace("'", "'\\''") + "'"


def overview(subjects: list[subject], results: list[list[verdict]]) -> str:
    rows = [("variant", "conclusion")] + [(each.label, conclusion(found)) for each, found in zip(subjects, results)]
    width = max(len(row[0]) for row in rows)
    return "\n".join(f"{label.ljust(width)}  {text}" for label, text in rows)


def as_json(what: subject, found: list[verdict]) -> dict[str, Any]:
    return {"variant": what.label, "conclusion": conclusion(found), "checks": [each.as_json() for each in found]}
