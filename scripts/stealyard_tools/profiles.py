"""How much a run measures: named sets of defaults, each of which a flag can override."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class profile:
    name: str
    about: str
    blocks: int
    samples: int
    min_time_ms: int
    workers: tuple[int, ...]
    star_workers: tuple[int, ...]  # with that many, one-at-a-time alternatives stand beside the defaults
    groups: tuple[str, ...]
    only_quick: bool  # only the workloads that their subject calls quick
    max_seconds: float | None  # None: as long as it takes


def _powers_of_two_to_all_cpus() -> tuple[int, ...]:
    cpus = len(os.sched_getaffinity(0))
    counts, count = [1, 2], 4
    while count < cpus:
        counts.append(count)
        count *= 2
    return tuple(counts if cpus <= 2 else [*counts, cpus])


# quick: many short blocks rather than few long ones. What spreads is one process beside another, not a sample in it: with 2 samples a log
# ratio spreads by 0.148, with 3 by 0.141, with 5 by 0.135 (the reference run), while each block narrows the interval; and of ten parts tried
# beside each other fewer than 9 blocks can name none (winners.py).
PROFILES = {
    each.name: each
    for each in (
        profile("quick", "every variant in a few telling workloads, in at most two minutes: shapes, not claims", 9, 2, 10, (1, 2), (2,),
                ("workload", "micro"), True, 110),
        profile("full", "every workload and variant, up to all CPUs, 12 blocks", 12, 5, 50, _powers_of_two_to_all_cpus(),
                _powers_of_two_to_all_cpus(), ("workload", "micro"), False, None),
        profile("headline", "the default parts beside the peers, 16 blocks: for claims", 16, 5, 50, (1, 2), (),
                ("workload",), False, None),
    )
}
