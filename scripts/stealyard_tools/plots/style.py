"""How a series looks, for ever: colour and marker come from its name alone.

A known name has its row in KNOWN and must never change or be reused: figures of different years are laid side by side.
Any other name (an out-of-tree variant) hashes into the same palette. Two strangers may share a colour or a marker, which
is why every figure also writes names next to marks or rows: colour never carries the meaning alone.
The palette is Okabe and Ito's, extended by Paul Tol's muted set; its members differ in lightness, so grey print works.
"""
from __future__ import annotations

import hashlib

import matplotlib

matplotlib.use("Agg")  # never a window: these scripts run on machines without a screen

from matplotlib import pyplot  # noqa: E402  (the backend must be chosen first)

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#332288", "#999933", "#117733", "#882255",
           "#44AA99", "#AA4499", "#661100", "#6699CC", "#888888")
MARKERS = ("o", "s", "D", "^", "v", "P", "X", "<", ">", "h", "p", "d")

# name: (colour, marker). Add lines, never edit one.
KNOWN = {
    "stealyard": ("#004488", "o"),  # the default parts
    "go": ("#000000", "*"),
    "chase_lev": ("#0072B2", "D"),
    "mutex_deque": ("#D55E00", "s"),
    "mutex_ring": ("#009E73", "D"),
    "vyukov_mpmc": ("#CC79A7", "^"),
    "futex": ("#56B4E9", "v"),
    "eventcount": ("#E69F00", "P"),
    "go_spinning": ("#332288", "<"),
    "uniform": ("#999933", ">"),
    "native_asm": ("#117733", "h"),
    "boost_context": ("#882255", "p"),
    "slab_guard": ("#44AA99", "X"),
    "timing_wheel": ("#AA4499", "^"),
    "go_runq": ("#009E73", "^"),
    "spsc_ring": ("#E69F00", "s"),
    "spin_yield": ("#AA4499", "D"),
    "condvar": ("#661100", "s"),
    "spin_then_futex": ("#117733", "X"),
    "wake_everyone": ("#D55E00", "X"),
    "tokio_searching": ("#44AA99", "d"),
    "round_robin": ("#661100", "<"),
    "hierarchical": ("#6699CC", "H"),
    "ucontext": ("#E69F00", "H"),
    "slab_canary": ("#D55E00", "h"),
    "mmap_guard": ("#332288", "p"),
}

INK = "#1a1a1a"
FAINT = "#6b6b6b"
RULE = "#d9d9d9"
WARNING = "#a4262c"
PLACEMENT_LINES = {"near": "-", "far": (0, (4, 2)), "unknown": (0, (1, 1.5))}

WIDTH_INCHES = 10.0  # at 150 dpi 1,500 pixels; a README shows about 830 of them, so text under 8.5 points is lost
DOTS_PER_INCH = 150


def _digest(name: str, salt: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{salt}:{name}".encode()).digest()[:4], "big")


def color(name: str) -> str:
    return KNOWN[name][0] if name in KNOWN else PALETTE[_digest(name, "colour") % len(PALETTE)]


def marker(name: str) -> str:
    return KNOWN[name][1] if name in KNOWN else MARKERS[_digest(name, "marker") % len(MARKERS)]


def fill(name: str) -> str:
    """Hollow or full: a third mark for strangers, because colours and shapes run out."""
    return "full" if name in KNOWN or _digest(name, "fill") % 2 else "none"


def mark(name: str, size: float) -> dict[str, object]:
    """What every plot call takes to draw this series' marker."""
    hollow = fill(name) == "none"
    if marker(name) == "*":  # a star of the same size looks like a speck
        return {"marker": "*", "color": color(name), "markersize": size * 1.7, "markeredgewidth": 0.0}
    return {"marker": marker(name), "color": color(name), "markersize": size, "markerfacecolor": "white" if hollow else color(name),
            "markeredgecolor": color(name) if hollow else "white", "markeredgewidth": 1.3 if hollow else 0.5}


def fitting(text: str, inches: float, points: float) -> float:
    """A font size at which the longest line of a text fits, by the widest average that our names reach (0.62 em)."""
    longest = max(len(line) for line in text.split("\n"))
    return min(points, 72 * inches / (0.62 * longest)) if longest else points


def apply() -> None:
    """Settings for every figure. The hash salt makes the ids inside an SVG depend on its content only."""
    pyplot.rcdefaults()
    pyplot.rcParams.update({
        "svg.hashsalt": "stealyard", "svg.fonttype": "path", "font.family": "DejaVu Sans", "font.size": 9.5,
        "axes.titlesize": 10.5, "axes.titleweight": "bold", "axes.titlelocation": "left", "axes.labelsize": 9.5,
        "axes.edgecolor": FAINT, "axes.labelcolor": INK, "text.color": INK, "xtick.color": FAINT, "ytick.color": FAINT,
        "xtick.labelcolor": INK, "ytick.labelcolor": INK, "axes.spines.top": False, "axes.spines.right": False,
        "axes.grid": True, "grid.color": RULE, "grid.linewidth": 0.6, "axes.axisbelow": True, "legend.frameon": False,
        "figure.facecolor": "white", "hatch.linewidth": 0.6, "lines.linewidth": 1.6,
    })
