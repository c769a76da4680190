"""Times as people read them, and ticks for logarithmic axes that may span less than a decade."""
from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axis import Axis
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

_STEPS = ("ns", 1.0), ("µs", 1e3), ("ms", 1e6), ("s", 1e9)
_NANOSECONDS = {"ns": 1.0, "us": 1e3, "µs": 1e3, "ms": 1e6, "s": 1e9}


def in_nanoseconds(value: float, unit: str) -> float | None:
    """None for a unit that is not a time (a report then shows the value with its unit as it came)."""
    factor = _NANOSECONDS.get(unit.split("/")[0])
    return None if factor is None else value * factor


def per_what(unit: str) -> str:
    """"ns/op" is a time per "op"; a plain time is per nothing."""
    return unit.partition("/")[2]


def significant(value: float, digits: int = 3) -> str:
    """Three digits that matter, never an exponent for the sizes met here."""
    if value == 0 or not math.isfinite(value):
        return str(value)
    rounded = float(f"{value:.{digits}g}")  # first: 0.9997 has as many digits before the point as 1
    places = digits - 1 - math.floor(math.log10(abs(rounded)))
    return f"{rounded:,.{max(0, places)}f}"


def duration(nanoseconds: float, digits: int = 3) -> str:
    name, factor = next(((name, factor) for name, factor in reversed(_STEPS) if nanoseconds >= factor * 0.9995), _STEPS[0])
    return f"{significant(nanoseconds / factor, digits)} {name}"


def time_text(value: float, unit: str) -> str:
    nanoseconds = in_nanoseconds(value, unit)
    return f"{significant(value)} {unit}" if nanoseconds is None else duration(nanoseconds)


def tick_duration(nanoseconds: float) -> str:
    """Ticks are round numbers: no digits after the last that matters."""
    name, factor = next(((name, factor) for name, factor in reversed(_STEPS) if nanoseconds >= factor * 0.9995), _STEPS[0])
    return f"{nanoseconds / factor:g} {name}"


def log_ticks(low: float, high: float, wanted: int = 4) -> list[float]:
    """Round numbers between low and high, from the coarsest family that gives `wanted`; never two closer than half their share."""
    families: Sequence[Sequence[float]] = ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 5, 7), (1, 1.2, 1.5, 1.8, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9),
                                           [1 + step / 10 for step in range(90)], [1 + step / 50 for step in range(450)])
    exponents = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    found: list[float] = []
    for family in families:
        found = [tick for tick in (round(step * 10.0 ** exponent, 12) for exponent in exponents for step in family) if low <= tick <= high]
        if len(found) >= wanted:
            break
    closest = math.log(high / low) / (2 * wanted)
    kept: list[float] = []
    for tick in found:
        if not kept or math.log(tick / kept[-1]) >= closest:
            kept.append(tick)
    return kept


def put_log_ticks(axis: Axis, low: float, high: float, text: object, wanted: int = 4) -> None:
    ticks = log_ticks(low, high, wanted)
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_major_formatter(FixedFormatter([text(tick) for tick in ticks]))
    axis.set_minor_locator(NullLocator())
