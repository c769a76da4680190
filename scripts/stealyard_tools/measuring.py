"""One measurement: a subject's process from start to its line of JSON, and what to make of it when that goes wrong."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
from typing import Any

from .documents import check_document, parse_json
from .dying import die_with_parent
from .errors import one_line, usage_error


def command_line(executable: pathlib.Path, cell: dict[str, Any], defaults: dict[str, str], *, samples: int, min_time_ms: int,
                 seed: int) -> list[str]:
    line = [str(executable), "--workload", cell["workload"], "--workers", str(cell["workers"])]
    if cell["size"] is not None:
        line += ["--size", str(cell["size"])]
    if cell.get("group") == "micro":
        line += [word for name in cell["parts"].values() for word in ("--variant", name)]
    else:
        line += [word for kind, name in cell["parts"].items() if defaults.get(kind) != name for word in (f"--{kind}", name)]
    return line + ["--samples", str(samples), "--min_time_ms", str(min_time_ms), "--seed", str(seed)]


class child:
    """A running subject in a process group of its own, so that Ctrl-C reaches the harness alone and the harness decides.

    A harness killed by SIGKILL must not leave it running beside those of the resumed run.
    """

    def __init__(self, line: list[str]) -> None:
        self._process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                         text=True, errors="replace", start_new_session=True, preexec_fn=die_with_parent)

    def finish(self, seconds: float) -> tuple[int, str, str]:
        output, complaints = self._process.communicate(timeout=seconds)
        return self._process.returncode, output, complaints

    def kill(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.communicate()


def measure(line: list[str], cell: dict[str, Any], timeout_seconds: float) -> dict[str, Any]:
    """{"measurement": …} or {"failed": …}. A wrong answer is a measurement: it is recorded, and readers refuse to plot it."""
    try:
        running = child(line)
    except OSError as error:
        return failed("not started", f"{line[0]}: {error.strerror}")
    try:
        status, output, complaints = running.finish(timeout_seconds)
    except subprocess.TimeoutExpired:
        return failed("timeout", f"did not end within {timeout_seconds:g} s: {' '.join(line[1:])}")
    finally:
        running.kill()
    if status not in (0, 1) or (status == 1 and not output.strip()):
        return failed(status if status >= 0 else signal.Signals(-status).name, complaints.strip()[-2000:])
    try:
        document = check_document(parse_json(output, "its output"), "measurement", "its output")
    except usage_error as error:
        return failed(status, one_line(f"{error}; {complaints}"))
    reason = _other_than_asked(document, cell) or _contradiction(document, status)
    return failed(status, reason) if reason else {"measurement": document}


def failed(exit_status: int | str, complaint: str) -> dict[str, Any]:
    return {"failed": {"exit": exit_status, "stderr": complaint}}


def _other_than_asked(document: dict[str, Any], cell: dict[str, Any]) -> str | None:
    """A subject that measures something else than it was asked to must not pass for what was asked."""
    for key in ("workload", "workers", "size"):
        if cell[key] is not None and document[key] != cell[key]:
            return f"it measured {key} {document[key]}, asked was {cell[key]}"
    for kind, name in cell["parts"].items():
        if document["parts"].get(kind) != name:
            return f"it measured {kind} {document['parts'].get(kind)}, asked was {name}"
    return None


def _contradiction(document: dict[str, Any], status: int) -> str | None:
    if (status == 0) != document["answer"]["ok"]:
        return f"exit status {status} contradicts answer.ok {document['answer']['ok']}"
    return None
