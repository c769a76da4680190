#!/usr/bin/env -S python3 -S -E
"""A subject that measures nothing, quickly: each workload behaves, or misbehaves, as its name says."""

import json
import os
import sys
import time

WORKLOADS = ("steady", "slow", "wrong_answer", "crash", "silent", "garbage", "newer", "liar", "not_applicable", "hang", "other_parts")
DEFAULTS = {"run_queue": "good_queue", "parker": "good_parker"}
LISTING = {
    "subject": "fake", "version": "7",
    "workloads": [{"name": name, "group": "workload", "unit": "ns/op", "default_size": 100, "needs": [], "kind": None, "latency": False,
                   "about": "fake"} for name in WORKLOADS]
    + [{"name": "push_pop", "group": "micro", "unit": "ns/op", "default_size": 10, "needs": [], "kind": "run_queue", "latency": False,
        "about": "fake"}],
    "parts": {"run_queue": ["good_queue", "other_queue"], "parker": ["good_parker", "other_parker"]},
    "defaults": DEFAULTS,
}


def main(words):
    if words == ["--list"]:
        print(json.dumps(LISTING))
        return 0
    given = dict(zip((word.removeprefix("--") for word in words[::2]), words[1::2]))
    workload = given["workload"]
    micro = workload == "push_pop"
    parts = {"run_queue": given["variant"]} if micro else {kind: given.get(kind, name) for kind, name in DEFAULTS.items()}
    if workload == "slow":
        time.sleep(0.02)
    if workload == "hang":
        time.sleep(1000)
    if workload == "crash":
        os.abort()
    if workload == "silent":
        return 0
    if workload == "not_applicable":
        print("fake: these parts do not fit", file=sys.stderr)
        return 3
    if workload == "garbage":
        print('{"schema":')
        return 0
    if workload == "other_parts":
        parts["parker"] = "neither"
    ok = workload not in ("wrong_answer",)
    measurement = {
        "schema": "stealyard.measurement/2" if workload == "newer" else "stealyard.measurement/1", "subject": "fake", "version": "7",
        "workload": workload, "group": "micro" if micro else "workload", "size": int(given["size"]), "workers": int(given["workers"]),
        "parts": parts, "seed": int(given["seed"]), "unit": "ns/op", "operations": 100,
        "samples": [10.0 + number for number in range(int(given["samples"]))], "latency_ns": None, "cpu_seconds": 0.0,
        "answer": {"checked": True, "ok": ok, "expected": "1", "got": "1" if ok else "2"}, "build": {},
    }
    print(json.dumps(measurement))
    return 1 if workload in ("wrong_answer", "liar") else 0


sys.exit(main(sys.argv[1:]))
