"""The plan: cells × blocks in seeded random order, fixed before the first measurement."""

from __future__ import annotations

import datetime
import random
from typing import Any

from .json_schema import load_schema
from .profiles import profile
from .subjects import subject


def now() -> str:
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def make_plan(cells: list[dict[str, Any]], subjects: list[subject], chosen: profile, *, blocks: int, samples: int, min_time_ms: int,
              seed: int, request: dict[str, Any]) -> dict[str, Any]:
    order = []
    for block in range(blocks):
        ids = [cell["id"] for cell in cells]
        random.Random(f"{seed}/{block}").shuffle(ids)
        order.append(ids)
    return {
        "schema": load_schema("plan")["title"], "created": now(), "seed": seed, "profile": chosen.name, "blocks": blocks,
        "samples": samples, "min_time_ms": min_time_ms, "request": request,
        "cells": cells, "order": order, "subjects": {each.name: each.listing for each in subjects},
    }


def measurement_seed(plan: dict[str, Any], block: int, cell_id: str) -> int:
    return random.Random(f"{plan['seed']}/{block}/{cell_id}").randrange(1, 2**31)


def expected_seconds(plan_samples: int, min_time_ms: int) -> float:
    """A guess at one measurement, before any was made: samples, the run that warms up, two probes, starting a process."""
    return (plan_samples + 1) * min_time_ms / 1000 * 1.2 + 0.08


def blocks_that_fit(wanted: int, cells: int, samples: int, min_time_ms: int, max_seconds: float | None) -> int:
    if max_seconds is None:
        return wanted
    return max(1, min(wanted, int(max_seconds / (cells * expected_seconds(samples, min_time_ms)))))


def planned_count(plan: dict[str, Any]) -> int:
    return sum(len(order) for order in plan["order"])
