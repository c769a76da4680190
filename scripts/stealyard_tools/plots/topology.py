"""The machine as the scheduler saw it: what shares what, where workers went, whom each steals from, how far CPUs are apart."""
from __future__ import annotations

from typing import Any

from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch

from . import style
from .footer import footer, warnings
from .page import page
from .ratio_grid import nothing_to_draw
from .view import result_view

_WIDTH = style.WIDTH_INCHES - 0.36
_PU, _ROW = 0.46, 0.62
_PAD, _HEAD = 0.09, 0.2
_DENSE_ABOVE = 64  # CPUs: beyond it no boxes for cores and no names for CPUs, so that a whole machine stays in sight
_DENSE_PU = 0.2
_MOST_THIEVES = 16
_MOST_IN_MATRIX = 32
_LEVELS = {"self": "same CPU", "smt": "same core", "l2": "same L2", "l3": "same L3", "node": "same node", "package": "same package",
           "machine": "elsewhere"}
_FACES = {"package": "#f3f3ef", "node": "#e6eef6", "cache": "#f8f1e3", "core": "#ffffff"}


class box:
    """A thing with things inside, laid out left to right and wrapped at the sheet's width."""

    def __init__(self, kind: str, title: str, inside: list[box] | None = None, pu: int | None = None, dense: bool = False) -> None:
        self.kind, self.title, self.inside, self.pu, self.dense = kind, title, inside or [], pu, dense
        self.width = self.height = 0.0
        self.places: list[tuple[float, float]] = []

    def lay_out(self, most: float) -> None:
        if self.pu is not None:
            self.width, self.height = (_DENSE_PU, _DENSE_PU) if self.dense else (_PU, _ROW)
            return
        pad, head = (0.0, 0.0) if self.kind == "machine" else (_PAD, _HEAD)
        left, top, row_height, widest = pad, head, 0.0, 0.0
        for each in self.inside:
            each.lay_out(most - 2 * pad)
            if left > pad and left + each.width + pad > most:
                left, top, row_height = pad, top + row_height + (0.0 if each.pu is not None and self.dense else _PAD), 0.0
            self.places.append((left, top))
            left += each.width + (0.0 if each.pu is not None and self.dense else _PAD)
            row_height = max(row_height, each.height)
            widest = max(widest, left)
        gap = 0.0 if self.dense and self.inside[0].pu is not None else _PAD
        self.width = max(widest - gap + pad, min(most, 0.08 * len(self.title) + 2 * pad))
        self.height = top + row_height + pad


def boxes_of(shown: dict[str, Any]) -> box:
    """Package, node, L3, L2 where it is shared by several cores, core, PU; a level that groups nothing is left out."""
    pus = shown["pus"]
    dense = len(pus) > _DENSE_ABOVE
    levels = [("package", "package", "packages"), ("node", "node", "nodes"), ("l3", "L3", "caches"), ("l2", "L2", "caches"), ("core", "core", "cores")]
    levels = levels[:-1] if dense else levels

    def grouped(members: list[int], depth: int) -> list[box]:
        if depth == len(levels):
            return [box("pu", "", pu=index, dense=dense) for index in members]
        key, name, table = levels[depth]
        groups: dict[Any, list[int]] = {}
        for index in members:
            groups.setdefault(pus[index][key], []).append(index)
        found = []
        for value, group in groups.items():
            inside = grouped(group, depth + 1)
            cores = {pus[index]["core"] for index in group}
            if value is None or (key == "l2" and len(cores) < 2):
                found += inside
                continue
            about = shown[table][value]
            size = _size(about.get("memory_bytes") if key == "node" else about.get("size_bytes"))
            title = f"{name} {value}" if table != "caches" else name
            found.append(box("cache" if table == "caches" else key, f"{title}{f' · {size}' if size else ''}", inside, dense=dense))
        return found

    return box("machine", "", grouped(list(range(len(pus))), 0), dense=dense)


def _size(count: int | None) -> str:
    for unit, factor in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if count and count >= factor:
            return f"{count / factor:.3g} {unit}"
    return ""


def _draw_box(axes: Axes, each: box, left: float, top: float, shown: dict[str, Any], pins: dict[int, list[int]]) -> None:
    if each.pu is not None:
        (_draw_dot if each.dense else _draw_pu)(axes, left, top, shown["pus"][each.pu], pins.get(each.pu, []))
        return
    if each.kind != "machine":
        axes.add_patch(FancyBboxPatch((left, top), each.width, each.height, boxstyle="round,pad=0,rounding_size=0.05", linewidth=0.8,
                                      edgecolor="#9a9a94", facecolor=_FACES[each.kind]))
        axes.text(left + _PAD, top + _HEAD / 2 + 0.01, each.title, fontsize=style.fitting(each.title, each.width - _PAD, 8), va="center",
                  color=style.INK)
    for inside, (x, y) in zip(each.inside, each.places):
        _draw_box(axes, inside, left + x, top + y, shown, pins)


def _draw_pu(axes: Axes, left: float, top: float, pu: dict[str, Any], workers: list[int]) -> None:
    middle = left + _PU / 2
    allowed = pu["allowed"]
    if workers:
        axes.add_patch(Circle((middle, top + 0.2), 0.17, facecolor=style.color("stealyard"), edgecolor="none"))
        text = f"w{workers[0]}" + ("+" if len(workers) > 1 else "")
        axes.text(middle, top + 0.2, text, ha="center", va="center", fontsize=style.fitting(text, 0.3, 8.5), color="white", weight="bold")
    else:
        axes.add_patch(Circle((middle, top + 0.2), 0.17, facecolor="white", edgecolor="#9a9a94", linewidth=0.8, hatch="" if allowed else "xxxxxx"))
    number = f"{pu['os_index']}"
    axes.text(middle, top + 0.48, f"cpu {number}", ha="center", va="center", fontsize=7.5, color=style.FAINT)


def _draw_dot(axes: Axes, left: float, top: float, pu: dict[str, Any], workers: list[int]) -> None:
    spot = Circle((left + _DENSE_PU / 2, top + _DENSE_PU / 2), 0.075, linewidth=0.6, edgecolor=style.color("stealyard") if workers else "#9a9a94",
                  facecolor=style.color("stealyard") if workers else "white", hatch="" if pu["allowed"] else "xxxxxx")
    axes.add_patch(spot)


def _ranges(numbers: list[int]) -> str:
    pieces: list[list[int]] = []
    for number in sorted(numbers):
        if pieces and number == pieces[-1][1] + 1:
            pieces[-1][1] = number
        else:
            pieces.append([number, number])
    return ", ".join(f"w{low}" if low == high else f"w{low}–w{high}" for low, high in pieces)


def steal_lines(shown: dict[str, Any]) -> list[str]:
    workers = shown["placement"]["workers"]
    lines = []
    for thief, worker in enumerate(workers[:_MOST_THIEVES]):
        groups = [f"{_LEVELS.get(group['level'], group['level'])}: {_ranges(group['workers'])}" for group in worker.get("steals", [])]
        if groups:
            lines.append(f"w{thief}   " + "   then   ".join(groups))
    if len(workers) > _MOST_THIEVES:
        lines.append(f"… and so on for {len(workers) - _MOST_THIEVES} more")
    return lines


def _draw_matrix(sheet: page, top: float, trips: dict[str, Any], side: float) -> None:
    cpus, rows = trips["cpus"], trips["round_trip_ns"]
    axes = sheet.axes(0.75, top, side, side)
    values = [[value if value else float("nan") for value in row] for row in rows]
    axes.imshow(values, cmap=colormaps["viridis_r"], aspect="auto")
    axes.grid(False)
    axes.set_xticks(range(len(cpus)), [str(cpu) for cpu in cpus], fontsize=7.5)
    axes.set_yticks(range(len(cpus)), [f"cpu {cpu}" for cpu in cpus], fontsize=7.5)
    axes.tick_params(length=0)
    known = [value for row in rows for value in row if value]
    for a, row in enumerate(rows):
        for b, value in enumerate(row):
            if len(cpus) <= 12:
                dark = value and value > (min(known) + max(known)) / 2 if known and max(known) > min(known) else False
                axes.text(b, a, "–" if a == b else "?" if value is None else f"{value:.0f}", ha="center", va="center", fontsize=8,
                          color="white" if dark else style.INK)


def sheet_of(shown: dict[str, Any], trips: dict[str, Any] | None, alarms: list[str], foot: list[str]) -> Figure:
    root = boxes_of(shown)
    root.lay_out(_WIDTH)
    lines = steal_lines(shown)
    pins: dict[int, list[int]] = {}
    for worker, at in enumerate(shown["placement"]["workers"]):
        pins.setdefault(at["pu"], []).append(worker)
    count = len(trips["cpus"]) if trips else 0
    side = min(4.5, 0.5 + 0.42 * count) if 2 <= count <= _MOST_IN_MATRIX else 0.0
    body = root.height + 0.3 + (0.45 + 0.19 * len(lines) if lines else 0) + (side + 0.75 if side else 0)
    explanation = [f"Filled circles are workers (w0, w1, …) pinned by placement {shown['placement']['policy']}; hatched CPUs are not allowed to this "
                   f"process. Fingerprint {shown['fingerprint']}; {shown['model']}."]
    sheet = page("The machine: what shares what, and where workers are", explanation, alarms, foot, body)
    axes = sheet.axes(0.18, 0.1, _WIDTH, root.height)
    axes.set(xlim=(0, _WIDTH), ylim=(root.height, 0))
    axes.set_axis_off()
    _draw_box(axes, root, 0.0, 0.0, shown, pins)
    top = root.height + 0.4
    if lines:
        sheet.text(0.18, top, "Steal order, nearest first (what a hierarchical thief follows)", fontsize=9.5, weight="bold", va="top")
        for index, line in enumerate(lines):
            sheet.text(0.18, top + 0.26 + 0.19 * index, line, fontsize=style.fitting(line, _WIDTH, 8.5), va="top")
        top += 0.45 + 0.19 * len(lines)
    if side:
        sheet.text(0.18, top, "Measured when the run began: round trip of a cache line between two CPUs, ns", fontsize=9.5, weight="bold", va="top")
        _draw_matrix(sheet, top + 0.32, trips or {}, side)
    return sheet.figure


def draw(view: result_view) -> Figure:
    environment = view.result.environment
    shown = environment.get("topology")
    if not shown:
        reason = environment["absent"].get("topology", "the result is older than its record of the topology")
        raise nothing_to_draw(reason)
    return sheet_of(shown, environment.get("round_trips"), warnings(view), footer(view))
