"""Small results made in memory, for tests of whatever reads results."""

from __future__ import annotations

import json
import pathlib
import sys
from typing import Any

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts"))


def cell(identifier: str, *, subject: str = "stealyard", workload: str = "ping_pong", workers: int = 1, label: str | None = None,
         parts: dict[str, str] | None = None, size: int | None = 1000) -> dict[str, Any]:
    return {"id": identifier, "subject": subject, "group": "workload", "workload": workload, "size": size, "workers": workers,
            "parts": parts or {}, "label": label or subject}


def measurement(of: dict[str, Any], samples: list[float], *, ok: bool = True, latency: list[list[float]] | None = None,
                threads: int | None = None) -> dict[str, Any]:
    return {
        **({"threads": threads} if threads else {}),
        "schema": "stealyard.measurement/1", "subject": of["subject"], "version": "0.1", "workload": of["workload"], "group": "workload",
        "size": of["size"] or 1, "workers": of["workers"], "parts": of["parts"], "seed": 1, "unit": "ns/op", "operations": 1000,
        "samples": samples, "latency_ns": {"count": 100, "percentiles": latency} if latency else None, "cpu_seconds": 0.1,
        "answer": {"checked": True, "ok": ok, "expected": "1", "got": "1" if ok else "2"}, "build": {"compiler": "g++"},
    }


def block_file(block: int, position: int, of: dict[str, Any], samples: list[float] | None, *, before: str = "near", after: str = "near",
               ok: bool = True, latency: list[list[float]] | None = None, threads: int | None = None) -> dict[str, Any]:
    made: dict[str, Any] = {
        "block": block, "position": position, "cell": of["id"],
        "probe_before": {"round_trip_ns": 85.0, "mode": before}, "probe_after": {"round_trip_ns": 85.0, "mode": after},
        "noise_before": {"steal": 0, "loadavg": 0.1}, "noise_after": {"steal": 0, "loadavg": 0.1},
        "started": "2024-01-01T00:00:00Z", "seconds": 0.5,
    }
    if samples is None:
        made["failed"] = {"exit": 1, "stderr": "it broke"}
    else:
        made["measurement"] = measurement(of, samples, ok=ok, latency=latency, threads=threads)
    return made


def result(cells: list[dict[str, Any]], blocks: list[dict[str, Any]], block_count: int | None = None) -> dict[str, Any]:
    count = block_count or 1 + max(block["block"] for block in blocks)
    order = [[of["id"] for of in cells] for _ in range(count)]
    present = {(block["block"], block["cell"]) for block in blocks}
    missing = [{"block": block, "cell": of["id"]} for block in range(count) for of in cells if (block, of["id"]) not in present]
    return {
        "schema": "stealyard.result/1",
        "plan": {"schema": "stealyard.plan/1", "created": "2024-01-01T00:00:00Z", "seed": 1, "profile": "quick", "blocks": count,
                 "cells": cells, "order": order,
                 "subjects": {"stealyard": {"subject": "stealyard", "version": "0.1", "workloads": [],
                                            "defaults": {"run_queue": "chase_lev", "parker": "eventcount"}}}},
        "environment": {"schema": "stealyard.environment/1", "recorded": "2024-01-01T00:00:00Z", "machine": {}, "hwloc_xml": None,
                        "tools": {}, "git": {}, "subjects": {}, "absent": {"hwloc_xml": "made by a test"}},
        "measurements": blocks, "complete": not missing, "missing": missing,
    }


def write(document: Any, path: pathlib.Path) -> pathlib.Path:
    path.write_text(json.dumps(document), encoding="utf-8")
    return path
