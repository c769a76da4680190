"""A child that cannot run away: processor time, wall-clock time and memory have limits, and however it ends, it ends with its children."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass

from .dying import die_with_parent

MOST_KEPT = 4 << 20  # bytes of what it says: the first half of it and the last


@dataclass(frozen=True)
class budget:
    processor_seconds: int
    wall_seconds: int
    memory_bytes: int | None  # of addresses; None: not limited


@dataclass(frozen=True)
class ending:
    status: int          # exit status; negative: the signal
    said: str            # stdout and stderr
    seconds: float
    over: str            # "", or the budget it exceeded, in words
    processor_seconds: float = 0.0  # its own and of the children that it waited for

    @property
    def how(self) -> str:
        if self.over:
            return self.over
        return f"killed by {signal.Signals(-self.status).name}" if self.status < 0 else f"status {self.status}"


def run_bounded(command: Sequence[str], limits: budget, environment: dict[str, str] | None = None) -> ending:
    started, used = time.monotonic(), processor_time_of_children()
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
                                 env={**os.environ, **(environment or {})}, preexec_fn=lambda: limit(limits))
        over = ""
        try:
            child.wait(limits.wall_seconds)
        except subprocess.TimeoutExpired:
            over = f"not ended after {limits.wall_seconds} s"
        finally:
            end_group(child)
        status = child.returncode
        if -status == signal.SIGXCPU:
            over = f"{limits.processor_seconds} s of processor time used up"
        said = kept(output)
    if not over and status != 0 and limits.memory_bytes is not None and "bad_alloc" in said:
        over = f"{limits.memory_bytes >> 20} MB of memory used up"
    return ending(status, said, time.monotonic() - started, over, processor_time_of_children() - used)


def processor_time_of_children() -> float:
    """Seconds, of those that ended and were waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def limit(limits: budget) -> None:
    die_with_parent()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.processor_seconds, limits.processor_seconds + 5))
    # What it says counts as well: a report without end is no report.
    resource.setrlimit(resource.RLIMIT_FSIZE, (256 << 20, 256 << 20))
    if limits.memory_bytes is not None:
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))


def end_group(child: subprocess.Popen[bytes]) -> None:
    """Also what it left behind."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    child.wait()


def kept(output) -> str:
    size = output.seek(0, os.SEEK_END)
    output.seek(0)
    if size <= MOST_KEPT:
        return output.read().decode("utf-8", "replace")
    first = output.read(MOST_KEPT // 2)
    output.seek(size - MOST_KEPT // 2)
    return (first + b"\n[...]\n" + output.read()).decode("utf-8", "replace")
