"""The sheet every figure is drawn on: title, explanation, the figure itself, and a footer that says where it comes from.

All distances are in inches and the sheet grows with its content, so text keeps its size with 2 rows or 40.
"""
from __future__ import annotations

import textwrap
from collections.abc import Sequence

from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from . import style

_MARGIN = 0.18
_TITLE_HEIGHT = 0.34
_LINE_HEIGHT = 0.165
_FOOTER_LINE_HEIGHT = 0.15
_SUBTITLE_COLUMNS = 148
_FOOTER_COLUMNS = 172


def wrapped(lines: Sequence[str], columns: int) -> list[str]:
    return [piece for line in lines for piece in textwrap.wrap(line, columns, break_long_words=True) or [""]]


class page:
    """Places axes by inches from the left and from the top of the body; `body_height` is the room they have."""

    def __init__(self, title: str, explanation: Sequence[str], warnings: Sequence[str], footer: Sequence[str], body_height: float):
        style.apply()
        head, alarm = wrapped(explanation, _SUBTITLE_COLUMNS), wrapped(warnings, _SUBTITLE_COLUMNS)
        foot = wrapped(footer, _FOOTER_COLUMNS)
        self.top_ = _MARGIN + _TITLE_HEIGHT + _LINE_HEIGHT * (len(head) + len(alarm)) + 0.12
        bottom = 0.14 + _FOOTER_LINE_HEIGHT * len(foot) + 0.12
        self.height_ = self.top_ + body_height + bottom
        self.figure: Figure = pyplot.figure(figsize=(style.WIDTH_INCHES, self.height_))
        self._write(title, _MARGIN, size=13.5, weight="bold")
        self._write("\n".join(head), _MARGIN + _TITLE_HEIGHT, size=9, color=style.FAINT)
        if alarm:
            self._write("\n".join(alarm), _MARGIN + _TITLE_HEIGHT + _LINE_HEIGHT * len(head), size=9, color=style.WARNING, weight="bold")
        rule = bottom / self.height_
        self.figure.add_artist(pyplot.Line2D([0.0, 1.0], [rule - 0.06 / self.height_] * 2, color=style.RULE, linewidth=0.8))
        self.figure.text(_MARGIN / style.WIDTH_INCHES, 0.12 / self.height_, "\n".join(foot), fontsize=7.6, color=style.FAINT,
                         va="bottom", linespacing=1.3)

    def _write(self, text: str, from_top: float, **look: object) -> None:
        self.figure.text(_MARGIN / style.WIDTH_INCHES, 1.0 - from_top / self.height_, text, va="top", linespacing=1.3, **look)

    def axes(self, left: float, top: float, width: float, height: float, **options: object) -> Axes:
        below = self.height_ - self.top_ - top - height
        return self.figure.add_axes((left / style.WIDTH_INCHES, below / self.height_, width / style.WIDTH_INCHES,
                                     height / self.height_), **options)

    def text(self, left: float, top: float, text: str, **look: object) -> None:
        self.figure.text(left / style.WIDTH_INCHES, 1.0 - (self.top_ + top) / self.height_, text, **look)
