"""A result (results/README.md) as objects: read, validated, and filtered.

    result = read_result("results/reference")            # the folder, or its result.json
    for entry in result.select(workload=["ping_pong"], workers=[1]):
        entry.label, entry.block, entry.value, entry.mode

`select` gives only what may be plotted. A wrong answer, a failure or a measurement without a sample never comes out of it;
`result.unusable` holds those, each with its reason, so that reports can show them.
"""

from __future__ import annotations

import pathlib
import statistics as standard_statistics
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .documents import check_document, read_document
from .errors import nothing_matched, unknown_name, usage_error

NOT_APPLICABLE = 3  # the exit status of a subject that cannot combine these parts with this workload


@dataclass(frozen=True)
class measurement_entry:
    """One measured (block, cell)."""

    block: int
    position: int
    cell: dict[str, Any]
    raw: dict[str, Any]  # the block file
    mode: str  # near, far, single, unknown; mixed: it changed while measuring
    why_unusable: str | None  # None: may be plotted

    @property
    def measurement(self) -> dict[str, Any]:
        return self.raw["measurement"]

    @property
    def cell_id(self) -> str:
        return self.cell["id"]

    @property
    def label(self) -> str:
        return self.cell["label"]

    @property
    def subject(self) -> str:
        return self.cell["subject"]

    @property
    def workload(self) -> str:
        return self.cell["workload"]

    @property
    def workers(self) -> int:
        return self.cell["workers"]

    @property
    def parts(self) -> dict[str, str]:
        """The parts that ran, all of them; the cell's own `parts` where nothing was measured."""
        return self.raw.get("measurement", self.cell)["parts"]

    @property
    def group(self) -> str:
        return self.raw.get("measurement", self.cell).get("group", "workload")

    @property
    def unit(self) -> str:
        return self.measurement["unit"]

    @property
    def samples(self) -> list[float]:
        return self.measurement["samples"]

    @property
    def value(self) -> float:
        """The value of this cell in this block: the median of its samples. Lower is better for every unit."""
        return standard_statistics.median(self.samples)

    @property
    def percentiles(self) -> list[tuple[float, float]]:
        """[(percent, ns), ...] in rising order; empty for workloads without latencies."""
        latency = self.measurement["latency_ns"]
        return sorted((percent, ns) for percent, ns in latency["percentiles"]) if latency else []


@dataclass(frozen=True)
class run_result:
    source: pathlib.Path
    plan: dict[str, Any]
    environment: dict[str, Any]
    entries: list[measurement_entry]  # all, in the order they were measured
    complete: bool
    missing: list[dict[str, Any]]
    cells: dict[str, dict[str, Any]] = field(default_factory=dict)  # by id

    @property
    def usable(self) -> list[measurement_entry]:
        return [entry for entry in self.entries if entry.why_unusable is None]

    @property
    def unusable(self) -> list[measurement_entry]:
        return [entry for entry in self.entries if entry.why_unusable is not None]

    def defaults(self, subject: str = "stealyard") -> dict[str, str]:
        """The subject's default parts when the plan was made; empty when the plan does not say."""
        return self.plan.get("subjects", {}).get(subject, {}).get("defaults", {})

    def workload_about(self, name: str) -> dict[str, Any]:
        """What a subject said of a workload (unit, kind, about, ...); empty when nobody did."""
        for described in self.plan.get("subjects", {}).values():
            for workload in described.get("workloads", []):
                if workload.get("name") == name:
                    return workload
        return {}

    def select(self, *, workload: Iterable[str] | None = None, workers: Iterable[int] | None = None,
               subject: Iterable[str] | None = None, label: Iterable[str] | None = None,
               group: str | None = None, parts: dict[str, Iterable[str]] | None = None) -> list[measurement_entry]:
        """The usable entries that pass every filter. An unknown name is a usage_error; no entry left, nothing_matched."""
        chosen = self.usable
        for what, wanted in (("workload", workload), ("workers", workers), ("subject", subject), ("label", label)):
            if wanted is not None:
                wanted = set(wanted)
                known = {getattr(entry, what) for entry in self.entries}
                for name in sorted(wanted - known, key=str):
                    raise unknown_name(f"{what} in {self.source}", str(name), map(str, known))
                chosen = [entry for entry in chosen if getattr(entry, what) in wanted]
        if group is not None:
            chosen = [entry for entry in chosen if entry.group == group]
        for kind, names in (parts or {}).items():
            names = set(names)
            chosen = [entry for entry in chosen if entry.parts.get(kind) in names]
        if not chosen:
            raise nothing_matched(f"no measurement in {self.source} passes the filters")
        return chosen

    def variants_of(self, kind: str, *, subject: str = "stealyard") -> dict[str, list[measurement_entry]]:
        """Like with like: workload entries that differ from the subject's defaults in `kind` alone, by the variant of it."""
        defaults = self.defaults(subject)
        by_variant: dict[str, list[measurement_entry]] = {}
        for entry in self.usable:
            others = {key: value for key, value in entry.parts.items() if key != kind}
            if entry.subject == subject and entry.group == "workload" and kind in entry.parts \
                    and all(defaults.get(key, value) == value for key, value in others.items()):
                by_variant.setdefault(entry.parts[kind], []).append(entry)
        return by_variant


def read_result(path: str | pathlib.Path) -> run_result:
    """Reads and validates; refuses (errors.usage_error) whatever is unreadable, corrupt, newer, or holds nothing to use."""
    file = result_file(pathlib.Path(path))
    document = read_document(file, "result")
    # The nested documents carry their own versions; a result/1 around a plan/2 is as unreadable as a result/2.
    check_document(document["plan"], "plan", f"{file} (plan)")
    check_document(document["environment"], "environment", f"{file} (environment)")
    for block in document["measurements"]:
        if "measurement" in block:
            check_document(block["measurement"], "measurement", f"{file} (block {block['block']} position {block['position']})")
    result = _build(file, document)
    if not result.usable:
        raise usage_error(f"{file} holds nothing to use: {_why_nothing(result)}")
    return result


def result_file(path: pathlib.Path) -> pathlib.Path:
    if not path.exists():
        raise usage_error(f"no result at {path}: give a result folder or a result.json")
    if not path.is_dir():
        return path
    if (path / "result.json").exists():
        return path / "result.json"
    if (path / "plan.json").exists():
        raise usage_error(f"{path} has no result.json: its run was interrupted; finish it: scripts/stealyard bench --resume {path}")
    raise usage_error(f"{path} is not a result: it has neither result.json nor plan.json")


def mode_of(block: dict[str, Any]) -> str:
    before, after = block["probe_before"]["mode"], block["probe_after"]["mode"]
    return before if before == after else "mixed"


def is_not_applicable(block: dict[str, Any]) -> bool:
    return block.get("failed", {}).get("exit") == NOT_APPLICABLE


def why_unusable(block: dict[str, Any]) -> str | None:
    """The one place that decides what may be shown in a figure."""
    if "measurement" not in block:
        failed = block["failed"]
        if is_not_applicable(block):
            return f"not applicable: {failed['stderr'].strip()[:200]}"
        return f"failed (exit {failed['exit']}): {failed['stderr'].strip()[:200] or 'no message'}"
    answer = block["measurement"]["answer"]
    if not answer["checked"]:
        return "the answer was not checked"
    if not answer["ok"]:
        return f"wrong answer: expected {answer['expected']}, got {answer['got']}"
    return None


def _build(file: pathlib.Path, document: dict[str, Any]) -> run_result:
    cells = {cell["id"]: cell for cell in document["plan"]["cells"]}
    planned = {(block, cell) for block, order in enumerate(document["plan"]["order"]) for cell in order}
    seen: set[tuple[int, str]] = set()
    entries = []
    for block in document["measurements"]:
        key = (block["block"], block["cell"])
        if key not in planned:
            raise usage_error(f"{file} is corrupt: it holds cell {key[1]} in block {key[0]}, which its plan does not")
        if key in seen:
            raise usage_error(f"{file} is corrupt: it holds cell {key[1]} of block {key[0]} twice")
        seen.add(key)
        entries.append(measurement_entry(block["block"], block["position"], cells[block["cell"]], block, mode_of(block),
                                         why_unusable(block)))
    return run_result(file, document["plan"], document["environment"], entries, document["complete"], document["missing"], cells)


def _why_nothing(result: run_result) -> str:
    if not result.entries:
        return "no measurement was finished"
    return f"all {len(result.entries)} measurements are unusable, the first: {result.entries[0].why_unusable}"
