"""scripts/stealyard topology: what the program stealyard-topology prints, drawn or with measured distances where asked for."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

from ..build_folder import REPOSITORY, build_folder
from ..errors import unknown_name, usage_error
from ..probing import no_matrix, probe_matrix
from ..terminal import fitted, help_width, table_text, width
from .plot import find_python

ABOUT = "packages, NUMA nodes, caches, cores and CPUs; placements, steal order, distances; text, JSON, XML or a drawing"
SWITCHES = ("--json", "--export", "--measure", "--help")  # flags without a value
FLAGS = ("--xml", "--synthetic", "--workers", "--policy", "--svg", "--build", *SWITCHES)
HELP = """
scripts/stealyard adds:
  --svg FILE                  draw it (FILE.svg or FILE.png): what shares what, the pin map, the steal order
  --measure                   also bounce a cache line between every two CPUs, and show the round trips
  --build DIR                 the build folder (default: STEALYARD_BUILD, else build/release)

examples:
  scripts/stealyard topology                                                this machine
  scripts/stealyard topology --measure --svg machine.svg                    drawn, with measured distances
  scripts/stealyard topology --synthetic "pack:2 numa:2 l3:1 core:4 pu:2" --workers 8 --policy scatter --svg made_up.svg
  scripts/stealyard topology --json | jq .fingerprint
"""


def taken(words: list[str], flag: str) -> tuple[str | None, list[str]]:
    """The flag's value, and the words without both."""
    for at, word in enumerate(words):
        if word == flag:
            if at + 1 == len(words):
                raise usage_error(f"{flag} needs a value")
            return words[at + 1], words[:at] + words[at + 2:]
        if word.startswith(flag + "="):
            return word.removeprefix(flag + "="), words[:at] + words[at + 1:]
    return None, words


def refuse_unknown(words: list[str]) -> None:
    """Before anything is built for it. What the values may be, stealyard-topology knows."""
    rest = iter(words)
    for word in rest:
        flag, equals, _ = word.partition("=")
        if not word.startswith("-"):
            raise usage_error(f"unexpected argument '{word}'; see scripts/stealyard topology --help")
        if flag not in (*FLAGS, "-h"):
            raise unknown_name("flag", flag, FLAGS)
        if flag not in (*SWITCHES, "-h") and not equals and next(rest, None) is None:
            raise usage_error(f"{flag} needs a value")


def run_with(words: list[str]) -> int:
    refuse_unknown(words)
    given, words = taken(words, "--build")
    drawing, words = taken(words, "--svg")
    measuring = "--measure" in words
    words = [word for word in words if word != "--measure"]
    build = build_folder(given, "release")
    build.build(["stealyard-topology", *(["stealyard-probe"] if measuring else [])])
    executable = build.find("stealyard-topology")
    if executable is None:
        raise usage_error(f"stealyard-topology is not in {build.path}")
    if drawing is None and not measuring:
        return plainly(executable, words)
    if any(word.split("=")[0] in ("--export", "--help", "-h") for word in words):
        raise usage_error("--svg and --measure exclude --export and --help")
    done = subprocess.run([executable, *(word for word in words if word != "--json"), "--json"], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        return done.returncode
    shown = json.loads(done.stdout)
    if measuring:
        shown["round_trips"] = measured(shown, build)
    if drawing is not None:
        return draw(shown, pathlib.Path(drawing))
    if "--json" in words:
        print(json.dumps(shown, indent=2))
        return 0
    sys.stdout.write(subprocess.run([executable, *words], stdout=subprocess.PIPE, text=True, check=True).stdout)
    print("\nround trips of a cache line, ns\n" + matrix_text(shown["round_trips"]))
    return 0


def plainly(executable: pathlib.Path, words: list[str]) -> int:
    if "--help" in words or "-h" in words:
        theirs = subprocess.run([executable, "--help"], stdout=subprocess.PIPE, text=True, check=True).stdout.rstrip()
        print(fitted(f"{theirs}\n{HELP}", help_width()), end="")
        return 0
    sys.stdout.flush()
    os.execv(executable, ["stealyard-topology", *words])


def measured(shown: dict[str, object], build: build_folder) -> dict[str, object]:
    if not shown["is_this_machine"]:
        raise usage_error(f"--measure is not accepted with {shown['origin']}: only this machine can be measured")
    try:
        return probe_matrix(build.find("stealyard-probe"))
    except no_matrix as reason:
        raise usage_error(str(reason)) from None


def matrix_text(trips: dict[str, object]) -> str:
    cpus = [str(cpu) for cpu in trips["cpus"]]
    rows = [("cpu", *cpus)]
    rows += [(cpu, *("-" if not value else f"{value:.0f}" for value in row)) for cpu, row in zip(cpus, trips["round_trip_ns"])]
    return table_text(rows, width())


def draw(shown: dict[str, object], out: pathlib.Path) -> int:
    return subprocess.run([find_python(), str(REPOSITORY / "scripts" / "plot_topology.py"), str(out)], input=json.dumps(shown), text=True,
                          check=False).returncode
