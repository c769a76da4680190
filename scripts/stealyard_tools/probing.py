"""The state of the machine around a measurement: where its CPUs are, and what else it is doing."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
from typing import Any

from .errors import one_line
from .json_schema import check, mismatch

PROBE_SECONDS = 10
MATRIX_SECONDS = 60


class no_matrix(Exception):
    """Why the distances between CPUs could not be measured."""


def probe_matrix(executable: pathlib.Path | None) -> dict[str, Any]:
    """Round trips of a cache line between CPUs, in ns: {"cpus": [...], "round_trip_ns": [[...]]}, null where a pair gave no answer."""
    if executable is None:
        raise no_matrix("the probe was not built")
    try:
        done = subprocess.run([executable, "--matrix"], capture_output=True, text=True, errors="replace", timeout=MATRIX_SECONDS, check=False)
        found = json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        raise no_matrix(f"stealyard-probe --matrix: {one_line(str(error))}") from None
    cpus = found.get("cpus") if isinstance(found, dict) else None
    rows = found.get("round_trip_ns") if isinstance(found, dict) else None
    if not isinstance(cpus, list) or not isinstance(rows, list) or [len(row) for row in rows] != [len(cpus)] * len(cpus):
        raise no_matrix("stealyard-probe --matrix printed something else")
    return found


def probe_placement(executable: pathlib.Path | None) -> dict[str, Any]:
    """A failing probe is recorded, never fatal: its measurement then counts only where placement does not matter."""
    if executable is None:
        return _unknown("the probe was not built")
    try:
        done = subprocess.run([executable], capture_output=True, text=True, errors="replace", timeout=PROBE_SECONDS, check=False)
        found = json.loads(done.stdout)
        check(found, "probe")
        return found
    except subprocess.TimeoutExpired:
        return _unknown(f"the probe did not end within {PROBE_SECONDS} s")
    except OSError as error:
        return _unknown(f"the probe did not run: {error.strerror}")
    except (ValueError, mismatch) as error:
        return _unknown(f"the probe's output is unreadable: {error}")


def _unknown(reason: str) -> dict[str, Any]:
    return {"round_trip_ns": None, "mode": "unknown", "reason": reason}


def noise() -> dict[str, Any]:
    """Counters since boot, so that a reader can take the difference around a measurement. null: not on this machine."""
    return {"loadavg": _load(), **_cpu_ticks()}


def _load() -> float | None:
    try:
        return os.getloadavg()[0]
    except OSError:
        return None


def _cpu_ticks() -> dict[str, int | None]:
    """In ticks: stolen by the hypervisor, idle, and all."""
    try:
        ticks = [int(word) for word in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
        return {"steal": ticks[7], "idle": ticks[3], "total": sum(ticks[:8])}
    except (OSError, ValueError, IndexError):
        return {"steal": None, "idle": None, "total": None}
