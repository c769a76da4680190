"""The peer beside us: a forest of ratios with their intervals, a row a workload, worker count and placement."""
from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from . import style
from .footer import footer, warnings
from .page import page
from .ratio_grid import baseline_words, nothing_to_draw
from .heatmap import number
from .units import put_log_ticks, time_text
from .view import MODES, placement_words, result_view, task, workers_text
from ..statistics import comparison

_LABEL_WIDTH = 2.75
_TEXT_WIDTH = 3.3
_ROW_HEIGHT = 0.27
_GAP = 0.12


def rows(view: result_view) -> list[tuple[task, comparison]]:
    """Our baseline configuration against the peer, in the order of the plan; see compare() for what may be paired."""
    peer_label = next((cell["label"] for cell in view.cells if cell["subject"] == view.peer), None)
    if peer_label is None:
        raise nothing_to_draw("no peer was measured (subjects other than stealyard)")
    found = []
    for which in view.tasks():
        by_mode = view.compare(view.cell(view.baseline, which), view.cell(peer_label, which))
        found += [(which, by_mode[mode]) for mode in MODES if mode in by_mode]
    if not found:
        raise nothing_to_draw(f"no block holds {view.baseline} and {view.peer} on the same workload in the same placement")
    return found


def _dress(axes: Axes, low: float, high: float, height: float) -> None:
    axes.set_xscale("log")
    axes.set(xlim=(low, high), ylim=(height, 0), yticks=[])
    put_log_ticks(axes.xaxis, low, high, lambda tick: f"{tick:g}×", wanted=5)
    axes.tick_params(axis="x", labelsize=9)
    axes.axvline(1.0, color=style.INK, linewidth=1.2, zorder=2)
    axes.axvspan(low, 1.0, color="#f3ece6", zorder=0, linewidth=0)
    axes.spines["left"].set_visible(False)


def _interval_text(row: comparison) -> str:
    speedup = row.speedup
    if speedup.low is None or speedup.high is None:
        return "one pair only"
    return f"[{number(speedup.low)}, {number(speedup.high)}]  {speedup.count} pairs"


def draw(view: result_view) -> Figure:
    found = rows(view)
    bounds = [bound for _, row in found for bound in (row.speedup.low, row.speedup.high, row.speedup.median) if bound]
    low, high = min(min(bounds) / 1.15, 0.72), max(max(bounds) * 1.15, 1.3)
    groups = list(dict.fromkeys(view.name(which) for which, _ in found))
    height = _ROW_HEIGHT * len(found) + _GAP * len(groups)
    title = f"Stealyard beside {view.peer}: how many times faster"
    explanation = [f"{baseline_words(view)} against {view.peer} on the same machine in the same run: time of {view.peer} divided by "
                   "ours, the median over blocks in which both ran in the same placement of the cores; bar and brackets: 95 % bootstrap interval. " + placement_words(row.mode for _, row in found)]
    sheet = page(title, explanation, warnings(view), footer(view), height + 0.95)
    width = style.WIDTH_INCHES - _LABEL_WIDTH - _TEXT_WIDTH - 0.2
    axes = sheet.axes(_LABEL_WIDTH, 0.4, width, height)
    _dress(axes, low, high, height)
    one = _LABEL_WIDTH + width * -math.log(low) / math.log(high / low)
    sheet.text(one + 0.07, 0.37, f"faster than {view.peer} →", fontsize=8.5, color=style.FAINT, va="bottom")
    sheet.text(one - 0.07, 0.37, "← slower", fontsize=8.5, color=style.FAINT, va="bottom", ha="right")
    for place, text in ((0.15, "ratio and interval"), (2.05, f"ours / {view.peer}")):
        sheet.text(_LABEL_WIDTH + width + place, 0.37, text, fontsize=8.5, color=style.FAINT, va="bottom")
    line, previous = 0.0, ""
    for which, row in found:
        name = view.name(which)
        line += _GAP if name != previous else 0.0
        middle = line + _ROW_HEIGHT / 2
        _draw_row(sheet, axes, width, middle, name if name != previous else "", which, row, view)
        line, previous = line + _ROW_HEIGHT, name
    return sheet.figure


def _draw_row(sheet: page, axes: Axes, width: float, middle: float, name: str, which: task, row: comparison, view: result_view) -> None:
    hollow = row.mode == "far"
    tint = style.color(view.baseline)
    if row.speedup.low is not None and row.speedup.high is not None:
        axes.plot([row.speedup.low, row.speedup.high], [middle, middle], color=tint, linewidth=1.6, marker="|", markersize=8,
                  markeredgewidth=1.6, zorder=3)
    axes.plot([row.speedup.median], [middle], marker="o", markersize=5.5, markeredgecolor=tint, markeredgewidth=1.3, zorder=4,
              markerfacecolor="white" if hollow else tint, linestyle="none")
    top = 0.4 + middle
    sheet.text(0.18, top, name, fontsize=style.fitting(name, 1.35, 9.5), weight="bold", va="center")
    where = workers_text(which.workers) + (f", {row.mode}" if row.mode in ("near", "far") else "")
    sheet.text(_LABEL_WIDTH - 0.15, top, where, fontsize=9, color=style.FAINT, va="center", ha="right")
    right = _LABEL_WIDTH + width
    sheet.text(right + 0.15, top, f"{number(row.speedup.median)}×", fontsize=9.5, weight="bold", va="center")
    sheet.text(right + 0.68, top, _interval_text(row), fontsize=8.5, va="center")
    sheet.text(right + 2.05, top, f"{time_text(row.candidate_value, row.unit)} / {time_text(row.baseline_value, row.unit)}", fontsize=8.5,
               color=style.FAINT, va="center")
