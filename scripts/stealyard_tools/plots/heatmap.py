"""Heatmaps variant × workload: how fast each configuration is beside the baseline, and how sure that is."""
from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Sequence

from matplotlib import colormaps, pyplot
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from . import style
from .page import page
from .verdict import MARKS, verdict
from ..statistics import estimate

_LABEL_WIDTH = 2.15
_ROW_HEIGHT = 0.44
_PANEL_TITLE = 0.41
_HEAD_LINE = 0.155
_KEY_HEIGHT = 0.78

# state: (text in the cell, face, hatch, what the key says)
EMPTY_STATES = {
    "failed": ("failed", "#f6dfe0", "xxx", "failed: the process crashed or refused"),
    "wrong": ("wrong", "#f6dfe0", "...", "wrong answer: never shown as a time"),
    "missing": ("missing", "#fff6d8", "///", "planned, not measured yet"),
    "unpaired": ("no pair", "#fff6d8", "", "no block with both in the same placement"),
    "not_planned": ("–", "#f4f4f4", "", "not applicable or not planned"),
}


@dataclasses.dataclass(frozen=True)
class cell:
    """Either a speed ratio with its interval, or the state that explains why there is none."""
    state: str = "measured"
    speedup: estimate = estimate(1.0, None, None, 0)
    baseline_time: str = ""  # of the baseline itself: what 1 stands for
    partial: bool = False  # some of its blocks failed or gave a wrong answer


@dataclasses.dataclass(frozen=True)
class panel:
    title: str
    rows: Sequence[tuple[str, str]]  # name, note beneath it
    columns: Sequence[str]
    cells: Sequence[Sequence[cell]]


def interval(value: cell) -> str:
    speedup = value.speedup
    if speedup.low is None or speedup.high is None:
        return "one pair only"
    return f"{number(speedup.low)} – {number(speedup.high)}" + (" !" if value.partial else "")


def number(value: float) -> str:
    return f"{value:.2f}" if value < 9.995 else f"{value:.1f}" if value < 99.95 else f"{value:.0f}"


def color_limit(panels: Sequence[panel]) -> float:
    """The scale is the same to both sides of 1 and to all panels, from ×1.25 at least to ×4 at most."""
    shown = [value for sheet in panels for row in sheet.cells for value in row if value.state == "measured"]
    spread = [abs(math.log2(value.speedup.median)) for value in shown]
    return min(max(max(spread, default=0.0), math.log2(1.25)), 2.0)


def _draw_cell(axes: Axes, column: int, row: int, value: cell, limit: float) -> None:
    if value.state != "measured":
        text, face, hatch, _ = EMPTY_STATES[value.state]
        axes.add_patch(Rectangle((column, row), 1, 1, facecolor=face, edgecolor="#b9b9b9", hatch=hatch, linewidth=0.0))
        axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=8.5, color=style.FAINT,
                  bbox={"facecolor": face, "edgecolor": "none", "pad": 1.5})
        return
    if value.baseline_time:
        axes.text(column + 0.5, row + 0.36, "1×", ha="center", va="center", fontsize=10, color=style.INK, weight="bold")
        axes.text(column + 0.5, row + 0.74, f"= {value.baseline_time}", ha="center", va="center", fontsize=8, color=style.INK)
        return
    position = 0.5 + 0.5 * max(-1.0, min(1.0, math.log2(value.speedup.median) / limit))
    # The ends of the map are too dark to print a number on.
    red, green, blue, _ = colormaps["RdBu"](0.12 + 0.76 * position)
    ink = "white" if 0.299 * red + 0.587 * green + 0.114 * blue < 0.5 else style.INK
    axes.add_patch(Rectangle((column, row), 1, 1, facecolor=(red, green, blue), linewidth=0.0))
    axes.text(column + 0.5, row + 0.36, f"{MARKS[verdict(value.speedup)]} {number(value.speedup.median)}×", ha="center", va="center", fontsize=10, color=ink,
              weight="bold")
    axes.text(column + 0.5, row + 0.74, interval(value), ha="center", va="center", fontsize=8, color=ink)


def _column_width(content: panel) -> float:
    return min((style.WIDTH_INCHES - _LABEL_WIDTH - 0.25) / len(content.columns), 1.5)


def _heads(content: panel) -> list[str]:
    return [broken(name, _column_width(content)) for name in content.columns]


def _head_height(content: panel) -> float:
    """The title and, below it, the columns' names in as many lines as the longest needs."""
    return _PANEL_TITLE + _HEAD_LINE * (1 + max(head.count("\n") for head in _heads(content)))


def _panel_height(content: panel) -> float:
    return _head_height(content) + _ROW_HEIGHT * len(content.rows) + 0.12


def _draw_panel(sheet: page, top: float, content: panel, limit: float) -> None:
    column_width, head_height = _column_width(content), _head_height(content)
    axes = sheet.axes(_LABEL_WIDTH, top + head_height, column_width * len(content.columns), _ROW_HEIGHT * len(content.rows))
    axes.set(xlim=(0, len(content.columns)), ylim=(len(content.rows), 0), xticks=[], yticks=[])
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    for row, values in enumerate(content.cells):
        for column, value in enumerate(values):
            _draw_cell(axes, column, row, value, limit)
    for edge in range(len(content.columns) + 1):
        axes.axvline(edge, color="white", linewidth=2)
    for edge in range(len(content.rows) + 1):
        axes.axhline(edge, color="white", linewidth=2)
    sheet.text(0.18, top + 0.12, content.title, va="top", fontsize=10.5, weight="bold")
    for column, head in enumerate(_heads(content)):
        sheet.text(_LABEL_WIDTH + (column + 0.5) * column_width, top + head_height - 0.05, head, ha="center", va="bottom",
                   fontsize=style.fitting(head, column_width, 9), linespacing=1.1)
    for row, (name, note) in enumerate(content.rows):
        middle = top + head_height + (row + 0.5) * _ROW_HEIGHT
        label = broken(name, _LABEL_WIDTH - 0.45)
        high = "\n" in label
        sheet.text(_LABEL_WIDTH - 0.3, middle - (0.07 if note else 0.0), label, ha="right", va="center", linespacing=1.05,
                   fontsize=style.fitting(label, _LABEL_WIDTH - 0.4, 8 if high else 9.5))
        if note:
            sheet.text(_LABEL_WIDTH - 0.3, middle + (0.14 if high else 0.1), note, ha="right", va="center", fontsize=7.5, color=style.FAINT)
        axes.plot([-0.15 / column_width], [row + 0.5], clip_on=False, **style.mark(name, 7))


def broken(name: str, width: float) -> str:
    """A workload's name broken after an underscore, dot, slash or dash where it is wider than its column."""
    limit = int(width * 13)
    lines = [""]
    for piece in re.findall(r"[^_./\s-]*[_./\n-]?|\s", name):
        if lines[-1] and len(lines[-1]) + len(piece.rstrip()) > limit and not lines[-1].endswith("\n"):
            lines.append("")
        lines[-1] += piece
    return "\n".join(line.rstrip("\n") for line in lines)


def _draw_key(sheet: page, top: float, panels: Sequence[panel], limit: float) -> None:
    axes = sheet.axes(0.45, top + 0.24, 2.2, 0.14)
    gradient = colormaps["RdBu"]([0.12 + 0.76 * step / 255 for step in range(256)])
    axes.imshow([gradient], aspect="auto", extent=(-1, 1, 0, 1))
    axes.grid(False)
    far = 2.0 ** limit
    axes.set(yticks=[], xticks=[-1, 0, 1])
    axes.set_xticklabels([f"≤ {1 / far:.2f}×", "1×", f"≥ {far:.2f}×"], fontsize=8)
    sheet.text(0.45, top + 0.18, "slower", fontsize=8.5, va="bottom")
    sheet.text(2.65, top + 0.18, "faster", fontsize=8.5, va="bottom", ha="right")
    present = {value.state for content in panels for row in content.cells for value in row}
    shown = [EMPTY_STATES[state] for state in EMPTY_STATES if state in present]
    if any(value.partial for content in panels for row in content.cells for value in row):
        shown.append(("", "#ffffff", "", "! some of its blocks failed or were wrong: those are left out"))
    for index, (_, face, hatch, meaning) in enumerate(shown):
        left, line = 3.2 + 3.4 * (index // 3), top + 0.14 + 0.2 * (index % 3)
        swatch = sheet.axes(left, line - 0.07, 0.26, 0.15)
        swatch.set_axis_off()
        swatch.add_patch(Rectangle((0, 0), 1, 1, facecolor=face, edgecolor="#b9b9b9", hatch=hatch, linewidth=0.0))
        sheet.text(left + 0.34, line, meaning, fontsize=8.5, va="center")


def draw(title: str, explanation: Sequence[str], warnings: Sequence[str], footer: Sequence[str], panels: Sequence[panel]) -> pyplot.Figure:
    limit = color_limit(panels)
    height = sum(_panel_height(content) for content in panels) + _KEY_HEIGHT
    sheet = page(title, explanation, warnings, footer, height)
    top = 0.0
    for content in panels:
        _draw_panel(sheet, top, content, limit)
        top += _panel_height(content)
    _draw_key(sheet, top + 0.1, panels, limit)
    return sheet.figure
