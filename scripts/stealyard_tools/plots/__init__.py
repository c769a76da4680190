"""Figures from result.json only. One figure a module; FIGURES names them all.

Every figure function takes a result_view and returns a matplotlib figure, or raises nothing_to_draw with the reason.
"""
from __future__ import annotations

import logging

# A home that cannot be written to costs matplotlib its cache; that is no reason for a paragraph. Before its import, which says so.
logging.getLogger("matplotlib").setLevel(logging.ERROR)

from . import drift, latency, pareto, peer, ratio_grid, scaling, topology  # noqa: E402
from .ratio_grid import nothing_to_draw  # noqa: E402

# name (also the file's stem): (function, what it shows: the help text and the picture's alternative text)
FIGURES = {
    "heatmap": (ratio_grid.workloads, "Heatmap: speed of each configuration on each workload relative to the baseline"),
    "peer": (peer.draw, "Forest plot: how many times faster than the peer on each workload, with intervals"),
    "pareto": (pareto.draw, "Scatter: time per operation against CPU time per operation, with the frontier"),
    "scaling": (scaling.draw, "Lines: time per operation over the number of workers, with confidence bands"),
    "latency": (latency.draw, "Lines: latency percentiles on an axis of nines"),
    "micro": (ratio_grid.micro, "Heatmap: micro-benchmarks of each variant relative to the default of its kind"),
    "topology": (topology.draw, "Drawing: packages, nodes, caches, cores and CPUs, where workers are pinned, whom each steals from"),
    "drift": (drift.draw, "Scatter: every measurement beside its cell's median, in the order they were taken"),
}

__all__ = ["FIGURES", "nothing_to_draw"]
