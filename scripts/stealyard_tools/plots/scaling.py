"""Scaling: the time of an operation over the number of workers, with bootstrap bands, a panel a workload."""
from __future__ import annotations

import dataclasses

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from . import legend, style
from .footer import footer, warnings
from .page import page
from .ratio_grid import baseline_words, nothing_to_draw
from .units import in_nanoseconds, per_what, put_log_ticks, significant, tick_duration
from .view import OWN_SUBJECT, dominant_mode, result_view, task, values_by_mode
from ..statistics import estimate, median_interval

_COLUMNS = 3
_PANEL_WIDTH, _PANEL_HEIGHT = 2.4, 2.0
_LEFT, _GAP_X, _GAP_Y = 0.82, 0.8, 0.8
_CROWD = 8  # with more series than this, bands only darken the panel and a second placement tangles it


@dataclasses.dataclass(frozen=True)
class point:
    workers: int
    time: estimate  # in nanoseconds, or in the workload's own unit where that is no time


def lines_of(view: result_view, label: str, tasks: list[task]) -> dict[str, list[point]]:
    """By placement. A point on one CPU belongs to every placement, so it starts the line of each."""
    found: dict[str, list[point]] = {}
    for which in sorted(tasks, key=lambda which: which.workers):
        cell = view.cell(label, which)
        for mode, entries in values_by_mode(view.usable_by_cell.get(cell["id"], []) if cell else []).items():
            values = [in_nanoseconds(entry.value, entry.unit) for entry in entries]
            known = [entry.value if value is None else value for value, entry in zip(values, entries)]
            found.setdefault(mode, []).append(point(which.workers, median_interval(known)))
    alone = found.pop("any", []) + found.pop("single", [])
    if not found:
        return {"near": alone} if alone else {}
    return {mode: sorted(alone + points, key=lambda each: each.workers) for mode, points in found.items()}


def _draw_series(axes: Axes, label: str, mode: str, points: list[point], bands: bool, front: bool) -> None:
    workers = [each.workers for each in points]
    middle = [each.time.median for each in points]
    low = [each.time.median if each.time.low is None else each.time.low for each in points]
    high = [each.time.median if each.time.high is None else each.time.high for each in points]
    look = {"color": style.color(label), "zorder": 4 if front else 3}
    if bands and len(points) > 1:
        axes.fill_between(workers, low, high, color=style.color(label), alpha=0.18, linewidth=0, zorder=2)
    axes.vlines(workers, low, high, linewidth=1.1, **look)
    axes.plot(workers, middle, linestyle=style.PLACEMENT_LINES.get(mode, "-"), linewidth=1.9 if front else 1.2, zorder=look["zorder"],
              **style.mark(label, 6.5 if front else 5.5))


def _dress(axes: Axes, title: str, unit: str, worker_counts: list[int], spread: tuple[float, float]) -> None:
    axes.set_title(title, fontsize=style.fitting(title, 1.55, 10.5))
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xlim(worker_counts[0] / 1.18, worker_counts[-1] * 1.18)
    axes.xaxis.set_major_locator(FixedLocator(worker_counts))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticklabels([str(count) for count in worker_counts])
    low, high = spread[0] / 1.15, spread[1] * 1.15
    axes.set_ylim(low, high)
    is_time = in_nanoseconds(1.0, unit) is not None
    put_log_ticks(axes.yaxis, low, high, tick_duration if is_time else significant)
    what = f"time per {per_what(unit)}" if is_time and per_what(unit) else "time" if is_time else unit
    axes.text(1.0, 1.03, what, transform=axes.transAxes, ha="right", va="bottom", fontsize=8.5, color=style.FAINT)
    axes.set_xlabel("workers", labelpad=2)


def other_lines(view: result_view, labels: list[str]) -> str:
    """What the lines beside the baseline are, as far as there are any."""
    peers = [label for label in labels if any(cell["label"] == label and cell["subject"] != OWN_SUBJECT for cell in view.cells)]
    ours = "; our others exchange the part they are named after" if set(labels) - {view.baseline, *peers} else ""
    return ours + (f"; {', '.join(peers)}: {'a peer' if len(peers) == 1 else 'peers'}" if peers else "")


def draw(view: result_view) -> Figure:
    workloads: dict[str, list[task]] = {}
    for which in view.tasks():
        workloads.setdefault(view.name(which), []).append(which)
    labels = view.labels()
    series = {(name, label): lines_of(view, label, tasks) for name, tasks in workloads.items() for label in labels}
    names = [name for name in workloads if any(series[name, label] for label in labels)]
    labels = [label for label in labels if any(series[name, label] for name in names)]
    crowded, kept = len(labels) > _CROWD, dominant_mode(view)
    if crowded:
        series = {place: {mode: points for mode, points in found.items() if mode == kept} for place, found in series.items()}
    if not names:
        raise nothing_to_draw("no workload has a usable measurement")
    worker_counts = sorted({which.workers for which in view.tasks()})
    units = {entry.workload: entry.unit for entries in view.usable_by_cell.values() for entry in entries}
    placed = values_by_mode(entry for entries in view.usable_by_cell.values() for entry in entries)
    modes = [mode for mode in ("near", "far") if mode in placed and (not crowded or mode == kept)]
    rows = -(-len(names) // _COLUMNS)
    body = rows * (_PANEL_HEIGHT + _GAP_Y) + 0.1 + legend.height(labels, modes)
    explanation = ["Lower is faster. A line is one configuration; the thick one is the baseline, "
                   f"{baseline_words(view)}{other_lines(view, labels)}. Median over blocks; bands and whiskers: 95 % bootstrap interval. Both axes are logarithmic."]
    if len(worker_counts) == 1:
        explanation.append("Only one worker count was measured: points, no lines.")
    if crowded:
        explanation.append(f"Many series: only those measured with cores {kept} are drawn; choose with --series.")
    sheet = page("Time per operation as workers are added", explanation, warnings(view), footer(view), body)
    for index, name in enumerate(names):
        axes = sheet.axes(_LEFT + (index % _COLUMNS) * (_PANEL_WIDTH + _GAP_X), 0.3 + (index // _COLUMNS) * (_PANEL_HEIGHT + _GAP_Y),
                          _PANEL_WIDTH, _PANEL_HEIGHT)
        bounds = []
        for label in reversed(labels):
            for mode, points in series[name, label].items():
                _draw_series(axes, label, mode, points, not crowded, label == view.baseline)
                bounds += [bound for each in points for bound in (each.time.low, each.time.high, each.time.median) if bound is not None]
        _dress(axes, name, units[workloads[name][0].workload], worker_counts, (min(bounds), max(bounds)))
    legend.draw(sheet, rows * (_PANEL_HEIGHT + _GAP_Y) + 0.1, labels, modes)
    return sheet.figure
