"""What the tests of `scripts/stealyard bench` share: a fake subject and probe, a folder, and the exactly-once check."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
from typing import Any

from stress.harness import sample_result as sample
from stress.harness.in_process import front_door

FRONT_DOOR = sample.REPOSITORY / "scripts" / "stealyard"
FAKE_SUBJECT = sample.REPOSITORY / "stress" / "harness" / "fake_subject.sh"


class bench_case(unittest.TestCase):
    def setUp(self) -> None:
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        self.out = self.folder / "run"
        self.probe = self.folder / "probe"
        self.set_probe("near")
        self.executables = ["--subject", f"fake={FAKE_SUBJECT}", "--probe", str(self.probe)]

    def set_probe(self, mode: str) -> None:
        self.probe.write_text(f"#!/bin/sh\necho '{{\"round_trip_ns\":85.5,\"mode\":\"{mode}\"}}'\n")
        self.probe.chmod(0o755)

    def command(self, *words: str) -> list[str]:
        return [sys.executable, str(FRONT_DOOR), "bench", *self.executables, *words]

    def bench(self, *words: str) -> subprocess.CompletedProcess[str]:
        return front_door("bench", *self.executables, *words)

    def bench_apart(self, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "NO_COLOR": "1"}
        return subprocess.run(self.command(*words), capture_output=True, text=True, timeout=120, check=False, env=environment, **options)

    def expect(self, status: int, done: subprocess.CompletedProcess[str], *words: str) -> None:
        self.assertEqual(done.returncode, status, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    def refused(self, done: subprocess.CompletedProcess[str], *words: str, status: int = 2) -> None:
        """One clear line, and no traceback."""
        self.expect(status, done, *words)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertTrue(done.stderr.startswith("stealyard: "), done.stderr)
        self.assertEqual(done.stdout, "")

    def result(self) -> dict[str, Any]:
        return json.loads((self.out / "result.json").read_text())

    def check_exactly_once(self) -> None:
        """Each planned (block, cell) is in the result once, and nothing else is in the folder."""
        result = self.result()
        planned = sorted((block, cell) for block, order in enumerate(result["plan"]["order"]) for cell in order)
        self.assertEqual(sorted((each["block"], each["cell"]) for each in result["measurements"]), planned)
        self.assertEqual((result["complete"], result["missing"]), (True, []))
        self.assertEqual(len(list((self.out / "blocks").iterdir())), len(planned))
        self.assertEqual(sorted(entry.name for entry in self.out.iterdir()), ["blocks", "environment.json", "plan.json", "result.json"])
