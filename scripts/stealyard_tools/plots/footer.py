"""Where a figure comes from: machine, kernel, compilers, sources, blocks, date, placement; and what is not in it.

A time without these lines is not a result. Everything is read from the result: nothing here looks at the clock or at the
machine that draws.
"""
from __future__ import annotations

import collections
import statistics as standard_statistics
from typing import Any

from .view import result_view


def environment_rows(view: result_view) -> list[tuple[str, str]]:
    """(what, value) for the report's table and the footer's first lines; what is unknown says so."""
    environment = view.result.environment
    machine, git = environment.get("machine") or {}, environment.get("git") or {}
    return [
        ("machine", _machine(machine)),
        ("kernel", _first(machine, "kernel", "kernel_release", "uname") or "unknown"),
        ("frequency governor", _first(machine, "governor", "cpu_governor") or "unknown"),
        ("compilers", _compilers(view)),
        ("sources", _sources(view, git)),
        ("subjects", _subjects(view)),
        ("run", _run(view)),
        ("placement of the first two CPUs", _placement(view)),
    ]


def footer(view: result_view) -> list[str]:
    rows = dict(environment_rows(view))
    governor = "" if rows["frequency governor"] == "unknown" else f" · governor {rows['frequency governor']}"
    lines = [
        f"{rows['machine']} · kernel {rows['kernel']}{governor}",
        f"Built with {rows['compilers']} · {rows['sources']} · {rows['subjects']}",
        f"{rows['run']} · placement: {rows['placement of the first two CPUs']}",
    ]
    left_out = unusable_counts(view)
    if left_out:
        lines.append("Never shown as a time: " + ", ".join(f"{count} × {reason}" for reason, count in left_out.items()))
    return lines


def warnings(view: result_view) -> list[str]:
    """What a reader must know before looking: an unfinished run."""
    if view.result.complete and not view.result.missing:
        return []
    planned = sum(len(order) for order in view.result.plan["order"])
    return [f"INCOMPLETE: {len(view.result.entries)} of {planned} planned measurements are here; the run was interrupted "
            "and numbers may still move."]


def unusable_counts(view: result_view) -> dict[str, int]:
    counted: collections.Counter[str] = collections.Counter()
    for entry in view.entries:
        reason = entry.why_unusable
        if reason is not None:
            counted["wrong answer" if reason.startswith("wrong answer") else "unchecked answer" if "answer" in reason
                    else "failed measurement"] += 1
    return dict(sorted(counted.items()))


def _first(fields: dict[str, Any], *names: str) -> str:
    for name in names:
        value = fields.get(name)
        if isinstance(value, str) and value.strip():
            return " ".join(value.split())
    return ""


def _machine(machine: dict[str, Any]) -> str:
    model = _first(machine, "cpu_model", "model", "cpu")
    name = _first(machine, "name", "machine", "description")
    count = next((machine[key] for key in ("cpus", "logical_cpus", "cpu_count", "pus") if isinstance(machine.get(key), int)), None)
    pieces = [piece for piece in (name, model) if piece]
    if count:
        pieces.append(f"{count} CPUs")
    return ", ".join(pieces) or "unknown machine"


def _compilers(view: result_view) -> str:
    """As the subjects themselves reported; more than one build in a result is shown, not hidden."""
    found: dict[str, None] = {}
    for entry in view.entries:
        if entry.why_unusable is None:
            build = entry.measurement["build"]
            compiler = _first(build, "compiler") or "unknown compiler"
            kind = _first(build, "type")
            flags = _first(build, "flags")
            found[f"{compiler}" + (f" {flags}" if flags else "") + (f" ({kind})" if kind and kind != "release" else "")] = None
    return "; ".join(sorted(found)) or "unknown compiler"


def _sources(view: result_view, git: dict[str, Any]) -> str:
    hashes = sorted({_first(entry.measurement["build"], "git") for entry in view.entries if entry.why_unusable is None} - {""})
    if hashes:
        return "git " + ", ".join(hashes)
    commit = _first(git, "commit", "hash", "head", "describe")
    return f"git {commit[:12]}{' (modified)' if git.get('dirty') else ''}" if commit else "git state unknown"


def _subjects(view: result_view) -> str:
    versions = {f"{entry.subject} {entry.measurement['version']}" for entry in view.entries if entry.why_unusable is None}
    return ", ".join(sorted(versions))


def _run(view: result_view) -> str:
    plan = view.result.plan
    return f"{plan['blocks']} randomised block{'' if plan['blocks'] == 1 else 's'}, seed {plan['seed']}, profile {plan['profile']}, started {plan['created']}"


def _placement(view: result_view) -> str:
    """How often each mode was seen and what a cache line's round trip cost in it: the floor under every hand-over."""
    counted: collections.Counter[str] = collections.Counter()
    trips: dict[str, list[float]] = {}
    for entry in view.entries:
        counted[entry.mode] += 1
        for probe in (entry.raw["probe_before"], entry.raw["probe_after"]):
            if probe["round_trip_ns"] is not None:
                trips.setdefault(probe["mode"], []).append(probe["round_trip_ns"])
    pieces = []
    for mode, count in sorted(counted.items()):
        trip = f" (cache line round trip {standard_statistics.median(trips[mode]):.0f} ns)" if mode in trips else ""
        pieces.append(f"{count} {mode}{trip}")
    return ", ".join(pieces)
