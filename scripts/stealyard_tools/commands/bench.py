"""scripts/stealyard bench: a run of randomised complete blocks, from a plan to result.json."""

from __future__ import annotations

import argparse
import os
import pathlib
import secrets
import shlex
import sys
from dataclasses import replace
from typing import Any

from .. import interruption, known_names
from ..arguments import KINDS, add_build_flags, comma_list, positive_number, whole_number
from ..atomic_file import write_json
from ..build_folder import REPOSITORY, build_folder
from ..cells import cell_request, make_cells
from ..documents import read_document
from ..environment import record_environment
from ..errors import STATUS_CHECK_FAILED, STATUS_INTERRUPTED, unknown_name, usage_error
from ..planning import blocks_that_fit, make_plan, now
from ..profiles import PROFILES, profile
from ..result_reader import is_not_applicable, why_unusable
from ..run_folder import run_folder
from ..runner import measure_missing, run_outcome, run_settings
from ..subjects import EXECUTABLES, load_subject, split_subject, subject

ABOUT = "measure, in randomised complete blocks, into one self-describing result"
EPILOG = """\
examples:
  scripts/stealyard bench                                             every variant, quickly (at most two minutes of measuring)
  scripts/stealyard bench --profile headline --out results/mine       the defaults beside Go, 16 blocks
  scripts/stealyard bench --workload ping_pong --workers 1,2 --run_queue chase_lev,mutex_deque --blocks 12
  scripts/stealyard bench --resume results/mine                       continue an interrupted run
  scripts/stealyard bench --subject stealyard,mine=./my_executable    measure any executable that speaks the protocol

exit status: 0 done, 1 a wrong answer or a failed measurement, 2 usage, 3 nothing matched, 130 interrupted
"""
# What a plan is made of: given together with --resume, each must say what the plan says.
PLAN_OPTIONS = ("profile", "workload", "group", "workers", "blocks", "samples", "min_time_ms", "size", "seed", *KINDS)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_argument_group("what to measure (lists are separated by commas)")
    what.add_argument("--profile", metavar="NAME", help="; ".join(f"{each.name}: {each.about}" for each in PROFILES.values()))
    what.add_argument("--subject", metavar="NAMES", type=comma_list(), help="stealyard, go, or NAME=EXECUTABLE (default: stealyard,go)")
    what.add_argument("--workload", metavar="NAMES", type=comma_list(), help="default: all")
    what.add_argument("--group", metavar="NAMES", type=comma_list(), help="workload, micro")
    what.add_argument("--workers", metavar="COUNTS", type=comma_list(whole_number(1, 1024)), help="default: 1,2; micro-benchmarks: 1")
    what.add_argument("--size", metavar="N", type=whole_number(1, 10**9), help="default: the workload's own")
    for kind in KINDS:
        what.add_argument(f"--{kind}", metavar="NAMES", type=comma_list(), help=argparse.SUPPRESS)
    what.add_argument("--KIND", metavar="NAMES", dest="any_kind", help=f"only these variants; KIND: {', '.join(KINDS)}")
    how = parser.add_argument_group("how long and in which order")
    how.add_argument("--blocks", metavar="N", type=whole_number(1, 9999), help="how often every cell is measured")
    how.add_argument("--samples", metavar="N", type=whole_number(1, 10_000), help="repetitions in one measurement")
    how.add_argument("--min_time_ms", metavar="N", type=whole_number(0, 60_000), help="shortest length of a repetition")
    how.add_argument("--seed", metavar="N", type=whole_number(0, 2**63 - 1), help="of the order and of the workloads (default: random)")
    how.add_argument("--max_seconds", metavar="N", type=positive_number(10**7), help="stop measuring after that long; --resume continues")
    how.add_argument("--timeout_seconds", metavar="N", type=positive_number(10**6), default=120.0, help="for one measurement (default: 120)")
    where = parser.add_argument_group("where")
    where.add_argument("--out", metavar="DIR", help="an empty or new folder (default: build/results/<time>-<profile>)")
    where.add_argument("--resume", metavar="DIR", help="continue the run of that folder")
    add_build_flags(where, "release")
    where.add_argument("--probe", metavar="EXE", help="the placement probe (default: stealyard-probe of the build)")


def run(arguments: argparse.Namespace) -> int:
    if arguments.any_kind is not None:
        raise unknown_name("flag", "--KIND", [f"--{kind}" for kind in KINDS])
    if arguments.out is not None and arguments.resume is not None:
        raise usage_error("--out and --resume exclude each other: --resume DIR writes into DIR")
    try:
        with interruption.raised_as_exception():
            try:
                return _resume(arguments) if arguments.resume is not None else _start(arguments)
            except interruption.interrupted as signal_name:
                interruption.ignore_from_now_on()
                print(f"\nstealyard: stopped by {signal_name} before anything was measured", file=sys.stderr)
                return STATUS_INTERRUPTED
    except BrokenPipeError:
        return STATUS_INTERRUPTED


def _start(arguments: argparse.Namespace) -> int:
    name = arguments.profile or "quick"
    if name not in PROFILES:
        raise unknown_name("profile", name, PROFILES)
    chosen = PROFILES[name]
    for group in arguments.group or ():
        if group not in ("workload", "micro"):
            raise unknown_name("group", group, ("workload", "micro"))
    folder = run_folder(pathlib.Path(arguments.out) if arguments.out is not None else _default_out(chosen.name))
    if folder.path.is_dir():
        with folder.locked():
            folder.refuse_contents()
    subjects, probe, build, skipped = _executables(arguments, arguments.subject)
    request = cell_request(
        star_workers=_star_workers(arguments, chosen), groups=arguments.group or (("workload", "micro") if arguments.workload else chosen.groups),
        workers=arguments.workers or chosen.workers, micro=1 in (arguments.workers or (1,)), workloads=arguments.workload,
        only_quick=chosen.only_quick and arguments.workload is None and arguments.group is None,
        parts={kind: names for kind in KINDS if (names := getattr(arguments, kind))}, size=arguments.size)
    cells = make_cells(subjects, request)
    left_out = 0 if request.micro else len(make_cells(subjects, replace(request, micro=True))) - len(cells)
    if left_out:
        print(f"stealyard: {left_out} cells are left out: a micro-benchmark has 1 worker, --workers names others", file=sys.stderr)
    samples, min_time_ms = arguments.samples or chosen.samples, _first(arguments.min_time_ms, chosen.min_time_ms)
    max_seconds = arguments.max_seconds or chosen.max_seconds
    blocks = arguments.blocks or blocks_that_fit(chosen.blocks, len(cells), samples, min_time_ms, max_seconds)
    plan = make_plan(cells, subjects, chosen, blocks=blocks, samples=samples, min_time_ms=min_time_ms,
                     seed=_first(arguments.seed, secrets.randbelow(2**31)), request=_plan_options(arguments))
    folder.create()
    with folder.locked():
        folder.refuse_contents()
        folder.make_blocks()
        environment = record_environment(subjects, build, skipped, probe)
        write_json(folder.environment_file, environment)
        write_json(folder.plan_file, plan)  # after the environment: a folder with a plan can be resumed
        print(f"{len(cells)} cells × {blocks} blocks into {folder.path} (seed {plan['seed']})", file=sys.stderr, flush=True)
        if spoils := [each["name"] for each in environment["doctor"] if each["state"] == "bad"]:
            print(f"stealyard: this will spoil numbers here: {', '.join(spoils)}; scripts/stealyard doctor says what mends it", file=sys.stderr)
        settings = run_settings(probe, arguments.timeout_seconds, max_seconds, _resume_command(folder, arguments))
        return _measure(folder, plan, subjects, settings, arguments)


def _star_workers(arguments: argparse.Namespace, chosen: profile) -> tuple[int, ...]:
    """The profile's; of what is asked for by name, all."""
    asked = arguments.workers is not None or arguments.workload is not None or arguments.group is not None
    return (arguments.workers or chosen.workers) if chosen.star_workers and asked else chosen.star_workers


def _resume(arguments: argparse.Namespace) -> int:
    folder = run_folder(pathlib.Path(arguments.resume))
    plan = folder.read_plan()
    for option, value in _plan_options(arguments).items():
        if plan.get("request", {}).get(option) != value:
            raise usage_error(f"--{option} {_shown(value)} is not what the run in {folder.path} was begun with "
                              f"({_shown(plan.get('request', {}).get(option))}); leave it out, or start a new run with --out")
    with folder.locked():
        environment = read_document(folder.environment_file, "environment")
        subjects, probe, _, _ = _executables(arguments, tuple(plan["subjects"]), arguments.subject or ())
        for each in subjects:
            recorded = (environment["subjects"].get(each.name) or {}).get("sha256")
            if recorded != each.fingerprint():
                raise usage_error(f"the executable of subject {each.name} is not the one that the run in {folder.path} began with: "
                                  "its numbers would not be comparable; start a new run with --out")
        folder.make_blocks()
        settings = run_settings(probe, arguments.timeout_seconds, arguments.max_seconds, _resume_command(folder, arguments))
        return _measure(folder, plan, subjects, settings, arguments)


def _executables(arguments: argparse.Namespace, wanted: tuple[str, ...] | None, paths: tuple[str, ...] = ()) \
        -> tuple[list[subject], pathlib.Path | None, build_folder | None, dict[str, str]]:
    """The subjects, the probe, the build they came from (None: none was needed), and the subjects left out with the reason."""
    given = dict(split_subject(text) for text in paths)
    named = {}
    for text in wanted or tuple(EXECUTABLES):
        name, path = (text, given.get(text)) if text in given else split_subject(text)
        if name in named:
            raise usage_error(f"--subject names {name} twice")
        named[name] = path
    for name in given:
        if name not in named:
            raise unknown_name("subject of this run", name, named)
    if arguments.probe is not None and not os.access(arguments.probe, os.X_OK):
        raise usage_error(f"--probe {arguments.probe}: there is no such executable")
    # Whatever can be refused is refused before minutes of compiling.
    theirs = {name: load_subject(name, path.resolve()) for name, path in named.items() if path is not None}
    needed = [EXECUTABLES[name] for name, path in named.items() if path is None]
    needed += ["stealyard-probe", "stealyard-topology"] if arguments.probe is None else []
    build = build_folder(arguments.build, "release") if needed else None
    if build is not None and not arguments.no_build:
        if not theirs:
            _refuse_unknown_names(arguments, build)
        build.build(needed)
    skipped: dict[str, str] = {}
    subjects = []
    for name in named:
        executable = theirs[name].executable if name in theirs else build.find(EXECUTABLES[name])
        if executable is None:
            reason = f"{EXECUTABLES[name]} is not in {build.path}" + (" (is go installed? run scripts/setup)" if name == "go" else "")
            if wanted is not None or name == "stealyard":
                raise usage_error(f"subject {name}: {reason}")
            skipped[name] = reason
            print(f"stealyard: subject {name} is left out: {reason}", file=sys.stderr)
            continue
        subjects.append(theirs.get(name) or load_subject(name, executable.resolve()))
    probe = pathlib.Path(arguments.probe) if arguments.probe is not None else build.find("stealyard-probe")
    return subjects, probe.resolve() if probe else None, build, skipped


def _refuse_unknown_names(arguments: argparse.Namespace, build: build_folder) -> None:
    """What was built is asked again: it may register variants from outside the tree."""
    for name in arguments.workload or ():
        if name not in (known := known_names.workloads()):
            raise unknown_name("workload", name, known)
    if build.has_variants_from_outside:
        return
    for kind in KINDS:
        for name in getattr(arguments, kind) or ():
            if name not in (known := known_names.variants(kind)):
                if not known:
                    raise usage_error(f"--{kind} is not accepted: there is no variant of that kind")
                raise unknown_name(kind, name, known)


def _measure(folder: run_folder, plan: dict[str, Any], subjects: list[subject], settings: run_settings,
             arguments: argparse.Namespace) -> int:
    try:
        outcome = measure_missing(folder, plan, {each.name: each for each in subjects}, settings)
    except interruption.interrupted as signal_name:
        interruption.ignore_from_now_on()
        result = folder.write_result(plan)
        print(f"stealyard: stopped by {signal_name}; {len(result['measurements'])} measurements are kept, {len(result['missing'])} are "
              f"missing; continue with:\n  {_resume_command(folder, arguments)}", file=sys.stderr)
        return STATUS_INTERRUPTED
    with interruption.held_back():
        result = folder.write_result(plan)
    return _conclude(folder, result, outcome, arguments)


def _conclude(folder: run_folder, result: dict[str, Any], outcome: run_outcome, arguments: argparse.Namespace) -> int:
    measurements = result["measurements"]
    applicable = [document for document in measurements if not is_not_applicable(document)]
    bad = [document for document in applicable if why_unusable(document)]
    not_applicable = len({document["cell"] for document in measurements} - {document["cell"] for document in applicable})
    extra = f", {not_applicable} cells not applicable" if not_applicable else ""
    print(f"{len(applicable) - len(bad)} measurements, {len(bad)} wrong or failed{extra}: {folder.result_file}")
    if outcome.out_of_time:
        print(f"stealyard: time is up with {len(result['missing'])} measurements missing; continue with:\n"
              f"  {_resume_command(folder, arguments)}", file=sys.stderr)
    if bad:
        print(f"stealyard: {len(bad)} measurements are wrong or failed, the first: block {bad[0]['block']} {bad[0]['cell']}: "
              f"{why_unusable(bad[0])}", file=sys.stderr)
        return STATUS_CHECK_FAILED
    return 0


def _resume_command(folder: run_folder, arguments: argparse.Namespace) -> str:
    words = ["scripts/stealyard", "bench", "--resume", str(folder.path)]
    paths = [text for text in arguments.subject or () if "=" in text]
    for flag, value in (("--subject", ",".join(paths)), ("--build", arguments.build), ("--probe", arguments.probe)):
        words += [flag, value] if value else []
    words += ["--no_build"] if arguments.no_build else []
    return shlex.join(words)


def _plan_options(arguments: argparse.Namespace) -> dict[str, Any]:
    given = {option: getattr(arguments, option) for option in PLAN_OPTIONS}
    return {option: list(value) if isinstance(value, tuple) else value for option, value in given.items() if value is not None}


def _first(*values: Any) -> Any:
    return next(value for value in values if value is not None)


def _shown(value: Any) -> str:
    return "not given" if value is None else ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _default_out(profile_name: str) -> pathlib.Path:
    path = REPOSITORY / "build" / "results" / f"{now().replace(':', '').replace('-', '')}-{profile_name}"
    return path.relative_to(pathlib.Path.cwd()) if path.is_relative_to(pathlib.Path.cwd()) else path
