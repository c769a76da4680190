"""Which cells a run measures: subject × workload × workers × parts, as the filters and the profile say.

Without a filter on parts: the defaults and, where the profile wants a star, every alternative of every kind that the workload uses,
the other kinds at their defaults (the cross product of all kinds would take hours and answer few questions; a part that a workload
does not use only adds noise). With one: the cross product of exactly the variants named, the other kinds at their defaults.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from .errors import nothing_matched, unknown_name, usage_error
from .subjects import subject


@dataclass(frozen=True)
class cell_request:
    star_workers: tuple[int, ...]  # where there is a star
    groups: tuple[str, ...]
    workers: tuple[int, ...]
    micro: bool = True  # False: no micro-benchmarks, since they have 1 worker and the caller wants others
    workloads: tuple[str, ...] | None = None  # None: all
    only_quick: bool = False  # of those, the ones that a subject calls quick, if one does
    parts: dict[str, tuple[str, ...]] = field(default_factory=dict)  # empty: by profile
    size: int | None = None  # None: the workload's own


def make_cells(subjects: list[subject], request: cell_request) -> list[dict[str, Any]]:
    _check_names(subjects, request)
    cells: list[dict[str, Any]] = []
    wanted = _wanted(subjects, request)
    for of in subjects:
        for workload in of.workloads:
            if workload["group"] in request.groups and workload["name"] in wanted:
                cells.extend(_workload_cells(of, workload, request))
    if not cells and not request.micro and make_cells(subjects, replace(request, micro=True)):
        raise nothing_matched(f"a micro-benchmark has 1 worker: --workers {','.join(map(str, request.workers))} leaves nothing of this")
    if not cells:
        raise nothing_matched("no cell matches the filters: no subject has such a workload with such parts")
    return _with_ids(cells)


def _wanted(subjects: list[subject], request: cell_request) -> set[str]:
    """A peer measures beside us what we call quick; it need not say so itself."""
    rows = [workload for of in subjects for workload in of.workloads if request.workloads is None or workload["name"] in request.workloads]
    quick = {workload["name"] for workload in rows if workload.get("quick")} if request.only_quick else set()
    return quick or {workload["name"] for workload in rows}


def _check_names(subjects: list[subject], request: cell_request) -> None:
    known_workloads = {workload["name"] for of in subjects for workload in of.workloads}
    for name in request.workloads or ():
        if name not in known_workloads:
            raise unknown_name("workload", name, known_workloads)
    for kind, names in request.parts.items():
        known = {variant for of in subjects for variant in of.parts.get(kind, [])}
        if not known:
            raise usage_error(f"--{kind} is not accepted here: no chosen subject has parts of that kind")
        for name in names:
            if name not in known:
                raise unknown_name(kind, name, known)


def _workload_cells(of: subject, workload: dict[str, Any], request: cell_request) -> Iterator[dict[str, Any]]:
    micro = workload["group"] == "micro"
    for workers in ((1,) if request.micro else ()) if micro else request.workers:
        for parts in _micro_parts(of, workload, request) if micro else _workload_parts(of, workload, request, workers):
            yield {
                "id": "", "subject": of.name, "group": workload["group"], "workload": workload["name"], "kind": workload.get("kind"),
                "size": request.size or workload["default_size"] or None, "workers": workers, "parts": parts,
                "label": _label(of, workload, parts),
            }


def _micro_parts(of: subject, workload: dict[str, Any], request: cell_request) -> list[dict[str, str]]:
    kind = workload.get("kind")
    if kind is None:
        return [] if request.parts else [{}]
    if request.parts and kind not in request.parts:
        return []
    return [{kind: name} for name in of.parts.get(kind, []) if not request.parts or name in request.parts[kind]]


def _workload_parts(of: subject, workload: dict[str, Any], request: cell_request, workers: int) -> list[dict[str, str]]:
    defaults = dict(of.defaults)
    if request.parts:
        named = {kind: [name for name in names if name in of.parts[kind]] for kind, names in request.parts.items() if kind in of.parts}
        return [{**defaults, **dict(zip(named, combination))} for combination in itertools.product(*named.values())]
    choices = [defaults]
    if workers in request.star_workers:
        for kind in workload.get("uses", of.parts):
            choices.extend({**defaults, kind: name} for name in of.parts.get(kind, []) if kind in defaults and name != defaults[kind])
    return choices


def _label(of: subject, workload: dict[str, Any], parts: dict[str, str]) -> str:
    """The series a figure shows: the variants that differ from the defaults; the subject where none does."""
    if workload["group"] == "micro":
        return parts.get(workload.get("kind") or "", of.name)
    changed = [name for kind, name in parts.items() if of.defaults.get(kind) != name]
    return "+".join(changed) or of.name


def _with_ids(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Ids that a person can read in a file name or a message, made unique where labels coincide."""
    used: dict[str, int] = {}
    for cell in cells:
        plain = f"{cell['subject']}.{cell['workload']}.w{cell['workers']}.{cell['label'].replace('+', '-')}"
        used[plain] = used.get(plain, 0) + 1
        cell["id"] = plain if used[plain] == 1 else f"{plain}.{used[plain]}"
    return cells
