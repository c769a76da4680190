"""scripts/test: lint, build, and every suite, in one configuration a commit or in all of them."""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import time

import children
import configurations
import suites
import tally
from configurations import configuration

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts"))
from stealyard_tools.arguments import one_line_parser, whole_number  # noqa: E402
from stealyard_tools.errors import refusal  # noqa: E402

SYMBOLIZER = "/usr/bin/llvm-symbolizer-19"

ABOUT = """\
Runs what CI runs: lint, the build, and every suite, in one of {plain, asan, tsan} x {g++, clang-19}, which rotates by commit.
The model-checking executables are never sanitized: where the configuration is, they get a plain build beside it.
Each part prints what it took of its budget (2 cores); over budget is a defect to mend, never a failure.
The last line is `N passed, N failed, N skipped`.
"""
EXIT = "exit status: 0 all passed, 1 something failed, 2 usage, 3 nothing was run, 130 interrupted"


def names(known: tuple[str, ...], what: str):
    def split(text: str) -> list[str]:
        for word in text.split(","):
            if word not in known:
                raise argparse.ArgumentTypeError(f"unknown {what} '{word}'; known: {', '.join(known)}")
        return list(dict.fromkeys(text.split(",")))
    return split


def parse(words: list[str]) -> argparse.Namespace:
    parser = one_line_parser(prog="scripts/test", description=ABOUT, epilog=EXIT)
    parser.add_argument("--full", action="store_true", help="every configuration, tsan-go, perturbed and clang-tidy on every file included")
    parser.add_argument("--config", metavar="NAMES", type=names(tuple(configurations.SANITIZERS), "configuration"),
                        help=f"instead of the commit's: {', '.join(configurations.SANITIZERS)}")
    parser.add_argument("--compiler", metavar="NAMES", type=names(tuple(configurations.COMPILERS), "compiler"),
                        help=f"instead of the commit's: {', '.join(configurations.COMPILERS)}")
    parser.add_argument("--suite", metavar="NAMES", type=names(suites.NAMES, "suite"),
                        help=f"only these suites: {', '.join(suites.NAMES)}")
    parser.add_argument("--build_root", metavar="DIR", type=pathlib.Path, default=REPOSITORY / "build", help="where builds go (default: build)")
    parser.add_argument("--jobs", metavar="N", type=whole_number(1, 1024), default=len(os.sched_getaffinity(0)),
                        help="how many at a time (default: the CPUs)")
    arguments = parser.parse_all(words)
    if arguments.full and (arguments.config or arguments.compiler):
        parser.error("--full is every configuration: it goes with neither --config nor --compiler")
    if arguments.build_root.exists() and not arguments.build_root.is_dir():
        parser.error(f"--build_root {arguments.build_root} is a file; a folder is accepted")
    return arguments


def chosen_configurations(arguments: argparse.Namespace) -> tuple[list[configuration], str]:
    if arguments.full:
        return configurations.every(), "--full"
    turn, why = configurations.by_commit(configurations.head(str(REPOSITORY)))
    if arguments.config or arguments.compiler:
        why = "by flag"
    sanitizers = arguments.config or [turn.sanitizer]
    # In that order, since a plain build that comes first serves the suites that are never sanitized.
    ordered = [sanitizer for sanitizer in configurations.SANITIZERS if sanitizer in sanitizers]
    return [configuration(sanitizer, compiler) for compiler in arguments.compiler or [turn.compiler] for sanitizer in ordered], why


def clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


class test_run:
    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self.total = tally.tally()
        self.over_budget: list[str] = []
        self.root: pathlib.Path = arguments.build_root
        self.built: set[str] = set()  # presets of which everything is built

    def wants(self, name: str) -> bool:
        return self.arguments.suite is None or name in self.arguments.suite

    def lint(self) -> None:
        start = time.monotonic()
        log = self.root / "lint.log"
        command = [sys.executable, "-B", str(REPOSITORY / "scripts/lint/run"), "--build_root", str(self.root), *(["--full"] if self.arguments.full else [])]
        status = children.run(command, log)
        said = log.read_text(encoding="utf-8")
        found = tally.tally()
        for verdict, name, rest in re.findall(r"^(ok|FAILED|skipped) (\w+)(.*)$", said, re.MULTILINE):
            if verdict == "skipped":
                found.skipped.append(f"lint {name}{rest}")
            else:
                found.check(f"lint {name}", verdict == "ok")
        if status not in (0, 1) or (status == 1) != bool(found.failed) or not found.count:
            found.check(f"lint ended with status {status}", False)
        self.report("lint", found, time.monotonic() - start, suites.LINT_BUDGET)
        if found.failed:
            print(tally.tail("\n".join(line for line in said.splitlines() if not line.startswith("ok "))))

    def build(self, chosen: configuration, only_for: list[suites.suite] | None = None) -> bool:
        """Everything, or what those suites run. Whatever fails, the rest is built, so that its tests run. False: not configured."""
        start = time.monotonic()
        folder = self.root / chosen.preset
        log = folder / "configure.log"
        configure = ["cmake", "--preset", chosen.preset, "-B", str(folder), "-S", str(REPOSITORY)]
        # A cache from another machine or compiler is thrown away, but only when it is in the way.
        configured = children.run(configure, log) == 0 or children.run([*configure, "--fresh"], log) == 0
        status = 0 if configured else 1
        targets = self.targets(folder, only_for) if configured and only_for else []
        if configured and only_for and not targets:
            return True
        if configured:
            log = folder / "build.log"
            status = children.run(["ninja", "-C", str(folder), "-k", "0", "-j", str(self.arguments.jobs), *targets], log)
        name = f"build of {chosen}"
        found = tally.tally()
        found.check(name, status == 0)
        self.report(name, found, time.monotonic() - start, suites.BUILD_BUDGET)
        if status != 0:
            text = log.read_text(encoding="utf-8")
            errors = [line for line in text.splitlines() if re.search(r"(^FAILED|error:|Error)", line)]
            print("\n".join(errors[:30]) or tally.tail(text), f"the whole output: {log}", sep="\n", flush=True)
        return configured

    def targets(self, folder: pathlib.Path, wanted: list[suites.suite]) -> list[str]:
        """What begins as the plain-only suites' targets do, and every file of the build that a test of theirs is given."""
        listed = subprocess.run(["ninja", "-C", str(folder), "-t", "targets", "all"], capture_output=True, text=True, check=False).stdout
        known = {line.partition(":")[0] for line in listed.splitlines()}
        given: set[str] = set()
        for each in wanted:
            shown = subprocess.run(["ctest", "--test-dir", str(folder), "--show-only=json-v1", *suites.selection(each)],
                                   capture_output=True, text=True, check=False).stdout
            words = (word for test in json.loads(shown)["tests"] for word in test.get("command", []))
            given |= {os.path.relpath(path, folder) for word in words if os.path.isabs(path := word.rpartition("=")[2])}
        return sorted(name for name in known if name.startswith(suites.PLAIN_TARGETS) or name in given)

    def suite(self, chosen: configuration, suite: suites.suite) -> None:
        folder = self.root / chosen.preset
        start = time.monotonic()
        selected = suites.selection(suite)
        counted = subprocess.run(["ctest", "--test-dir", str(folder), "-N", *selected], capture_output=True, text=True, check=False)
        expected = re.search(r"Total Tests: (\d+)", counted.stdout)
        if expected is None:
            self.total.check(f"{suite.name}: ctest cannot list its tests in {folder}: {counted.stderr.strip()[-200:]}", False)
            return
        if int(expected[1]) == 0:
            print(f"{suite.name} of {chosen}: no test is registered", flush=True)
            return
        junit = folder / "house" / f"{suite.name}.xml"
        junit.parent.mkdir(parents=True, exist_ok=True)
        junit.unlink(missing_ok=True)
        children.run(["ctest", "--test-dir", str(folder), *selected, "-j", str(self.arguments.jobs), "--output-junit", str(junit),
                      "--test-output-size-passed", "1000000", "--no-tests=ignore"], junit.with_suffix(".log"))
        result = tally.read_ctest(junit, int(expected[1]), f"{suite.name} of {chosen}")
        self.report(f"{suite.name} of {chosen}", result.counts, time.monotonic() - start, suite.budget)
        for name, output in result.outputs.items():
            command = shlex.join(["ctest", "--test-dir", str(folder), "-R", f"^{re.escape(name)}$", "--output-on-failure"])
            print(f"--- {name}, again by: {command}\n{tally.tail(output)}\n---", flush=True)

    def report(self, name: str, found: tally.tally, seconds: float, budget: int) -> None:
        self.total.add(found)
        over = seconds > budget and not self.arguments.full
        if over:
            self.over_budget.append(f"{name} took {clock(seconds)}, its budget is {clock(budget)}")
        print(f"{name}: {found} in {clock(seconds)} of {clock(budget)}{' OVER BUDGET' if over else ''}", flush=True)

    def configuration(self, chosen: configuration) -> None:
        wanted = [each for each in suites.SUITES if self.wants(each.name)]
        if not wanted:
            return
        here = [each for each in wanted if chosen.plain or not each.plain_only]
        elsewhere = [each for each in wanted if each not in here]
        if here:
            self.run_in(chosen, here, whole=True)
        if elsewhere and not self.arguments.full:  # under --full the plain build has its own turn
            self.run_in(configuration("plain", chosen.compiler), elsewhere, whole=False)

    def run_in(self, chosen: configuration, wanted: list[suites.suite], *, whole: bool) -> None:
        """A preset that was built whole in this run is complete: its suites ran."""
        if chosen.preset in self.built:
            return
        if whole:
            self.built.add(chosen.preset)
        if self.build(chosen, None if whole else wanted):
            for each in wanted:
                self.suite(chosen, each)


def summary(run: test_run, seconds: float) -> None:
    for line in run.total.told_skips():
        print(f"skipped: {line}")
    for line in run.over_budget:
        print(f"defect: {line}")
    for line in run.total.failed:
        print(f"failed: {line}")
    print(f"{clock(seconds)} in all")
    print(run.total, flush=True)


def main(words: list[str]) -> int:
    arguments = parse(words)
    children.stop_on_signals()
    os.chdir(REPOSITORY)
    start = time.monotonic()
    run = test_run(arguments)
    try:
        if subprocess.run([REPOSITORY / "scripts/setup", "--for", "test"], check=False).returncode != 0:
            run.total.check("setup", False)
            print(run.total)
            return 1
        if os.access(SYMBOLIZER, os.X_OK):
            for sanitizer in ("ASAN", "UBSAN", "TSAN"):
                os.environ.setdefault(f"{sanitizer}_SYMBOLIZER_PATH", SYMBOLIZER)
        chosen, why = chosen_configurations(arguments)
        print(f"configuration: {', '.join(map(str, chosen))} ({why})", flush=True)
        if run.wants(suites.LINT):
            run.lint()
        for each in chosen:
            run.configuration(each)
    except children.stopped as signal_number:
        print(f"test: stopped by signal {signal_number.args[0]}; what had ended by then:", file=sys.stderr)
        summary(run, time.monotonic() - start)
        return 130
    except OSError as error:
        print(f"test: {error.filename}: {error.strerror}", file=sys.stderr)
        run.total.check(f"the run itself: {error}", False)
    summary(run, time.monotonic() - start)
    if not run.total.count:
        print("test: nothing was run", file=sys.stderr)
        return 3
    return 1 if run.total.failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except refusal as reason:
        print(f"test: {reason}", file=sys.stderr)
        sys.exit(reason.status)
