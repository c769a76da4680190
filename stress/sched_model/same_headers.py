#!/usr/bin/env python3
"""Fails unless the model compiles the very scheduler headers that the runtime compiles.

same_headers.py BUILD TARGET: asks the compiler, with the commands of BUILD/compile_commands.json, which headers the scenarios of TARGET
include, and which the runtime's run.cpp and a user of core/go.hpp; and compares those of core/sched and core/go.
"""
import json
import os
import pathlib
import shlex
import subprocess
import sys

CHECKED = ("biased_lock", "next_slot", "private_slots", "global_queue", "worker", "worker_loop", "scheduler", "rest_count", "waiter",
           "task", "wait_group_core", "chan_core", "chan_base", "mutex_core", "rw_mutex_core", "once_core", "cond_core", "semaphore_core",
           "timer_core", "timer_home", "timers", "select_core", "idle_in_use")

RUNTIME = ("core/go/run.cpp", "core/go/timer.cpp", "stress/go/support.cpp")  # the units that include them


def headers(entry: dict) -> dict[str, pathlib.Path]:
    """Header stem -> where it really lies, of those under test."""
    words = shlex.split(entry["command"])
    while words and os.path.basename(words[0]) == "ccache":
        words.pop(0)
    at = words.index("-o")
    words = words[:at] + words[at + 2:] + ["-M", "-MT", "x"]
    words = [w for i, w in enumerate(words) if w not in ("-MD", "-c") and not (w == "-MF" or (i and words[i - 1] == "-MF"))]
    made = subprocess.run(words, cwd=entry["directory"], capture_output=True, text=True, check=True).stdout
    found = {}
    for name in made.replace("\\\n", " ").split()[1:]:
        path = pathlib.Path(entry["directory"], name).resolve()
        if path.stem in CHECKED and path.suffix == ".hpp" and path.parent.name in ("sched", "go"):
            if path.stem in found and found[path.stem] != path:
                raise SystemExit(f"two headers {path.name}: {found[path.stem]} and {path}")
            found[path.stem] = path
    return found


def all_headers(entries: list[dict]) -> dict[str, pathlib.Path]:
    if not entries:
        raise SystemExit("compile_commands.json has none of the units asked for")
    found: dict[str, pathlib.Path] = {}
    for entry in entries:
        for stem, path in headers(entry).items():
            if found.setdefault(stem, path) != path:
                raise SystemExit(f"two headers {path.name}: {found[stem]} and {path}")
    return found


def main() -> int:
    build, target = sys.argv[1:3]
    commands = json.loads(pathlib.Path(build, "compile_commands.json").read_text())
    in_model = all_headers([c for c in commands if c["file"].endswith("scenarios.cpp") and f"/{target}.dir/" in c["command"]])
    in_runtime = all_headers([c for c in commands if os.path.normpath(c["file"]).endswith(RUNTIME)])
    wrong = [stem for stem in CHECKED if in_model.get(stem) is None or in_model.get(stem) != in_runtime.get(stem)]
    for stem in wrong:
        print(f"{stem}.hpp: the model has {in_model.get(stem)}, the runtime {in_runtime.get(stem)}")
    print(f"{len(CHECKED) - len(wrong)} of {len(CHECKED)} headers are the same files")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
