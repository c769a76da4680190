"""Child processes that end with us: each in a session of its own, killed as a whole when we are stopped."""

from __future__ import annotations

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

GRACE_SECONDS = 5


class stopped(BaseException):
    """SIGINT, SIGTERM or SIGHUP came; `args[0]` is its number."""


def stop_on_signals() -> None:
    def raise_stopped(number: int, _frame: object) -> None:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)  # we are stopping: once is enough
        raise stopped(number)

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, raise_stopped)


def run(command: Sequence[str], log: pathlib.Path, show: bool = True) -> int:
    """Runs to the end, output into `log` (and its last line on a terminal). Returns the exit status; 127: not found."""
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = dict(os.environ, CLICOLOR_FORCE="0", NINJA_STATUS="[%f/%t] ")
    with open(log, "w", encoding="utf-8", errors="replace", buffering=1) as output:
        try:
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                     errors="replace", start_new_session=True, env=environment)
        except OSError as error:
            output.write(f"cannot run {command[0]}: {error.strerror}\n")
            return 127
        try:
            for line in child.stdout:
                output.write(line)
                if show:
                    _status(line.rstrip())
            return child.wait()
        except BaseException:
            _end(child)
            raise
        finally:
            if show:
                _status("")


def _status(text: str) -> None:
    if sys.stderr.isatty():
        width = shutil.get_terminal_size().columns - 1
        sys.stderr.write(f"\r\033[K{text[:width]}")
        sys.stderr.flush()


def _end(child: subprocess.Popen[str]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(child.pid, number)
        except ProcessLookupError:
            pass
        until = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < until:
            if child.poll() is not None and not _alive(child.pid):
                return
            time.sleep(0.05)


def _alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
