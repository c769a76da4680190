"""Comparing two series of a randomised block run: paired ratios, their median, and a bootstrap interval.

Within a block both cells ran within a short time of each other, so the machine's slow drift divides out of their ratio. The
placement of the CPUs may still change between the two: a pair counts only where both ran in the same mode, and modes are
summarised apart. A workload on one worker that measures no latency touches one CPU only, so its mode is no condition: there
the summary is over all pairs, mode "any".

Ratios are summarised in logarithms (the median of an even number of ratios is the geometric middle of the two in the centre),
so that a against b is exactly the inverse of b against a.
"""

from __future__ import annotations

import collections
import functools
import math
import random
import statistics as standard_statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .result_reader import measurement_entry, run_result

RESAMPLES = 10_000
CONFIDENCE = 0.95
DEFAULT_SEED = 20_240_229
KNOWN_MODES = ("near", "far", "single")


@dataclass(frozen=True)
class estimate:
    """A median with its interval. Fewer than 2 values have no interval: low and high are None."""

    median: float
    low: float | None
    high: float | None
    count: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@functools.cache
def _resampled_ranks(count: int, resamples: int, seed: int | str) -> tuple[tuple[int, int], ...]:
    """For each resample of `count` sorted values, which two ranks of them are in its middle.

    That does not depend on the values, so one drawing per count serves every comparison. Each drawing is followed by its mirror
    image, so that a against b stays the exact inverse of b against a.
    """
    generator = random.Random(f"{seed}/{count}/{resamples}")
    indices = range(count)
    low, high = (count - 1) // 2, count // 2
    ranks = []
    for _ in range(resamples // 2):
        drawn = sorted(generator.choices(indices, k=count))
        ranks.append((drawn[low], drawn[high]))
        ranks.append((count - 1 - drawn[high], count - 1 - drawn[low]))
    return tuple(ranks)


@functools.cache
def _tallied_ranks(count: int, resamples: int, seed: int | str) -> tuple[tuple[tuple[int, int], int], ...]:
    return tuple(sorted(collections.Counter(_resampled_ranks(count, resamples, seed)).items()))


def _lower_bound(weighted: Sequence[tuple[float, int]], tail: float) -> float:
    """The largest value that closes off at most `tail` of the weight, itself included; the first where even that is too much.

    A median takes few distinct values, and the usual quantile then cuts off nearly a whole step too much: intervals of 15
    blocks covered 88 % instead of 95 %. Rounding outward covers 95 to 99 % from 8 blocks on.
    """
    allowed = tail * sum(weight for _, weight in weighted)
    bound = weighted[0][0]
    closed_off = 0
    for value, weight in weighted:
        closed_off += weight
        if closed_off > allowed:
            break
        bound = value
    return bound


def median_interval(values: Iterable[float], *, seed: int = DEFAULT_SEED, resamples: int = RESAMPLES,
                    confidence: float = CONFIDENCE) -> estimate:
    """The median and its percentile bootstrap interval. Raises ValueError when there is no value."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("the median of no values")
    median = standard_statistics.median(ordered)
    if len(ordered) < 2:
        return estimate(median, None, None, 1)
    medians: collections.Counter[float] = collections.Counter()
    for (low, high), times in _tallied_ranks(len(ordered), resamples, seed):
        medians[(ordered[low] + ordered[high]) / 2] += times
    return estimate(median, *_bounds(medians, confidence), len(ordered))


def _bounds(medians: collections.Counter[float], confidence: float) -> tuple[float, float]:
    weighted = sorted(medians.items())
    tail = (1 - confidence) / 2
    return _lower_bound(weighted, tail), _lower_bound(weighted[::-1], tail)


def ratio_interval(ratios: Iterable[float], **options: Any) -> estimate:
    """median_interval of ratios, taken in logarithms."""
    logs = median_interval([math.log(ratio) for ratio in ratios], **options)
    low, high = (None if bound is None else math.exp(bound) for bound in (logs.low, logs.high))
    return estimate(math.exp(logs.median), low, high, logs.count)


def unpaired_ratio_interval(numerator: Iterable[float], denominator: Iterable[float], *, seed: int = DEFAULT_SEED,
                            resamples: int = RESAMPLES, confidence: float = CONFIDENCE) -> estimate:
    """The ratio of two medians from separate runs: both sides are resampled, each by itself."""
    sides = [sorted(math.log(value) for value in side) for side in (numerator, denominator)]
    ratio = math.exp(standard_statistics.median(sides[0]) - standard_statistics.median(sides[1]))
    fewest = min(map(len, sides))
    if fewest < 2:
        return estimate(ratio, None, None, fewest)
    drawn = [[(side[low] + side[high]) / 2 for low, high in _resampled_ranks(len(side), resamples, f"{seed}/{name}")]
             for name, side in zip(("numerator", "denominator"), sides)]
    low, high = _bounds(collections.Counter(above - below for above, below in zip(*drawn)), confidence)
    return estimate(ratio, math.exp(low), math.exp(high), fewest)


def placement_matters(entry: measurement_entry) -> bool:
    return entry.workers > 1 or entry.measurement.get("threads", 1) > 1 or bool(entry.measurement["latency_ns"])


def paired_ratios(numerator: Iterable[measurement_entry], denominator: Iterable[measurement_entry]) -> dict[str, dict[int, float]]:
    """{mode: {block: value of numerator / value of denominator}} over the blocks that hold both, in like placement.

    Each side is one cell's entries (one a block). Pairs of differing or unknown mode are left out where placement matters.
    """
    other = {entry.block: entry for entry in denominator}
    ratios: dict[str, dict[int, float]] = {}
    for entry in numerator:
        partner = other.get(entry.block)
        if partner is None:
            continue
        if not placement_matters(entry) and not placement_matters(partner):
            mode = "any"
        elif entry.mode == partner.mode and entry.mode in KNOWN_MODES:
            mode = entry.mode
        else:
            continue
        ratios.setdefault(mode, {})[entry.block] = entry.value / partner.value
    return ratios


@dataclass(frozen=True)
class comparison:
    """How many times faster `candidate` is than `baseline` (above 1: faster) on one workload, worker count and mode."""

    workload: str
    workers: int
    candidate: str
    baseline: str
    mode: str
    unit: str
    speedup: estimate
    candidate_value: float  # medians over the paired blocks, to read beside the ratio
    baseline_value: float
    pairs_left_out: int  # blocks that hold both, but not in one mode
    pairs_faster: int = 0  # of the paired blocks, those in which the candidate took less time; unpaired: 0
    pairs_slower: int = 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def by_cell(entries: Iterable[measurement_entry]) -> dict[str, list[measurement_entry]]:
    cells: dict[str, list[measurement_entry]] = {}
    for entry in entries:
        cells.setdefault(entry.cell_id, []).append(entry)
    return cells


def compare_cells(candidate: list[measurement_entry], baseline: list[measurement_entry], *, seed: int = DEFAULT_SEED) -> list[comparison]:
    """One comparison a mode; none when the two cells share no block in like placement."""
    first = candidate[0]
    shared = {entry.block for entry in candidate} & {entry.block for entry in baseline}
    by_mode = paired_ratios(baseline, candidate)
    compared = sum(len(ratios) for ratios in by_mode.values())
    rows = []
    for mode, ratios in sorted(by_mode.items()):
        values = [standard_statistics.median(entry.value for entry in side if entry.block in ratios) for side in (candidate, baseline)]
        rows.append(comparison(first.workload, first.workers, first.label, baseline[0].label, mode, first.unit,
                               ratio_interval(ratios.values(), seed=seed), *values, pairs_left_out=len(shared) - compared,
                               pairs_faster=sum(ratio > 1 for ratio in ratios.values()),
                               pairs_slower=sum(ratio < 1 for ratio in ratios.values())))
    return rows


def is_baseline(entry: measurement_entry, baseline: str) -> bool:
    """A baseline is named by its label or, failing that, its subject ("go")."""
    return entry.label == baseline or entry.subject == baseline


def compare_with_baseline(result: run_result, baseline: str, entries: Iterable[measurement_entry] | None = None, *,
                          seed: int = DEFAULT_SEED) -> list[comparison]:
    """Every usable cell against the baseline's cell of the same workload, size and workers."""
    cells = by_cell(result.usable if entries is None else entries)
    anchors: dict[tuple[str, Any, int], list[measurement_entry]] = {}
    for of_cell in cells.values():
        if is_baseline(of_cell[0], baseline):
            key = (of_cell[0].workload, of_cell[0].measurement["size"], of_cell[0].workers)
            if key not in anchors or of_cell[0].label == baseline:
                anchors[key] = of_cell
    rows = []
    for of_cell in cells.values():
        first = of_cell[0]
        anchor = anchors.get((first.workload, first.measurement["size"], first.workers))
        if anchor is not None and anchor[0].cell_id != first.cell_id:
            rows.extend(compare_cells(of_cell, anchor, seed=seed))
    return sorted(rows, key=lambda row: (row.workload, row.workers, row.candidate, row.mode))


def compare_runs(before: run_result, after: run_result, *, seed: int = DEFAULT_SEED) -> list[comparison]:
    """Cells that two runs have in common, by id; unpaired, since their blocks did not run side by side."""
    old, new = by_cell(before.usable), by_cell(after.usable)
    rows = []
    for cell_id in sorted(old.keys() & new.keys()):
        if old[cell_id][0].measurement["size"] != new[cell_id][0].measurement["size"]:
            continue
        ours, theirs = _values_by_mode(new[cell_id]), _values_by_mode(old[cell_id])
        first = new[cell_id][0]
        for mode in sorted(ours.keys() & theirs.keys()):
            kept = min(len(ours[mode]), len(theirs[mode]))
            rows.append(comparison(first.workload, first.workers, first.label, str(before.source.parent.name), mode, first.unit,
                                   unpaired_ratio_interval(theirs[mode], ours[mode], seed=seed),
                                   standard_statistics.median(ours[mode]), standard_statistics.median(theirs[mode]),
                                   pairs_left_out=min(len(old[cell_id]), len(new[cell_id])) - kept))
    return rows


def _values_by_mode(entries: list[measurement_entry]) -> dict[str, list[float]]:
    values: dict[str, list[float]] = {}
    for entry in entries:
        mode = entry.mode if placement_matters(entry) else "any"
        if mode in (*KNOWN_MODES, "any"):
            values.setdefault(mode, []).append(entry.value)
    return values
