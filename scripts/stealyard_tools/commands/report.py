"""scripts/stealyard report: everything about a result on one page that works offline."""

from __future__ import annotations

from . import plot

ABOUT = "one self-contained HTML page about a result (arguments go to scripts/plot_results.py)"
FLAGS, SWITCHES = plot.FLAGS, plot.SWITCHES


def run_with(words: list[str]) -> int:
    return plot.run_with(["--only_report", *words])
