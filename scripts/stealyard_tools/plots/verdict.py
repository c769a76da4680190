"""When a ratio may be called a difference, in one place for pictures and tables."""
from __future__ import annotations

from ..statistics import estimate

# With 5 pairs that all point one way chance alone does as much once in 16 times; with 6 once in 32, which 95 % allows.
ENOUGH_PAIRS = 6

MARKS = {"faster": "▲", "slower": "▼", "faster?": "△", "slower?": "▽", "undecided": "≈", "one pair": "?"}
MARKS_EXPLAINED = (f"▲ ▼ the whole interval lies above / below 1 (△ ▽ likewise, but from fewer than {ENOUGH_PAIRS} pairs: may be chance); "
                   "≈ it contains 1.")


def verdict(speedup: estimate) -> str:
    """A key of MARKS."""
    if speedup.low is None or speedup.high is None:
        return "one pair"
    side = "faster" if speedup.low > 1.0 else "slower" if speedup.high < 1.0 else "undecided"
    return side if side == "undecided" or speedup.count >= ENOUGH_PAIRS else side + "?"
