"""scripts/stealyard stress: the tests of a kind, a variant or an instrument, through ctest."""

from __future__ import annotations

import argparse
import pathlib
import re
import subprocess

from ..arguments import KINDS, add_build_flags, add_jobs_flag, comma_list
from ..build_folder import build_folder
from ..errors import STATUS_CHECK_FAILED, nothing_matched, unknown_name, usage_error
from ..registered_tests import registered_tests
from .list import read_variants
from .verify import INSTRUMENTS

ABOUT = "conformance, property and model tests of variants, and the rest of the suite"
EPILOG = """\
examples:
  scripts/stealyard stress                                            everything
  scripts/stealyard stress --variant chase_lev                        every test of one variant
  scripts/stealyard stress --kind parker --instrument model           Relacy on every parking strategy
  scripts/stealyard stress --filter 'post_switch' --list              which tests would run
  scripts/stealyard stress --build build/asan                         under AddressSanitizer

exit status: 0 all passed, 1 a test failed, 2 usage, 3 nothing matched
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kind", metavar="NAMES", type=comma_list(), help=f"only tests of these kinds: {', '.join(KINDS)}")
    parser.add_argument("--variant", metavar="NAMES", type=comma_list(), help="only tests of these variants")
    parser.add_argument("--instrument", metavar="NAMES", type=comma_list(), help="only these instruments (ctest labels), such as model")
    parser.add_argument("--filter", metavar="REGEX", help="only tests whose name matches")
    parser.add_argument("--list", action="store_true", help="list the tests, run none")
    add_jobs_flag(parser, "tests at a time", most=1024, usual=1024)
    add_build_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    build = build_folder(arguments.build, "dev")
    if not arguments.no_build:
        build.refresh()
    selection = _selection(arguments, build)
    labels = _labels(build)
    for name in arguments.instrument or ():
        if name not in labels:
            raise unknown_name("instrument", name, [label for label in labels if "." not in label])
    matched = subprocess.run([*_ctest(build), *selection, "-N"], capture_output=True, text=True, check=False)
    if "RegularExpression::compile" in matched.stdout + matched.stderr:
        raise usage_error(f"--filter '{arguments.filter}' is not accepted: a regular expression as ctest takes it is")
    count = re.search(r"Total Tests: (\d+)", matched.stdout)
    if count is None:
        raise usage_error(f"ctest found no tests in {build.path}: {(matched.stderr or matched.stdout).strip()[-200:]}")
    if int(count[1]) == 0:
        raise nothing_matched(f"no test in {build.path} matches the filters")
    if arguments.list:
        print("\n".join(re.findall(r"^\s*Test\s+#\d+: (.*)$", matched.stdout, re.MULTILINE)))
        return 0
    if not arguments.no_build:
        build.build(needed_targets(build, selection))
    done = subprocess.run([*_ctest(build), *selection, "--output-on-failure", "-j", str(arguments.jobs)], check=False)
    return STATUS_CHECK_FAILED if done.returncode else 0


def _ctest(build: build_folder) -> list[str]:
    return ["ctest", "--test-dir", str(build.path)]


def needed_targets(build: build_folder, selection: list[str]) -> list[str]:
    """The executables that the selected tests run; none, which is everything, where a test does not say what it needs."""
    needed = set()
    for test in registered_tests(build, selection=selection):
        if test.instrument in INSTRUMENTS and any("." in label for label in test.labels):  # of one variant
            needed.add(INSTRUMENTS[test.instrument][0])
            continue
        named = {path.name for word in test.command if (path := pathlib.Path(word.rpartition("=")[2])).is_relative_to(build.path)
                 and path.name.startswith("stealyard-")}
        if not named:
            return []
        needed |= named
    return sorted(needed)


def _selection(arguments: argparse.Namespace, build: build_folder) -> list[str]:
    """ctest takes several -L and wants all of them."""
    selection = []
    if arguments.kind or arguments.variant:
        variants = read_variants(build)
        for kind in arguments.kind or ():
            if kind not in KINDS:
                raise unknown_name("kind", kind, KINDS)
        for name in arguments.variant or ():
            if name not in {variant["name"] for variant in variants}:
                raise unknown_name("variant", name, {variant["name"] for variant in variants})
    if arguments.kind:
        selection += ["-L", f"^({'|'.join(map(re.escape, arguments.kind))})$"]
    if arguments.variant:
        selection += ["-L", rf"\.({'|'.join(map(re.escape, arguments.variant))})$"]
    if arguments.instrument:
        selection += ["-L", f"^({'|'.join(map(re.escape, arguments.instrument))})$"]
    if arguments.filter is not None:
        selection += ["-R", arguments.filter]
    return selection


def _labels(build: build_folder) -> list[str]:
    listed = subprocess.run([*_ctest(build), "--print-labels"], capture_output=True, text=True, check=False).stdout
    return re.findall(r"^  (\S+)$", listed, re.MULTILINE)
