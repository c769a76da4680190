"""Latency: the whole distribution over an axis of nines, a panel a workload, worker count and placement."""
from __future__ import annotations

import math
from collections.abc import Iterable

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from . import legend, style
from .footer import footer, warnings
from .page import page
from .ratio_grid import baseline_words, nothing_to_draw
from .units import put_log_ticks, tick_duration
from .view import placement_words, result_view, task, values_by_mode, workers_text
from ..result_reader import measurement_entry
from ..statistics import estimate, median_interval

_COLUMNS = 2
_PANEL_WIDTH, _PANEL_HEIGHT = 3.95, 2.7
_LEFT, _GAP_X, _GAP_Y = 0.85, 0.95, 0.95
_BANDS_UNTIL = 8


def nines(percent: float) -> float:
    """Where a percentile stands: every further nine is one step to the right; 100 % is no finite number of nines."""
    return -math.log10(1.0 - percent / 100.0)


def _curve(entries: Iterable[measurement_entry]) -> dict[float, estimate]:
    """For each percentile its median over blocks, with the interval. A percentile only some blocks report is left out."""
    blocks = [dict(entry.percentiles) for entry in entries]
    shared = set.intersection(*(set(block) for block in blocks)) if blocks else set()
    return {percent: median_interval(block[percent] for block in blocks) for percent in sorted(shared)}


def _panels(view: result_view) -> dict[tuple[task, str], dict[str, dict[float, estimate]]]:
    found: dict[tuple[task, str], dict[str, dict[float, estimate]]] = {}
    for which in view.tasks() + view.tasks("micro"):
        for label in dict.fromkeys(view.labels() + view.labels("micro")):
            cell = view.cell(label, which)
            usable = [entry for entry in view.usable_by_cell.get(cell["id"], []) if entry.percentiles] if cell else []
            for mode, entries in values_by_mode(usable).items():
                curve = _curve(entries)
                if len(curve) > 1:
                    found.setdefault((which, mode), {})[label] = curve
    return dict(sorted(found.items(), key=lambda item: (view.name(item[0][0]), item[0][0].workers, item[0][1] != "near")))


def _draw_curve(axes: Axes, label: str, curve: dict[float, estimate], last: float, bands: bool, front: bool) -> None:
    finite = [percent for percent in curve if percent < 100.0]
    places = [nines(percent) for percent in finite]
    if bands and all(curve[percent].low is not None for percent in finite):
        axes.fill_between(places, [curve[percent].low for percent in finite], [curve[percent].high for percent in finite],
                          color=style.color(label), alpha=0.18, linewidth=0, zorder=2)
    axes.plot(places, [curve[percent].median for percent in finite], zorder=4 if front else 3, linewidth=1.9 if front else 1.2,
              **style.mark(label, 6 if front else 5))
    if 100.0 in curve:
        largest = curve[100.0]
        if largest.low is not None:
            axes.vlines([last], [largest.low], [largest.high], color=style.color(label), linewidth=1.1, zorder=3)
        axes.plot([last], [largest.median], linestyle="none", zorder=4, **style.mark(label, 6 if front else 5))


def _dress(axes: Axes, title: str, curves: Iterable[dict[float, estimate]], last: float) -> None:
    axes.set_title(title)
    axes.set_yscale("log")
    percents = sorted({percent for curve in curves for percent in curve if percent < 100.0})
    places = [nines(percent) for percent in percents]
    texts = [f"{percent:g} %" for percent in percents]
    if any(100.0 in curve for curve in curves):
        places.append(last)
        texts.append("max")
        axes.axvline((places[-2] + last) / 2, color=style.RULE, linewidth=0.8, linestyle=(0, (2, 2)))
    axes.xaxis.set_major_locator(FixedLocator(places))
    axes.xaxis.set_major_formatter(FixedFormatter(texts))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlim(min(places) - 0.15, max(places) + 0.2)
    bounds = [bound for curve in curves for each in curve.values() for bound in (each.low, each.high, each.median) if bound]
    low, high = min(bounds) / 1.2, max(bounds) * 1.2
    axes.set_ylim(low, high)
    put_log_ticks(axes.yaxis, low, high, tick_duration)
    axes.set_xlabel("share of events that were at most this late", labelpad=3)


def draw(view: result_view) -> Figure:
    panels = _panels(view)
    if not panels:
        raise nothing_to_draw("no workload of this result recorded latencies")
    labels = [label for label in dict.fromkeys(view.labels() + view.labels("micro")) if any(label in curves for curves in panels.values())]
    rows = -(-len(panels) // _COLUMNS)
    explanation = ["Lower is better; each step to the right looks at events ten times as rare. The thick line is the baseline, "
                   f"{baseline_words(view)}. Median over blocks of each percentile; bands and whiskers: 95 % bootstrap interval. "
                   "The largest value of a run stands apart: it is one event. " + placement_words(mode for _, mode in panels)]
    sheet = page("How late is late: latency percentiles", explanation, warnings(view), footer(view),
                 rows * (_PANEL_HEIGHT + _GAP_Y) + 0.1 + legend.height(labels, []))
    for index, ((which, mode), curves) in enumerate(panels.items()):
        axes = sheet.axes(_LEFT + (index % _COLUMNS) * (_PANEL_WIDTH + _GAP_X), 0.3 + (index // _COLUMNS) * (_PANEL_HEIGHT + _GAP_Y),
                          _PANEL_WIDTH, _PANEL_HEIGHT)
        last = max((nines(percent) for found in panels.values() for curve in found.values() for percent in curve if percent < 100.0), default=0.0) + 0.7
        for label in reversed(labels):
            if label in curves:
                _draw_curve(axes, label, curves[label], last, len(labels) <= _BANDS_UNTIL, label == view.baseline)
        where = "" if mode == "any" else f" · {mode}"
        # One scale for all panels of a workload: a reader compares heights across them.
        alike = [curve for (other, _), found in panels.items() if other.workload == which.workload for curve in found.values()]
        _dress(axes, f"{view.name(which)} · {workers_text(which.workers)}{where}", alike, last)
    legend.draw(sheet, rows * (_PANEL_HEIGHT + _GAP_Y) + 0.1, labels, [])
    return sheet.figure
