"""One legend for a whole page: the series by marker and colour, placements by line."""
from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.lines import Line2D

from . import style
from .page import page

_LINE_HEIGHT = 0.23
_MODE_NAMES = {"near": "near: cores sharing a cache", "far": "far: cores apart"}


def _columns(labels: Sequence[str]) -> int:
    longest = max((len(label) for label in labels), default=1)
    return max(1, min(5, int(120 / (longest + 9))))


def height(labels: Sequence[str], modes: Sequence[str]) -> float:
    rows = math.ceil(len(labels) / _columns(labels))
    return 0.15 + _LINE_HEIGHT * (rows + (1 if modes else 0))


def draw(sheet: page, top: float, labels: Sequence[str], modes: Sequence[str]) -> None:
    area = sheet.axes(0.18, top, style.WIDTH_INCHES - 0.36, height(labels, modes))
    area.set_axis_off()
    columns = _columns(labels)
    area.set(xlim=(0, 1), ylim=(height(labels, modes), 0))
    for index, label in enumerate(labels):
        left, line = (index % columns) / columns, 0.15 + _LINE_HEIGHT * (index // columns)
        area.plot([left + 0.005, left + 0.035], [line, line], color=style.color(label), clip_on=False)
        area.plot([left + 0.02], [line], clip_on=False, **style.mark(label, 6.5))
        area.text(left + 0.043, line, label, va="center", fontsize=style.fitting(label, (style.WIDTH_INCHES - 0.36) * (1 / columns - 0.05), 9))
    line = 0.15 + _LINE_HEIGHT * math.ceil(len(labels) / columns)
    for index, mode in enumerate(modes):
        left = index / 3
        area.add_line(Line2D([left + 0.005, left + 0.05], [line, line], color=style.FAINT, linestyle=style.PLACEMENT_LINES[mode], clip_on=False))
        area.text(left + 0.058, line, _MODE_NAMES[mode], va="center", fontsize=9, color=style.FAINT)
