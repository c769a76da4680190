"""Did the machine change while it was measured? Every measurement beside its cell's own middle, in the order they were taken."""
from __future__ import annotations

import datetime
import statistics as standard_statistics

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from . import style
from .footer import footer, warnings
from .page import page
from .ratio_grid import nothing_to_draw
from .units import put_log_ticks, tick_duration
from .view import mode_of, result_view
from ..result_reader import measurement_entry

_LEFT, _WIDTH = 1.0, 8.7
_TALL, _SHORT, _GAP = 2.6, 1.0, 0.45
_WINDOW = 25  # measurements under the running middle
_MODE_COLOURS = {"near": "#0072B2", "far": "#D55E00", "any": "#6b6b6b", "single": "#6b6b6b"}


def minutes_of(view: result_view) -> dict[int, float]:
    """For each measurement (by id()), minutes since the first began. Two of one second stand in the order of their position."""
    ordered = sorted(view.entries, key=lambda entry: (entry.raw["started"], entry.block, entry.position))
    stamps = [datetime.datetime.fromisoformat(entry.raw["started"].replace("Z", "+00:00")).timestamp() for entry in ordered]
    return {id(entry): (stamp - stamps[0]) / 60 for entry, stamp in zip(ordered, stamps)}


def deviations(view: result_view) -> list[tuple[measurement_entry, float]]:
    """(measurement, its value / the median of its cell in the same placement), cells of one block left out: they say nothing."""
    found = []
    for entries in view.usable_by_cell.values():
        by_mode: dict[str, list[measurement_entry]] = {}
        for entry in entries:
            by_mode.setdefault(mode_of(entry), []).append(entry)
        for mode, group in by_mode.items():
            middle = standard_statistics.median(entry.value for entry in group)
            if mode in _MODE_COLOURS and len(group) > 1 and middle > 0:
                found += [(entry, entry.value / middle) for entry in group]
    return found


def running_middle(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The median of each _WINDOW neighbours in time, at the middle one's place; nothing from fewer."""
    ordered = sorted(points)
    return [(ordered[at + _WINDOW // 2][0], standard_statistics.median(value for _, value in ordered[at:at + _WINDOW]))
            for at in range(len(ordered) - _WINDOW + 1)]


def _draw_deviations(axes: Axes, view: result_view, found: list[tuple[measurement_entry, float]], minutes: dict[int, float]) -> None:
    for mode, colour in _MODE_COLOURS.items():
        spots = [(minutes[id(entry)], ratio) for entry, ratio in found if mode_of(entry) == mode]
        axes.plot([x for x, _ in spots], [y for _, y in spots], linestyle="none", marker="o" if mode != "far" else "D", markersize=3,
                  color=colour, alpha=0.55, markeredgewidth=0, zorder=3)
    middle = running_middle([(minutes[id(entry)], ratio) for entry, ratio in found])
    axes.plot([x for x, _ in middle], [y for _, y in middle], color=style.INK, linewidth=1.8, zorder=4)
    axes.axhline(1.0, color=style.FAINT, linewidth=0.8)
    reach = max(1.25, *(max(ratio, 1 / ratio) for _, ratio in found)) * 1.05
    axes.set_yscale("log")
    axes.set_ylim(1 / reach, reach)
    put_log_ticks(axes.yaxis, 1 / reach, reach, lambda tick: f"{tick:g}×", wanted=5)
    axes.set_title("time beside the cell's own median", loc="left")


def _draw_trips(axes: Axes, view: result_view, minutes: dict[int, float]) -> bool:
    spots = [(minutes[id(entry)], probe["round_trip_ns"]) for entry in view.entries
             for probe in (entry.raw["probe_before"], entry.raw["probe_after"]) if probe["round_trip_ns"]]
    axes.set_title("round trip of a cache line between the first two CPUs", loc="left")
    if not spots:
        return False
    axes.plot([x for x, _ in spots], [y for _, y in spots], linestyle="none", marker=".", markersize=3, color="#332288", alpha=0.6)
    low, high = min(y for _, y in spots) / 1.3, max(y for _, y in spots) * 1.3
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    put_log_ticks(axes.yaxis, low, high, tick_duration, wanted=2)
    return True


def _draw_stolen(axes: Axes, view: result_view, minutes: dict[int, float]) -> None:
    spots = []
    for entry in view.entries:
        before, after = entry.raw["noise_before"], entry.raw["noise_after"]
        if all(isinstance(noise.get(key), (int, float)) for noise in (before, after) for key in ("steal", "total")) and after["total"] > before["total"]:
            spots.append((minutes[id(entry)], 100 * (after["steal"] - before["steal"]) / (after["total"] - before["total"])))
    axes.set_title("CPU time stolen by the hypervisor, %", loc="left")
    axes.vlines([x for x, _ in spots], 0, [y for _, y in spots], color="#882255", linewidth=1.0)
    axes.set_ylim(0, max([1.0, *(y for _, y in spots)]) * 1.1)


def draw(view: result_view) -> Figure:
    found = deviations(view)
    if len(found) < 4:
        raise nothing_to_draw("drift needs cells that were measured in two blocks or more")
    minutes = minutes_of(view)
    body = 0.3 + _TALL + 2 * (_SHORT + _GAP) + 0.4
    explanation = ["A quiet machine gives a cloud around 1 and a flat line (the running median of 25 measurements). Where the line wanders the machine did; "
                   "ratios within a block are what that leaves untouched. Blue: cores sharing a cache (near); orange diamonds: cores apart (far); "
                   "grey: one CPU alone."]
    sheet = page("Run-order drift: what the machine did meanwhile", explanation, warnings(view), footer(view), body)
    last = max(minutes.values())
    top = 0.3
    drawn: list[Axes] = []
    for height, fill in ((_TALL, lambda axes: _draw_deviations(axes, view, found, minutes)), (_SHORT, lambda axes: _draw_trips(axes, view, minutes)),
                         (_SHORT, lambda axes: _draw_stolen(axes, view, minutes))):
        axes = sheet.axes(_LEFT, top, _WIDTH, height)
        fill(axes)
        axes.set_xlim(-0.01 * max(last, 0.1), max(last, 0.1) * 1.01)
        axes.tick_params(labelbottom=False, labelsize=8.5)
        drawn.append(axes)
        top += height + _GAP
    drawn[-1].tick_params(labelbottom=True)
    drawn[-1].set_xlabel("minutes since the first measurement", labelpad=3)
    return sheet.figure
