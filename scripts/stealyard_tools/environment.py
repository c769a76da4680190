"""Where a run was made: machine, kernel, compilers, libraries, sources. Nothing here may stop a run.

What cannot be learnt is null, and `absent` says why under the field's dotted name. No host name and no path is recorded: results
are published.
"""

from __future__ import annotations

import functools
import json
import os
import pathlib
import platform
import re
import subprocess
from collections.abc import Callable, Iterable
from typing import Any

from .build_folder import build_folder
from .cpu_quota import tightest
from .errors import one_line
from .json_schema import load_schema
from .machine_checks import examine, machine_files
from .planning import now
from .probing import no_matrix, probe_matrix
from .subjects import subject

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
CPU_FOLDER = pathlib.Path("/sys/devices/system/cpu")
LIBRARY_PACKAGES = ("libhwloc-dev", "libbenchmark-dev", "librapidcheck-dev", "relacy-dev", "libgtest-dev", "libboost-context1.81-dev",
                    "libfmt-dev", "nlohmann-json3-dev", "libcli11-dev", "libc6", "libstdc++6")
COMMAND_SECONDS = 20


class unknown(Exception):
    """The reason why a field is null."""


def record_environment(subjects: Iterable[subject], build: build_folder | None, skipped: dict[str, str],
                       probe: pathlib.Path | None = None) -> dict[str, Any]:
    """`skipped`: subjects that were wanted and could not be had, with the reason."""
    absent = {f"subjects.{name}": reason for name, reason in skipped.items()}

    def field(name: str, learn: Callable[[], Any]) -> Any:
        try:
            return learn()
        except unknown as reason:
            absent[name] = str(reason)
        except Exception as error:  # a machine stranger than foreseen is still worth a measurement
            absent[name] = one_line(f"{type(error).__name__}: {error}")
        return None

    def group(name: str, learners: dict[str, Callable[[], Any]]) -> dict[str, Any]:
        return {key: field(f"{name}.{key}", learn) for key, learn in learners.items()}

    return {
        "schema": load_schema("environment")["title"], "recorded": now(),
        "machine": group("machine", MACHINE),
        "hwloc_xml": field("hwloc_xml", hwloc_xml),
        "topology": field("topology", lambda: topology(build)),
        "round_trips": field("round_trips", lambda: round_trips(probe)),
        "tools": group("tools", {name: lambda name=name: first_line(name, "version" if name == "go" else "--version") for name in
                                 ("g++", "clang++-19", "cmake", "go", "ld")} | {"python": platform.python_version}),
        "libraries": group("libraries", {name: lambda name=name: package_version(name) for name in LIBRARY_PACKAGES}),
        "git": group("git", {"commit": lambda: git("rev-parse", "HEAD"), "changed_files": changed_files}),
        "build": group("build", {"cmake": lambda: build_settings(build)}),
        "subjects": {each.name: {"version": each.listing["version"], "executable": each.executable.name, "sha256": each.fingerprint()}
                     for each in subjects} | {name: None for name in skipped},
        "doctor": [each.as_json() for each in examine(machine_files("/", pause_seconds=0.2))],
        "absent": absent,
    }


def output_of(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=COMMAND_SECONDS, check=False,
                              cwd=REPOSITORY)
    except FileNotFoundError:
        raise unknown(f"{command[0]} is not installed") from None
    if done.returncode != 0:
        raise unknown(f"{command[0]} failed (exit {done.returncode}): {one_line(done.stderr)}")
    return done.stdout.strip()


def first_line(*command: str) -> str:
    return output_of(*command).splitlines()[0]


def content(path: str | pathlib.Path) -> str:
    try:
        return pathlib.Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError as error:
        raise unknown(f"{path}: {error.strerror}") from None


def cpu_model() -> str:
    match = re.search(r"^(?:model name|Model|cpu model)\s*:\s*(.+)$", content("/proc/cpuinfo"), re.MULTILINE)
    if match is None:
        raise unknown("/proc/cpuinfo names no model")
    return match[1]


def memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def operating_system() -> str:
    return platform.freedesktop_os_release()["PRETTY_NAME"]


def governor() -> str:
    return content(CPU_FOLDER / "cpu0/cpufreq/scaling_governor")


def virtualised() -> bool:
    return " hypervisor" in content("/proc/cpuinfo")


def cgroup_quota() -> str:
    quota = tightest(machine_files())
    return f"{quota.cpus:g} CPUs" if quota else "none"


MACHINE: dict[str, Callable[[], Any]] = {
    "architecture": platform.machine,
    "cpu_model": cpu_model,
    "cpus_online": lambda: content(CPU_FOLDER / "online"),
    "cpus_allowed": lambda: sorted(os.sched_getaffinity(0)),
    "cgroup_cpu_quota": cgroup_quota,
    "smt": lambda: content(CPU_FOLDER / "smt/control"),
    "governor": governor,
    "virtualised": virtualised,
    "memory_bytes": memory_bytes,
    "transparent_huge_pages": lambda: content("/sys/kernel/mm/transparent_hugepage/enabled"),
    "clock_source": lambda: content("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
    "kernel": platform.release,
    "operating_system": operating_system,
}


def hwloc_xml() -> str:
    text = output_of("lstopo-no-graphics", "--of", "xml", "-")
    return re.sub(r"\s*<info name=\"(?:HostName|ProcessName)\"[^>]*/>", "", text)


def topology(build: build_folder | None) -> dict[str, Any]:
    """As the runtime sees it: where workers go, and whom each steals from."""
    executable = build.find("stealyard-topology") if build is not None else None
    if executable is None:
        raise unknown("stealyard-topology was not built")
    return json.loads(output_of(str(executable), "--json"))


def round_trips(probe: pathlib.Path | None) -> dict[str, Any]:
    try:
        return probe_matrix(probe)
    except no_matrix as reason:
        raise unknown(str(reason)) from None


@functools.cache
def installed_packages() -> dict[str, str]:
    """All in one call: asking for each takes 25 ms a time."""
    shown = subprocess.run(["dpkg-query", "--show", "--showformat=${Package} ${Version} ${db:Status-Status}\\n", *LIBRARY_PACKAGES],
                           capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False).stdout
    rows = [line.split() for line in shown.splitlines()]
    return {row[0]: row[1] for row in rows if len(row) == 3 and row[2] == "installed"}


def package_version(name: str) -> str:
    try:
        return installed_packages()[name]
    except FileNotFoundError:
        raise unknown("dpkg-query is not installed") from None
    except KeyError:
        raise unknown(f"the package {name} is not installed") from None


def git(*words: str) -> str:
    # Only reads: without this, `git status` takes the index lock to refresh it, and a run killed meanwhile leaves the lock behind.
    return output_of("git", "--no-optional-locks", *words)


def changed_files() -> int:
    """0: the commit alone says what was measured."""
    return len(git("status", "--porcelain").splitlines())


def build_settings(build: build_folder | None) -> dict[str, str]:
    if build is None:
        raise unknown("no build folder was used")
    wanted = re.compile(r"^(CMAKE_BUILD_TYPE|CMAKE_CXX_FLAGS\w*|CMAKE_CXX_COMPILER|STEALYARD_\w+):\w+=(.*)$", re.MULTILINE)
    return {name: pathlib.PurePath(value).name if value.startswith("/") else value
            for name, value in wanted.findall(content(build.path / "CMakeCache.txt"))}
