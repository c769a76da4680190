"""scripts/stealyard topology: what the program stealyard-topology prints; every argument is passed on to it."""

from __future__ import annotations

import os
import sys

from ..build_folder import build_folder
from ..errors import usage_error

ABOUT = "packages, NUMA nodes, caches, cores and CPUs, discovered or loaded (arguments go to stealyard-topology)"

SWITCHES = ("--json", "--export", "--svg", "--measure", "--help")  # flags without a value
FLAGS = ("--xml", "--synthetic", "--workers", "--policy", "--build", *SWITCHES)


def run_with(words: list[str], build_given: str | None) -> int:
    build = build_folder(build_given, "release")
    build.build(["stealyard-topology"])
    executable = build.find("stealyard-topology")
    if executable is None:
        raise usage_error(f"stealyard-topology is not in {build.path}")
    sys.stdout.flush()
    os.execv(executable, ["stealyard-topology", *words])
