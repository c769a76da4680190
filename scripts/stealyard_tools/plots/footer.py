"""Where a figure comes from: machine, kernel, compilers, sources, blocks, date, placement; and what is not in it.

A time without these lines is not a result. Everything is read from the result: nothing here looks at the clock or at the
machine that draws.
"""
from __future__ import annotations

import collections
import statistics as standard_statistics
from typing import Any

from .view import result_view
from ..statistics import KNOWN_MODES


def environment_rows(view: result_view) -> list[tuple[str, str]]:
    """(what, value) for the report's table and the footer's first lines; what is unknown says so, with the reason recorded."""
    environment = view.result.environment
    return [
        ("machine", _machine(environment["machine"])),
        ("kernel", _known(environment, "machine", "kernel")),
        ("operating system", _known(environment, "machine", "operating_system")),
        ("frequency governor", _known(environment, "machine", "governor")),
        ("built with", _compilers(view)),
        ("sources", _sources(view)),
        ("subjects", _subjects(view)),
        ("run", _run(view)),
        ("placement of the first two CPUs", _placement(view)),
        ("taken by others while measuring", _stolen(view)),
    ]


def footer(view: result_view) -> list[str]:
    rows = dict(environment_rows(view))
    governor = "" if rows["frequency governor"].startswith("unknown") else f" · governor {rows['frequency governor']}"
    lines = [
        f"{rows['machine']} · kernel {rows['kernel']}{governor}",
        f"Built with {rows['built with']} · {rows['sources']} · {rows['subjects']}",
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
    return [f"INCOMPLETE: {len(view.result.entries)} of {planned} planned measurements are here: the time was up, or the run was "
            "stopped. Numbers may still move."]


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


def _known(environment: dict[str, Any], group: str, name: str) -> str:
    value = _first(environment[group], name)
    reason = environment["absent"].get(f"{group}.{name}")
    return value or (f"unknown ({reason})" if reason else "unknown")


def _machine(machine: dict[str, Any]) -> str:
    allowed = machine.get("cpus_allowed")
    pieces = [_first(machine, "cpu_model") or "unknown CPU", _first(machine, "architecture"),
              f"{len(allowed)} CPUs" if isinstance(allowed, list) else "", "virtual machine" if machine.get("virtualised") else ""]
    return ", ".join(piece for piece in pieces if piece)


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


def _sources(view: result_view) -> str:
    git = view.result.environment["git"]
    commit = _first(git, "commit")
    hashes = sorted({_first(entry.measurement["build"], "git") for entry in view.entries if entry.why_unusable is None} - {"", "unknown"})
    changed = git.get("changed_files")
    note = f" with {changed} changed files" if isinstance(changed, int) and changed else ""
    # A subject built from other sources than those that ran the harness must not hide behind the harness's commit.
    other = [text for text in hashes if not commit.startswith(text.removesuffix("-dirty")) or text.endswith("-dirty")]
    pieces = [f"git {commit[:12]}{note}"] if commit else []
    pieces += [f"subject built from {', '.join(other)}"] if other else []
    return ", ".join(pieces) or "git state unknown"


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
            if probe["round_trip_ns"] is not None and probe["mode"] in KNOWN_MODES:  # else it is no distance
                trips.setdefault(probe["mode"], []).append(probe["round_trip_ns"])
    pieces = []
    for mode, count in sorted(counted.items()):
        trip = f" (cache line round trip {standard_statistics.median(trips[mode]):.0f} ns)" if mode in trips else ""
        pieces.append(f"{count} {mode}{trip}")
    return ", ".join(pieces)


def _stolen(view: result_view) -> str:
    """The share of CPU time that the hypervisor gave to somebody else between the two looks around each measurement."""
    stolen = total = 0
    for entry in view.entries:
        before, after = entry.raw["noise_before"], entry.raw["noise_after"]
        if all(isinstance(noise.get(key), (int, float)) for noise in (before, after) for key in ("steal", "total")):
            stolen += after["steal"] - before["steal"]
            total += after["total"] - before["total"]
    return f"{100 * stolen / total:.1f} % of CPU time stolen by the hypervisor" if total > 0 else "unknown"
