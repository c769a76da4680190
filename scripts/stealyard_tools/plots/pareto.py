"""What speed costs: time per operation against the CPU time that went into it, with the frontier of configurations nobody beats."""
from __future__ import annotations

import dataclasses
import statistics as standard_statistics

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from . import legend, style
from .footer import footer, warnings
from .page import page
from .ratio_grid import baseline_words, nothing_to_draw
from .units import in_nanoseconds, put_log_ticks, tick_duration
from .view import dominant_mode, mode_of, result_view, task, workers_text
from ..result_reader import measurement_entry

_COLUMNS = 3
_PANEL_WIDTH, _PANEL_HEIGHT = 2.35, 2.0
_LEFT, _GAP_X, _GAP_Y = 0.85, 0.85, 0.85
_MOST_PANELS = 12


@dataclasses.dataclass(frozen=True)
class point:
    cpu: float  # ns of CPU time an operation, all threads together
    time: float  # ns an operation


def point_of(entries: list[measurement_entry]) -> point | None:
    """Medians over blocks; None where the subject gave no CPU time, or measured no time."""
    cpus, times = [], []
    for entry in entries:
        measured = entry.measurement
        seconds, operations = measured.get("cpu_seconds"), measured["operations"] * len(measured["samples"])
        time = in_nanoseconds(entry.value, entry.unit)
        if seconds and operations and time:
            cpus.append(1e9 * seconds / operations)
            times.append(time)
    return point(standard_statistics.median(cpus), standard_statistics.median(times)) if cpus else None


def _is_latency(view: result_view, which: task) -> bool:
    return any(entry.percentiles for entry in view.entries if entry.workload == which.workload and entry.why_unusable is None)


def frontier(points: dict[str, point]) -> list[point]:
    """Those that no other is both faster and thriftier than, by CPU time."""
    best: list[point] = []
    for each in sorted(points.values(), key=lambda each: (each.cpu, each.time)):
        if not best or each.time < best[-1].time:
            best.append(each)
    return best


def panels(view: result_view) -> dict[task, dict[str, point]]:
    """With as many workers as were measured, and only the placement most of it was measured in: CPU time depends on it too."""
    most = {which.workload: max(other.workers for other in view.tasks() if other.workload == which.workload) for which in view.tasks()}
    kept = (dominant_mode(view), "any", "single")
    found: dict[task, dict[str, point]] = {}
    for which in view.tasks():
        if which.workers != most[which.workload]:
            continue
        for label in view.labels():
            cell = view.cell(label, which)
            entries = [entry for entry in view.usable_by_cell.get(cell["id"], []) if mode_of(entry) in kept] if cell else []
            if spot := point_of(entries):
                found.setdefault(which, {})[label] = spot
    return {which: points for which, points in found.items() if len(points) > 1}


def _draw_panel(axes: Axes, title: str, points: dict[str, point], busy_lines: tuple[int, ...], baseline: str) -> None:
    axes.set_title(title, fontsize=style.fitting(title, _PANEL_WIDTH, 10.5))
    axes.set_xscale("log")
    axes.set_yscale("log")
    cpus, times = [each.cpu for each in points.values()], [each.time for each in points.values()]
    left, right, low, high = min(cpus) / 1.35, max(cpus) * 1.35, min(times) / 1.35, max(times) * 1.35
    for busy in busy_lines:  # where so many CPUs never rest
        axes.plot([low * busy, high * busy], [low, high], color=style.RULE, linewidth=1.0, linestyle=(0, (4, 3)), zorder=1)
    edge = frontier(points)
    steps = [(left, edge[0].time), *((each.cpu, each.time) for each in edge), (edge[-1].cpu, low)]
    axes.step([x for x, _ in steps], [y for _, y in steps], where="post", color=style.FAINT, linewidth=1.0, zorder=2)
    for label in sorted(points, key=lambda label: label == baseline):
        axes.plot([points[label].cpu], [points[label].time], linestyle="none", zorder=4 if label == baseline else 3,
                  **style.mark(label, 8 if label == baseline else 6.5))
    axes.set_xlim(left, right)
    axes.set_ylim(high, low)  # upside down: faster is up
    put_log_ticks(axes.xaxis, left, right, tick_duration, wanted=2)
    put_log_ticks(axes.yaxis, low, high, tick_duration, wanted=3)
    axes.tick_params(labelsize=8.5)


def draw(view: result_view) -> Figure:
    found = panels(view)
    if not found:
        raise nothing_to_draw("no workload has two configurations with their CPU time")
    shown = dict(list(found.items())[:_MOST_PANELS])
    labels = [label for label in view.labels() if any(label in points for points in shown.values())]
    rows = -(-len(shown) // _COLUMNS)
    body = rows * (_PANEL_HEIGHT + _GAP_Y) + 0.1 + legend.height(labels, [])
    explanation = ["Up is faster, left leaves more of the CPUs to others. The grey steps join the configurations that no other beats in both; dashed: "
                   "where one CPU, and where as many as there are workers, never rest (not for latencies). Medians over blocks; CPU time is the whole process's, "
                   f"clearing up between repetitions included. The large mark is the baseline, {baseline_words(view)}."]
    if len(found) > len(shown):
        explanation.append(f"The first {len(shown)} of {len(found)} workloads; choose with --workload.")
    sheet = page("What speed costs: time against CPU time, per operation", explanation, warnings(view), footer(view), body)
    for index, (which, points) in enumerate(shown.items()):
        axes = sheet.axes(_LEFT + (index % _COLUMNS) * (_PANEL_WIDTH + _GAP_X), 0.3 + (index // _COLUMNS) * (_PANEL_HEIGHT + _GAP_Y),
                          _PANEL_WIDTH, _PANEL_HEIGHT)
        # A latency is no share of the time that passed: there, CPU time divided by it says nothing.
        busy_lines = () if _is_latency(view, which) else tuple(dict.fromkeys((1, which.workers)))
        _draw_panel(axes, f"{view.name(which)} · {workers_text(which.workers)}", points, busy_lines, view.baseline)
        axes.set_xlabel("CPU time an operation", labelpad=2, fontsize=8.5)
    legend.draw(sheet, rows * (_PANEL_HEIGHT + _GAP_Y) + 0.1, labels, [])
    return sheet.figure
