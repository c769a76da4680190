"""What a figure may show of a result: the filtered series, workloads and worker counts, and why a place is empty.

Statistics come from stealyard_tools.statistics; here is only the order and the naming that all figures share.
"""
from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterable

from ..errors import nothing_matched, unknown_name
from ..result_reader import measurement_entry, run_result
from ..statistics import comparison, compare_cells, placement_matters

OWN_SUBJECT = "stealyard"
MODES = ("any", "single", "near", "far")
MODE_WORDS = {
    "any": "", "single": "one CPU", "near": "cores sharing a cache (near)", "far": "cores apart (far)",
}


def placement_words(modes: Iterable[str]) -> str:
    """What near and far mean, for the figures that use the words bare; empty where none does."""
    used = set(modes)
    meaning = {"near": "near: the cores share a cache", "far": "far: they do not"}
    return "; ".join(text for mode, text in meaning.items() if mode in used).capitalize() + ("." if used & set(meaning) else "")


@dataclasses.dataclass(frozen=True)
class task:
    """A column: what was measured, with how many workers."""
    workload: str
    size: int | None
    workers: int


@dataclasses.dataclass(frozen=True)
class result_view:
    result: run_result
    cells: tuple[dict, ...]  # planned, after the filters
    entries: tuple[measurement_entry, ...]  # measured, usable or not, after the filters
    baseline: str
    peer: str | None

    @functools.cached_property
    def usable_by_cell(self) -> dict[str, list[measurement_entry]]:
        found: dict[str, list[measurement_entry]] = {}
        for entry in self.entries:
            if entry.why_unusable is None:
                found.setdefault(entry.cell_id, []).append(entry)
        return found

    @functools.cached_property
    def unusable_by_cell(self) -> dict[str, list[measurement_entry]]:
        found: dict[str, list[measurement_entry]] = {}
        for entry in self.entries:
            if entry.why_unusable is not None:
                found.setdefault(entry.cell_id, []).append(entry)
        return found

    def cells_of(self, group: str) -> list[dict]:
        return [cell for cell in self.cells if group_of(self.result, cell) == group]

    def labels(self, group: str = "workload") -> list[str]:
        """The baseline first, then our own by kind and name, peers last."""
        cells = {cell["label"]: cell for cell in reversed(self.cells_of(group))}
        return sorted(cells, key=lambda label: (cells[label]["subject"] != OWN_SUBJECT, label != self.baseline,
                                                self.note(cells[label]), natural(label)))

    def tasks(self, group: str = "workload") -> list[task]:
        """In the order of the plan, so that a reader finds related workloads side by side."""
        return list(dict.fromkeys(task_of(cell) for cell in self.cells_of(group)))

    def name(self, which: task) -> str:
        sizes = {other.size for other in self.tasks("workload") + self.tasks("micro") if other.workload == which.workload}
        return which.workload if len(sizes) < 2 else f"{which.workload} ({which.size or 'default size'})"

    def cell(self, label: str, which: task) -> dict | None:
        return self._cells_by_place.get((label, which))

    @functools.cached_property
    def _cells_by_place(self) -> dict[tuple[str, task], dict]:
        return {(cell["label"], task_of(cell)): cell for cell in self.cells}

    def note(self, cell: dict) -> str:
        """What sets a configuration apart, in one word where possible: the kind of the part it exchanges."""
        if cell["subject"] != OWN_SUBJECT:
            return "peer"
        if cell["label"] == self.baseline:
            return "baseline"
        defaults = self.result.defaults()
        return " + ".join(kind for kind, name in sorted(cell["parts"].items()) if defaults.get(kind, name) != name)

    def compare(self, candidate: dict | None, anchor: dict | None) -> dict[str, comparison]:
        """Comparisons by mode; empty where either side has nothing usable or the two share no block in like placement."""
        sides = [self.usable_by_cell.get(side["id"]) if side else None for side in (candidate, anchor)]
        if not all(sides):
            return {}
        return {row.mode: row for row in _compared(tuple(sides[0]), tuple(sides[1]))}

    def why_empty(self, cell: dict | None) -> str:
        """The state a place without a number is in (a key of heatmap.EMPTY_STATES)."""
        if cell is None:
            return "not_planned"
        reasons = [entry.why_unusable or "" for entry in self.unusable_by_cell.get(cell["id"], [])]
        if cell["id"] in self.usable_by_cell:
            return "unpaired"
        if any("answer" in reason for reason in reasons):
            return "wrong"
        return "failed" if reasons else "missing"


def natural(name: str) -> list[tuple[bool, int, str]]:
    """queue_2 before queue_10."""
    return [(not piece.isdigit(), int(piece) if piece.isdigit() else 0, piece) for piece in re.split(r"(\d+)", name) if piece]


def _compared(candidate: tuple[measurement_entry, ...], anchor: tuple[measurement_entry, ...]) -> list[comparison]:
    return compare_cells(list(candidate), list(anchor))


def task_of(cell: dict) -> task:
    return task(cell["workload"], cell["size"], cell["workers"])


def group_of(result: run_result, cell: dict) -> str:
    return cell.get("group") or result.workload_about(cell["workload"]).get("group", "workload")


def mode_of(entry: measurement_entry) -> str:
    """The series a time belongs to: "any" where only one CPU is touched, else the placement it was measured in."""
    return entry.mode if placement_matters(entry) else "any"


def values_by_mode(entries: Iterable[measurement_entry]) -> dict[str, list[measurement_entry]]:
    """Entries by placement; those whose placement changed or is unknown belong to none and are left out."""
    found: dict[str, list[measurement_entry]] = {}
    for entry in entries:
        if mode_of(entry) in MODES:
            found.setdefault(mode_of(entry), []).append(entry)
    return {mode: found[mode] for mode in MODES if mode in found}


def dominant_mode(view: result_view) -> str:
    """The placement most measurements that depend on it were made in; the earlier of MODES where two are even."""
    found = values_by_mode(entry for entries in view.usable_by_cell.values() for entry in entries)
    return max((mode for mode in MODES if mode != "any"), key=lambda mode: (len(found.get(mode, [])), -MODES.index(mode)))


def workers_text(count: int) -> str:
    return "1 worker" if count == 1 else f"{count} workers"


def default_baseline(result: run_result) -> str:
    """The configuration of defaults by its label, else by its parts, else whatever of ours was planned first."""
    cells = [cell for cell in result.plan["cells"] if group_of(result, cell) == "workload"] or result.plan["cells"]
    ours = [cell for cell in cells if cell["subject"] == OWN_SUBJECT] or cells
    for cell in ours:
        if cell["label"] == OWN_SUBJECT:
            return cell["label"]
    defaults = result.defaults()
    for cell in ours:
        if defaults and all(defaults.get(kind, name) == name for kind, name in cell["parts"].items()):
            return cell["label"]
    return ours[0]["label"]


def _with_distinct_labels(result: run_result) -> run_result:
    """Two kinds may have a variant of one name; two cells of one place would then share a label, and one of them would vanish."""
    places: dict[tuple[str, task], str] = {}
    renamed: dict[str, dict] = {}
    for cell in result.plan["cells"]:
        owner = places.setdefault((cell["label"], task_of(cell)), cell["id"])
        if owner != cell["id"]:
            defaults = result.defaults(cell["subject"])
            kinds = [kind for kind, name in cell["parts"].items() if defaults.get(kind) != name]
            renamed[cell["id"]] = {**cell, "label": f"{cell['label']} ({' + '.join(kinds) or cell['id']})"}
    if not renamed:
        return result
    cells = [renamed.get(cell["id"], cell) for cell in result.plan["cells"]]
    entries = [dataclasses.replace(entry, cell=renamed.get(entry.cell_id, entry.cell)) for entry in result.entries]
    return dataclasses.replace(result, plan={**result.plan, "cells": cells}, entries=entries, cells={cell["id"]: cell for cell in cells})


def make_view(result: run_result, *, workload: list[str] | None = None, workers: list[int] | None = None,
              series: list[str] | None = None, baseline: str | None = None, peer: str | None = None) -> result_view:
    """Applies the filters. The baseline and the peer stay visible whatever `series` names: they are what ratios are to."""
    result = _with_distinct_labels(result)
    labels = {cell["label"] for cell in result.plan["cells"]}
    peers = sorted({cell["subject"] for cell in result.plan["cells"]} - {OWN_SUBJECT})
    for what, given, known in (("baseline", baseline, labels), ("peer", peer, peers)):
        if given is not None and given not in known:
            raise unknown_name(f"{what} in {result.source}", given, known)
    planned = {"workload": {cell["workload"] for cell in result.plan["cells"]}, "workers": {cell["workers"] for cell in result.plan["cells"]},
               "series": labels}
    for what, wanted in (("workload", workload), ("workers", workers), ("series", series)):
        for name in wanted or ():
            if name not in planned[what]:
                raise unknown_name(f"{what} in {result.source}", str(name), map(str, planned[what]))
    anchor = baseline or default_baseline(result)
    other = peer or (peers[0] if peers else None)

    def wanted_cell(cell: dict) -> bool:
        return ((not workload or cell["workload"] in workload) and (not workers or cell["workers"] in workers)
                and (not series or cell["label"] in series or cell["label"] == anchor or cell["subject"] == other))

    cells = tuple(cell for cell in result.plan["cells"] if wanted_cell(cell))
    entries = tuple(entry for entry in result.entries if wanted_cell(entry.cell))
    if not any(entry.why_unusable is None and (not series or entry.label in series) for entry in entries):
        raise nothing_matched(f"no measurement in {result.source} passes the filters")
    return result_view(result, cells, entries, anchor, other)
