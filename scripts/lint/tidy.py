"""clang-tidy on the sources of core that a build knows: some of what this commit changed, and a share of the rest; --full: on all sources.

Headers are seen through the sources that include them. Only a configured build is needed, none that was built. How many are looked
at is a number, not a time: the verdict on a commit is the same on every machine.
"""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

from settings import settings
from tree import finding, skipped, tree

ABOUT = "clang-tidy-19 finds nothing in what changed, and in this commit's share of the rest"
TAKES_SETTINGS = True
TOOL = "clang-tidy-19"
# Sources of core a commit: 5 to 15 s of processor time each, of the minute that lint has. The units of the suites take up to minutes
# (they instantiate every combination): --full.
CHANGED, SHARE = 2, 2
WARNING = re.compile(r"^(?P<path>[^:\n]+):(?P<line>\d+):\d+: (?:warning|error): (?P<text>.*)$", re.MULTILINE)


def check(of: tree, given: settings) -> list[finding]:
    if shutil.which(TOOL) is None:
        raise skipped(f"no {TOOL}; run scripts/setup")
    with tempfile.TemporaryDirectory() as folder:
        units = configured_units(of.root, pathlib.Path(folder), given.build_root)
        chosen = units if given.full else in_turn(of, sorted(unit for unit in units if unit.startswith("core/")))
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            found = [each for result in pool.map(lambda path: run(of.root, pathlib.Path(folder), path), chosen) for each in result]
    return sorted(set(found), key=str)


def configured_units(root: pathlib.Path, folder: pathlib.Path, build_root: pathlib.Path) -> list[str]:
    """Sources of core, variants, stress and bench that some configured build knows; their commands go into `folder`."""
    database = []
    for file in sorted(build_root.glob("dev*/compile_commands.json")):
        try:
            database = json.loads(file.read_text(encoding="utf-8"))
            break
        except (OSError, json.JSONDecodeError):
            continue
    if not database:
        command = ["cmake", "--preset", "dev", "-S", str(root), "-B", str(folder / "build")]
        if subprocess.run(command, cwd=root, capture_output=True, check=False).returncode != 0:
            raise skipped("no build is configured and `cmake --preset dev` fails")
        database = json.loads((folder / "build/compile_commands.json").read_text(encoding="utf-8"))
    chosen = []
    for entry in database:
        path = pathlib.Path(entry["file"])
        if path.is_relative_to(root) and str(path.relative_to(root)).startswith(("core/", "stress/", "bench/")):
            chosen.append(str(path.relative_to(root)))
    # g++'s own flags, and headers that it precompiled, mean nothing to clang.
    for entry in database:
        entry["command"] = re.sub(r"\s-(?:Wno-interference-size|Wno-invalid-memory-model|Wno-maybe-uninitialized|Wno-restrict|Winvalid-pch|include \S+/cmake_pch\.hxx)\b", "", entry.get("command", ""))
    (folder / "compile_commands.json").write_text(json.dumps(database), encoding="utf-8")
    return list(dict.fromkeys(chosen))


def in_turn(of: tree, units: list[str]) -> list[str]:
    """Of what HEAD and the working tree changed, and of the rest, so many each, begun at another place for every commit."""
    def git(*words: str) -> str:
        return subprocess.run(["git", "-C", str(of.root), *words], capture_output=True, text=True, check=False).stdout

    changed = set(git("diff", "--name-only", "HEAD~1").split())
    turn = int(git("rev-parse", "HEAD").strip() or "0", 16)
    return (share([unit for unit in units if unit in changed], CHANGED, turn)
            + share([unit for unit in units if unit not in changed], SHARE, turn))


def share(units: list[str], count: int, turn: int) -> list[str]:
    start = turn % len(units) if units else 0
    return (units[start:] + units[:start])[:count]


def run(root: pathlib.Path, database: pathlib.Path, path: str) -> list[finding]:
    done = subprocess.run([TOOL, "--quiet", "-p", str(database), str(root / path)], cwd=root, capture_output=True, text=True, check=False)
    found = []
    for match in WARNING.finditer(done.stdout):
        where = pathlib.Path(match["path"])
        shown = str(where.relative_to(root)) if where.is_relative_to(root) else match["path"]
        found.append(finding(shown, int(match["line"]), match["text"]))
    if done.returncode != 0 and not found:
        found.append(finding(path, 0, f"{TOOL} ended with status {done.returncode}: {' '.join(done.stderr.split())[-300:]}"))
    return found
