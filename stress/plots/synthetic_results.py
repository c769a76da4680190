#!/usr/bin/env python3
"""Writes made-up results in the agreed format, so that plots can be tested without measuring.

Nothing here is a measurement: the times come from a seeded generator around a table of levels, and the environment
says "synthetic" wherever a reader could mistake it for a machine. The same arguments give the same bytes.
"""
from __future__ import annotations

import argparse
import json
import pathlib
import random
import sys

PART_KINDS = {
    "run_queue": ["chase_lev", "mutex_deque"],
    "channel_buffer": ["mutex_ring", "vyukov_mpmc"],
    "parker": ["futex", "eventcount"],
    "idle": ["go_spinning"],
    "victim": ["uniform"],
}
# Level of the default configuration and of the peer on one worker, in the workload's unit.
WORKLOADS = {
    "spawn_join": ("ns/op", 100_000, 21.0, 244.0),
    "yield": ("ns/op", 1_000_000, 7.2, 51.0),
    "ping_pong": ("ns/op", 100_000, 28.0, 199.0),
    "buffered": ("ns/op", 1_000_000, 11.0, 30.0),
    "ring_1000": ("ns/op", 100_000, 19.0, 150.0),
    "skynet": ("ms/run", 100_000, 8.1, 65.0),
    "external_wake": ("ns", 2_000, 9_000.0, 14_500.0),
}
MICRO = {
    "run_queue_push_pop": ("run_queue", 6.0),
    "run_queue_steal": ("run_queue", 9.0),
    "channel_buffer_pair": ("channel_buffer", 10.1),
    "parker_hand_off": ("parker", 21_000.0),
}
PERCENTILES = (50, 90, 99, 99.9, 99.99, 100)
DEFAULTS = {kind: names[0] for kind, names in PART_KINDS.items()}


def configurations(variants: int, peer: bool) -> list[dict]:
    """The default, one configuration for each other part, invented run queues up to the wanted count, the peer."""
    found = [{"subject": "stealyard", "label": "stealyard", "parts": dict(DEFAULTS)}]
    for kind, names in PART_KINDS.items():
        for name in names[1:]:
            found.append({"subject": "stealyard", "label": name, "parts": {**DEFAULTS, kind: name}})
    index = 0
    while len(found) < variants:
        name = f"invented_queue_{index}"
        found.append({"subject": "stealyard", "label": name, "parts": {**DEFAULTS, "run_queue": name}})
        index += 1
    found = found[:variants]
    if peer:
        found.append({"subject": "go", "label": "go", "parts": {}})
    return found


def planned_cells(options: argparse.Namespace) -> list[dict]:
    cells = []
    for configuration in configurations(options.variants, options.peer):
        for workload in options.workloads:
            for workers in options.workers:
                cells.append({"id": f"{configuration['subject']}.{workload}.w{workers}.{configuration['label']}", "workload": workload,
                              "size": WORKLOADS[workload][1], "workers": workers, "group": "workload", "kind": None, **configuration})
    if options.micro:
        for workload, (kind, _) in MICRO.items():
            for name in PART_KINDS[kind]:
                cells.append({"id": f"stealyard.{workload}.w1.{name}", "workload": workload, "size": 1000, "workers": 1,
                              "group": "micro", "kind": kind, "subject": "stealyard", "parts": {kind: name}, "label": name})
    return cells


def level(cell: dict, mode: str) -> float:
    """What this cell would take: a fixed factor for each label, a little speed-up with workers, far costs more."""
    if cell["workload"] in MICRO:
        base = MICRO[cell["workload"]][1]
    else:
        base = WORKLOADS[cell["workload"]][3 if cell["subject"] != "stealyard" else 2]
    factor = 1.0
    if cell["label"] != "stealyard" and cell["subject"] == "stealyard":
        factor = random.Random(f"{cell['label']}/{cell['workload']}").choice((0.82, 0.97, 1.0, 1.06, 1.35, 2.1))
    contention = 1.0 if cell["workers"] == 1 else (1.0 if mode == "near" else 1.4) * cell["workers"] ** -0.35
    return base * factor * contention


def latency(center: float, source: random.Random) -> dict:
    """A percentile summary with a tail: each nine costs about another factor."""
    points, value = [], center
    for position, percentile in enumerate(PERCENTILES):
        value = center if position == 0 else value * source.uniform(1.3, 2.6)
        points.append([percentile, value])
    return {"count": 20_000, "percentiles": points}


def measurement(cell: dict, mode: str, source: random.Random, wrong: bool) -> dict:
    center = level(cell, mode) * source.lognormvariate(0.0, 0.03)
    micro = cell["workload"] in MICRO
    unit = "ns/op" if micro else WORKLOADS[cell["workload"]][0]
    timed = cell["workload"] == "external_wake"
    return {
        "schema": "stealyard.measurement/1", "subject": cell["subject"], "version": "0.1", "workload": cell["workload"],
        "group": "micro" if micro else "workload", "size": cell["size"], "workers": cell["workers"], "parts": cell["parts"],
        "seed": 7, "unit": unit, "operations": cell["size"],
        "samples": [center * source.lognormvariate(0.0, 0.01) for _ in range(5)],
        "latency_ns": latency(center, source) if timed else None, "cpu_seconds": 0.5,
        "answer": {"checked": True, "ok": not wrong, "expected": "5000", "got": "4999" if wrong else "5000"},
        "build": {"compiler": "synthetic 1.0" if cell["subject"] == "stealyard" else "go synthetic",
                  "flags": "-O3", "type": "release", "git": "0123abc"},
    }


def probe(mode: str, source: random.Random) -> dict:
    return {"round_trip_ns": (85.0 if mode == "near" else 400.0) * source.uniform(0.98, 1.03), "mode": mode}


def block_record(block: int, position: int, cell: dict, options: argparse.Namespace, source: random.Random) -> dict:
    mode = options.mode if options.mode != "both" else ("near" if block % 3 else "far")
    record = {
        "block": block, "position": position, "cell": cell["id"], "probe_before": probe(mode, source),
        "probe_after": probe(mode, source), "noise_before": {"loadavg": 0.5, "steal": 10, "idle": 900, "total": 1000},
        "noise_after": {"loadavg": 0.6, "steal": 11, "idle": 950, "total": 1100}, "started": "2026-01-01T00:00:00Z", "seconds": 0.4,
    }
    if cell["id"] in options.fail:
        record["failed"] = {"exit": 134, "stderr": "synthetic crash"}
    else:
        record["measurement"] = measurement(cell, mode, source, cell["id"] in options.wrong)
    return record


def topology() -> dict:
    """A machine of four CPUs in two cores, in the shape that stealyard-topology --json prints."""
    pus = [{"os_index": index, "core": index // 2, "package": 0, "node": 0, "l2": None, "l3": 0, "smt_rank": index % 2, "allowed": index != 3}
           for index in range(4)]
    workers = [{"pu": 0, "os_index": 0, "steals": [{"level": "l3", "distance": 5, "workers": [1]}]},
               {"pu": 2, "os_index": 2, "steals": [{"level": "l3", "distance": 5, "workers": [0]}]}]
    return {"schema": "stealyard.topology/1", "origin": "synthetic", "fingerprint": "0123456789abcdef", "model": "synthetic CPU", "pus": pus,
            "packages": [{"os_index": 0}], "nodes": [{"os_index": 0, "memory_bytes": 1 << 33}], "cores": [{}, {}],
            "caches": [{"level": 3, "size_bytes": 1 << 24}], "placement": {"policy": "one_per_core", "workers": workers}}


def environment() -> dict:
    return {
        "schema": "stealyard.environment/1", "recorded": "2026-01-01T00:00:00Z",
        "machine": {"architecture": "x86_64", "cpu_model": "synthetic CPU (generated, not measured)", "cpus_online": "0-1",
                    "cpus_allowed": [0, 1], "governor": None, "virtualised": True, "kernel": "0.0-synthetic",
                    "operating_system": "synthetic system"},
        "topology": topology(), "round_trips": {"cpus": [0, 1, 2], "round_trip_ns": [[0, 30, 90], [30, 0, None], [90, None, 0]]},
        "doctor": [{"name": "governor", "state": "bad", "value": "powersave on 2 of 2 CPUs", "mend": "echo performance"},
                   {"name": "smt", "state": "good", "value": "off"}],
        "hwloc_xml": "<topology/>", "tools": {"g++": "g++ synthetic", "go": "go version synthetic"}, "libraries": {"libhwloc-dev": "2.9"},
        "git": {"commit": "0123abc4567def890123abc4567def890123abcd", "changed_files": 0}, "build": {"cmake": None},
        "subjects": {"stealyard": {"version": "0.1"}, "go": {"version": "go1.19"}},
        "absent": {"machine.governor": "a synthetic machine has none", "build.cmake": "nothing was built"},
    }


def described_subjects() -> dict:
    workloads = [{"name": name, "group": "workload", "unit": unit, "default_size": size, "kind": None}
                 for name, (unit, size, _, _) in WORKLOADS.items()]
    workloads += [{"name": name, "group": "micro", "unit": "ns/op", "default_size": 1000, "kind": kind} for name, (kind, _) in MICRO.items()]
    return {"stealyard": {"subject": "stealyard", "version": "0.1", "workloads": workloads, "parts": PART_KINDS, "defaults": DEFAULTS}}


def build(options: argparse.Namespace) -> dict:
    source = random.Random(options.seed)
    cells = planned_cells(options)
    order = [source.sample([cell["id"] for cell in cells], len(cells)) for _ in range(options.blocks)]
    by_id = {cell["id"]: cell for cell in cells}
    measurements, missing = [], []
    for block, ids in enumerate(order):
        for position, identifier in enumerate(ids):
            record = block_record(block, position, by_id[identifier], options, source)
            if identifier in options.missing or block >= options.blocks - options.missing_blocks:
                missing.append({"block": block, "position": position, "cell": identifier})
            else:
                measurements.append(record)
    plan = {"schema": "stealyard.plan/1", "created": "2026-01-01T00:00:00Z", "seed": options.seed, "profile": "synthetic",
            "blocks": options.blocks, "cells": cells, "order": order, "subjects": described_subjects()}
    return {"schema": "stealyard.result/1", "plan": plan, "environment": environment(), "measurements": measurements,
            "complete": not missing, "missing": missing}


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--variants", type=int, default=4, help="configurations of our own runtime")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--workloads", nargs="+", default=list(WORKLOADS), choices=list(WORKLOADS))
    parser.add_argument("--blocks", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mode", choices=("near", "far", "both"), default="both")
    parser.add_argument("--no-peer", dest="peer", action="store_false")
    parser.add_argument("--micro", action="store_true")
    parser.add_argument("--fail", nargs="*", default=[], metavar="CELL", help="cells whose process crashed")
    parser.add_argument("--wrong", nargs="*", default=[], metavar="CELL", help="cells whose answer was wrong")
    parser.add_argument("--missing", nargs="*", default=[], metavar="CELL", help="cells never measured")
    parser.add_argument("--missing-blocks", type=int, default=0, help="blocks at the end never measured")
    return parser.parse_args(arguments)


def write(arguments: list[str]) -> pathlib.Path:
    """Writes result.json into the folder named first and returns the folder."""
    options = parse(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "result.json").write_text(json.dumps(build(options)))
    return options.out


if __name__ == "__main__":
    print(write(sys.argv[1:]))
