"""Measures what a plan still lacks, one process at a time, and writes each outcome down before the next begins."""

from __future__ import annotations

import pathlib
import time
from dataclasses import dataclass, field
from typing import Any

from . import interruption
from .errors import one_line
from .measuring import command_line, measure
from .planning import expected_seconds, measurement_seed, now, planned_count
from .probing import noise, probe_placement
from .progress import progress_line
from .result_reader import is_not_applicable, why_unusable
from .run_folder import planned, run_folder
from .subjects import subject


@dataclass
class run_outcome:
    measured: int = 0
    out_of_time: bool = False
    not_applicable: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class run_settings:
    probe: pathlib.Path | None
    timeout_seconds: float
    max_seconds: float | None
    go_on: str = ""  # the command that measures what the time does not suffice for


def measure_missing(folder: run_folder, plan: dict[str, Any], subjects: dict[str, subject], settings: run_settings) -> run_outcome:
    """Raises interruption.interrupted; everything measured until then is on the disk."""
    there = set(folder.read_blocks(plan))
    cells = {cell["id"]: cell for cell in plan["cells"]}
    progress = progress_line(planned_count(plan), len(there), expected_seconds(plan["samples"], plan["min_time_ms"]), blocks=plan["blocks"],
                             limit_seconds=settings.max_seconds, go_on=settings.go_on)
    outcome = run_outcome()
    begun = time.monotonic()
    try:
        for block, position, cell_id in planned(plan):
            if (block, position) in there:
                continue
            if settings.max_seconds is not None and time.monotonic() - begun >= settings.max_seconds:
                outcome.out_of_time = True
                break
            cell = cells[cell_id]
            progress.measuring(block, cell)
            document = _measure_one(plan, block, position, cell, subjects[cell["subject"]], settings)
            with interruption.held_back():
                folder.write_block(document)
                outcome.measured += 1
            progress.measured(document["seconds"])
            _report(document, progress, outcome)
    finally:
        progress.clear()
    return outcome


def _measure_one(plan: dict[str, Any], block: int, position: int, cell: dict[str, Any], of: subject,
                 settings: run_settings) -> dict[str, Any]:
    line = command_line(of.executable, cell, plan["subjects"][of.name]["defaults"], samples=plan["samples"],
                        min_time_ms=plan["min_time_ms"], seed=measurement_seed(plan, block, cell["id"]))
    started, begun = now(), time.monotonic()
    before = {"probe_before": probe_placement(settings.probe), "noise_before": noise()}
    measured = measure(line, cell, settings.timeout_seconds)
    after = {"noise_after": noise(), "probe_after": probe_placement(settings.probe)}
    return {"block": block, "position": position, "cell": cell["id"], **before, **after, "started": started,
            "seconds": time.monotonic() - begun, **measured}


def _report(document: dict[str, Any], progress: progress_line, outcome: run_outcome) -> None:
    reason = why_unusable(document)
    if reason is None:
        return
    if is_not_applicable(document):
        if document["cell"] not in outcome.not_applicable:
            outcome.not_applicable.append(document["cell"])
        return
    progress.note(f"block {document['block']} {document['cell']}: {one_line(reason)}", bad=True)
