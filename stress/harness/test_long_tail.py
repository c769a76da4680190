"""Odd homes, terminals, paths, containers and kernels: each works, or costs one line in the record; none costs a traceback."""

import fcntl
import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

from stress.harness import bench_case
from stress.harness import sample_result as sample

WITHOUT = sample.REPOSITORY / "stress" / "harness" / "without_calls.py"
ONE_CELL = ("--workload", "steady", "--workers", "1", "--parker", "good_parker", "--blocks", "1")
NOT_UTF8 = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


class long_tail(bench_case.bench_case):
    def under(self, prefix, *words, **variables):
        done = subprocess.run([*prefix, *words], capture_output=True, timeout=120, check=False, env={**os.environ, "NO_COLOR": "1", **variables})
        if done.returncode == 77:
            self.skipTest(done.stdout.decode().strip())
        self.assertNotIn(b"Traceback", done.stderr, done.stderr)
        return done

    def front_door(self, *words, **variables):
        return self.under([sys.executable, str(bench_case.FRONT_DOOR)], *words, **variables)

    def a_result(self):
        ours, theirs = sample.cell("ours", workers=1), sample.cell("go", subject="go", workers=1)
        blocks = [sample.block_file(block, position, of, [value + block]) for block in range(6)
                  for position, (of, value) in enumerate(((ours, 10), (theirs, 60)))]
        return sample.write(sample.result([ours, theirs], blocks), self.folder / "result.json").parent

    def test_a_locale_that_is_not_utf8_gets_question_marks(self):
        folder = self.a_result()
        for words in (("compare", folder), ("plot", folder, "--no-figures", "--summary"), ("doctor", "--all"), ("--help",)):
            with self.subTest(words[0]):
                done = self.front_door(*map(str, words), **NOT_UTF8)
                self.assertIn(done.returncode, (0, 1) if words[0] == "doctor" else (0,), done.stderr)
                self.assertTrue(done.stdout.isascii())
                self.assertGreater(len(done.stdout), 100)

    def test_sixty_columns_are_enough_for_every_table_and_what_is_said_beneath(self):
        folder = self.a_result()
        for words in (("compare", folder), ("compare", folder, folder), ("plot", folder, "--no-figures", "--summary")):
            done = self.front_door(*map(str, words), COLUMNS="60")
            self.assertEqual(done.returncode, 0, done.stderr)
            lines = done.stdout.decode().splitlines()
            self.assertTrue([line for line in lines if "ping_pong" in line])
            self.assertEqual([line for line in lines if len(line) > 60], [])

    def test_a_home_that_cannot_be_written_to(self):
        done = self.under(self.command(*ONE_CELL, "--out", str(self.out)), HOME="/proc/nowhere")
        self.assertEqual(done.returncode, 0, done.stderr)
        done = self.front_door("plot", str(self.a_result()), "--figure", "peer", "--format", "svg", HOME="/proc/nowhere")
        self.assertEqual((done.returncode, done.stderr), (0, b""))

    def test_a_clone_whose_path_has_spaces(self):
        clone = self.folder / "a clone of mine"
        for name in ("scripts", "results/schema", "variants", "core/contract"):
            shutil.copytree(sample.REPOSITORY / name, clone / name)
        door = [sys.executable, str(clone / "scripts" / "stealyard")]
        out = self.folder / "a run"
        self.assertEqual(self.under(door, "bench", *self.executables, *ONE_CELL, "--out", str(out)).returncode, 0)
        self.assertEqual(self.under(door, "new-variant", "victim", "mine").returncode, 0)
        self.assertIn("stealyard_variant(victim mine)", (clone / "variants" / "CMakeLists.txt").read_text())
        done = self.under(door, "plot", str(out), "--figure", "heatmap", "--format", "svg")
        self.assertIn(done.returncode, (0, 3), done.stderr)
        said = self.under(["bash", str(clone / "scripts" / "setup"), "--list"])
        self.assertEqual(said.returncode, 0, said.stderr)

    def test_a_kernel_that_refuses_is_a_line_in_the_record(self):
        prefix = [sys.executable, str(WITHOUT), "membarrier,perf_event_open,light_guards"]
        done = self.under(prefix, *self.command(*ONE_CELL, "--out", str(self.out)))
        self.assertEqual(done.returncode, 0, done.stderr)
        found = {each["name"]: each for each in self.result()["environment"]["doctor"]}
        for name, reason in (("membarrier", "EPERM"), ("guard pages", "EINVAL"), ("perf", "EPERM")):
            self.assertEqual(found[name]["state"], "note")
            self.assertIn(reason, found[name]["value"])

    def test_one_cpu_is_said_and_measured(self):
        cpu = str(min(os.sched_getaffinity(0)))
        done = self.under(["taskset", "-c", cpu], *self.command(*ONE_CELL, "--out", str(self.out)))
        self.assertEqual(done.returncode, 0, done.stderr)
        found = {each["name"]: each for each in self.result()["environment"]["doctor"]}
        self.assertEqual((found["CPUs"]["state"], found["CPUs"]["value"][:2]), ("bad", "1 "))
        self.assertIn(b"this will spoil numbers here:", done.stderr)

    def test_a_folder_that_another_run_writes_into(self):
        self.out.mkdir()
        with open(self.out / ".lock", "w", encoding="utf-8") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            self.refused(self.bench(*ONE_CELL, "--out", str(self.out)), str(self.out))


@unittest.skipUnless(os.environ.get("STEALYARD_BENCH_EXECUTABLE"), "no stealyard-bench in this build: ctest names it in STEALYARD_BENCH_EXECUTABLE")
class the_runtime_itself(unittest.TestCase):
    """stealyard-bench where the kernel refuses, and on one CPU: right answers, whatever it falls back to."""

    def answer(self, *prefix):
        executable = os.environ["STEALYARD_BENCH_EXECUTABLE"]
        done = subprocess.run([*prefix, executable, "--workload", "ping_pong", "--size", "2000", "--workers", "2", "--samples", "1", "--min_time_ms",
                               "0", "--seed", "1"], capture_output=True, text=True, timeout=120, check=False)
        if done.returncode == 77:
            self.skipTest(done.stdout.strip())
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["answer"]["ok"]

    def test_it_runs_without(self):
        for names in ("membarrier", "light_guards", "numa", "membarrier,perf_event_open,light_guards,numa"):
            with self.subTest(names):
                self.assertTrue(self.answer(sys.executable, str(WITHOUT), names))

    def test_it_runs_on_one_cpu(self):
        self.assertTrue(self.answer("taskset", "-c", str(min(os.sched_getaffinity(0)))))


if __name__ == "__main__":
    unittest.main()
