"""The numbers behind the two heatmaps: workloads against the baseline configuration, micro-benchmarks kind by kind."""
from __future__ import annotations

import statistics as standard_statistics

from matplotlib.figure import Figure

from . import heatmap
from .footer import footer, warnings
from .units import time_text
from .verdict import MARKS_EXPLAINED
from .view import MODE_WORDS, MODES, dominant_mode, natural, result_view, task, values_by_mode, workers_text

_SHOWN_WORKER_COUNTS = 3
_SHOWN_ROWS = 44  # of all panels together; taller than this nobody looks at it as one picture


class nothing_to_draw(Exception):
    """A figure that this result has no data for; the text says what is missing."""


def baseline_words(view: result_view) -> str:
    """The baseline spelled out: a label alone tells a stranger nothing."""
    cell = next((cell for cell in view.cells if cell["label"] == view.baseline), None)
    parts = {**view.result.defaults(), **(cell["parts"] if cell else {})}
    return f"{view.baseline} ({' · '.join(parts.values())})" if parts else view.baseline


def shown_worker_counts(tasks: list[task], rows: int) -> list[int]:
    """All of them while they are few; else the ends and perhaps the middle, because a panel for each would fill a wall."""
    counts = sorted({which.workers for which in tasks})
    if len(counts) <= _SHOWN_WORKER_COUNTS and rows * (2 * len(counts) - 1) <= _SHOWN_ROWS or len(counts) <= 2:
        return counts
    ends = [counts[0], counts[-1]]
    return ends if rows * 5 > _SHOWN_ROWS else [ends[0], counts[len(counts) // 2], ends[1]]


def _cell(view: result_view, label: str, which: task, mode: str, anchor: str) -> heatmap.cell:
    planned = view.cell(label, which)
    if label == anchor and planned and planned["id"] in view.usable_by_cell:
        entries = values_by_mode(view.usable_by_cell[planned["id"]]).get(mode)
        if not entries:
            return heatmap.cell(state="unpaired")
        return heatmap.cell(baseline_time=time_text(standard_statistics.median(
            entry.value for entry in entries), entries[0].unit))
    row = view.compare(planned, view.cell(anchor, which)).get(mode)
    if row is None:
        return heatmap.cell(state=view.why_empty(planned))
    return heatmap.cell("measured", row.speedup, partial=bool(planned and view.unusable_by_cell.get(planned["id"])))


def _columns(view: result_view, tasks: list[task], labels: list[str]) -> dict[task, list[str]]:
    """The placements in which anything can be compared; a task nobody can be compared in keeps one empty column."""
    columns = {}
    for which in tasks:
        found = {mode for label in labels if label != view.baseline
                 for mode in view.compare(view.cell(label, which), view.cell(view.baseline, which))}
        columns[which] = [mode for mode in MODES if mode in found] or ["any"]
    return columns


def workload_panels(view: result_view, labels: list[str]) -> list[heatmap.panel]:
    notes = {label: view.note(next(cell for cell in view.cells if cell["label"] == label)) for label in labels}
    panels = []
    shown = shown_worker_counts(view.tasks(), len(labels))
    crowded = len(labels) * (2 * len(shown) - 1) > _SHOWN_ROWS
    for workers in shown:
        tasks = [which for which in view.tasks() if which.workers == workers]
        columns = _columns(view, tasks, labels)
        modes = list(dict.fromkeys(mode for mode in MODES for found in columns.values() if mode in found))
        if crowded and workers > 1 and dominant_mode(view) in modes:
            modes = [dominant_mode(view)]
        # On one worker only a latency depends on placement: it gets a column a mode. On more a panel each is easier to read.
        sheets = [("", modes)] if workers == 1 else [(mode, [mode]) for mode in modes]
        for sheet_mode, accepted in sheets:
            places = [(which, mode) for which in tasks for mode in columns[which] if mode in accepted or not found_any(columns[which])]
            title = workers_text(workers) + (f", {MODE_WORDS[sheet_mode]}" if MODE_WORDS.get(sheet_mode) else "")
            names = [view.name(which) + (f"\n{mode}" if workers == 1 and mode in ("near", "far") else "") for which, mode in places]
            cells = {label: [_cell(view, label, which, mode, view.baseline) for which, mode in places] for label in labels}
            planned = [label for label in labels if any(value.state != "not_planned" for value in cells[label])]
            panels.append(heatmap.panel(title, [(label, notes[label]) for label in planned], names, [cells[label] for label in planned]))
    return panels


def found_any(modes: list[str]) -> bool:
    return modes != ["any"]


def _explanation(baseline: str, counts_hidden: str) -> list[str]:
    return [
        f"Speed relative to {baseline}: 2.00× does the same work in half the time, 0.50× in twice the time. Beneath it the 95 % interval. "
        f"Median of ratios paired within a block. {MARKS_EXPLAINED}{counts_hidden}",
    ]


def workloads(view: result_view) -> Figure:
    labels = view.labels()
    if len(labels) < 2:
        raise nothing_to_draw("the heatmap compares configurations, and this result has one or none in its workloads")
    every = sorted({which.workers for which in view.tasks()})
    shown = shown_worker_counts(view.tasks(), len(labels))
    hidden = "" if every == shown else f" Shown: {' and '.join(map(str, shown))} of {', '.join(map(str, every))} workers (choose with --workers)."
    if len(labels) * (2 * len(shown) - 1) > _SHOWN_ROWS:
        hidden += f" Above 1 worker only the placement most measured, {dominant_mode(view)}, is shown; the report's table has all."
    return heatmap.draw("How each part changes the speed of each workload", _explanation(f"the baseline {baseline_words(view)}", hidden),
                        warnings(view), footer(view), workload_panels(view, labels))


def micro(view: result_view) -> Figure:
    cells = view.cells_of("micro")
    panels = []
    for kind in dict.fromkeys(kind_of(view, cell) for cell in cells):
        of_kind = [cell for cell in cells if kind_of(view, cell) == kind]
        anchor, labels = micro_anchor(view, kind, of_kind)
        tasks = list(dict.fromkeys(task(cell["workload"], cell["size"], cell["workers"]) for cell in of_kind))
        places = []
        for which in tasks:
            found = {mode for label in labels for mode in view.compare(view.cell(label, which), view.cell(anchor, which))}
            places += [(which, mode) for mode in MODES if mode in found] or [(which, "any")]
        names = [view.name(which) + (f"\n{mode}" if mode in ("near", "far") else "") + ("" if which.workers == 1 else f"\n{which.workers} workers")
                 for which, mode in places]
        grid = [[_cell(view, label, which, mode, anchor) for which, mode in places] for label in labels]
        panels.append(heatmap.panel(f"{kind}, beside {anchor}", [(label, "") for label in labels], names, grid))
    if not panels:
        raise nothing_to_draw("this result holds no micro-benchmarks")
    return heatmap.draw("Each part alone: micro-benchmarks of the variants of a kind", _explanation("the default variant of its kind", ""),
                        warnings(view), footer(view), panels)


def micro_anchor(view: result_view, kind: str, cells: list[dict]) -> tuple[str, list[str]]:
    """Which variant of a kind the others stand beside (the default one where it was measured), and all of them, it first."""
    labels = sorted({cell["label"] for cell in cells}, key=natural)
    default = view.result.defaults().get(kind)
    anchor = default if default in labels else labels[0]
    return anchor, sorted(labels, key=lambda label: (label != anchor, natural(label)))


def kind_of(view: result_view, cell: dict) -> str:
    return cell.get("kind") or view.result.workload_about(cell["workload"]).get("kind") or "other"
