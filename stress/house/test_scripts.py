"""scripts/test and scripts/reproduce: flags, counting, the configuration whose turn it is, stopping, resuming."""

from __future__ import annotations

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts/house"))

import configurations  # noqa: E402
import suites  # noqa: E402
import tally  # noqa: E402

JUNIT = """<?xml version="1.0" encoding="UTF-8"?>
<testsuite tests="7">
 <testcase name="fine" status="run"><system-out>[==========] Running 3 tests</system-out></testcase>
 <testcase name="empty" status="run"><system-out>[==========] Running 0 tests from 0 test suites.</system-out></testcase>
 <testcase name="wrong" status="fail"><failure message=""/><system-out>expected 1, got 2</system-out></testcase>
 <testcase name="absent" status="notrun"><skipped message="Unable to find executable"/><system-out>Unable to find executable: x</system-out></testcase>
 <testcase name="left_out" status="notrun"><skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/><system-out>skipped: no tool</system-out></testcase>
 <testcase name="off" status="disabled"><system-out>Disabled</system-out></testcase>
 <testcase name="partly" status="run"><system-out>[ RUN      ] a.b
a.cpp:7: Skipped
one processor only

[  SKIPPED ] a.b (0 ms)
[==========] 2 tests</system-out></testcase>
</testsuite>
"""


class tally_test(unittest.TestCase):
    def read(self, text: str | None, expected: int) -> tally.ctest_result:
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "result.xml"
            if text is not None:
                path.write_text(text, encoding="utf-8")
            return tally.read_ctest(path, expected, "suite")

    def test_each_status_is_counted_as_what_it_is(self) -> None:
        result = self.read(JUNIT, 7)
        self.assertEqual(result.counts.passed, 2)
        self.assertEqual(result.counts.failed, ["empty", "wrong", "absent"])
        self.assertEqual(result.counts.skipped, ["left_out: no tool", "off: disabled", "a.b: one processor only"])
        self.assertIn("expected 1, got 2", result.outputs["wrong"])
        self.assertEqual(str(result.counts), "2 passed, 3 failed, 3 skipped")

    def test_a_result_that_is_absent_or_cut_or_short_is_a_failure(self) -> None:
        for text, expected in ((None, 7), (JUNIT[:400], 7), (JUNIT, 8)):
            self.assertTrue(any("suite" in each for each in self.read(text, expected).counts.failed))

    def test_the_rows_of_a_case_are_told_in_one_line(self) -> None:
        told = tally.tally(skipped=["rows/go_a.b/w1: too few", "lint x: no tool", "rows/go_a.b/w2: too few", "rows/go_a.b/w3: no order"])
        self.assertEqual(told.told_skips(), ["rows/go_a.b in 2 rows: too few", "lint x: no tool", "rows/go_a.b: no order"])
        self.assertEqual(told.count, 4)

    def test_a_long_output_is_cut_to_its_first_complaint_and_its_end(self) -> None:
        lines = [str(i) for i in range(1000)]
        self.assertEqual(tally.tail("\n".join(lines)).splitlines(), ["… 940 lines above", *lines[-60:]])
        lines[500] = "a.cpp:7: Failure"
        shown = tally.tail("\n".join(lines)).splitlines()
        self.assertEqual(shown, ["… 500 lines above", *lines[500:530], "… 440 lines between", *lines[-30:]])
        lines[500], lines[990] = "500", "a.cpp:7: Failure"
        self.assertEqual(len(tally.tail("\n".join(lines)).splitlines()), 61)
        self.assertEqual(tally.tail("short"), "short")


class configurations_test(unittest.TestCase):
    def test_each_has_its_turn(self) -> None:
        seen = {configurations.by_commit(f"{turn:040x}")[0] for turn in range(6)}
        self.assertEqual(len(seen), 6)
        self.assertEqual({each.sanitizer for each in seen}, {"plain", "asan", "tsan"})
        self.assertEqual(configurations.by_commit(f"{2**100 * 6 + 4:040x}"), configurations.by_commit(f"{(2**100 * 6 + 4) % 6:040x}")[:1] +
                         (configurations.by_commit(f"{2**100 * 6 + 4:040x}")[1],))

    def test_every_preset_exists(self) -> None:
        text = (REPOSITORY / "CMakePresets.json").read_text(encoding="utf-8")
        for each in configurations.every():
            self.assertIn(f'"name": "{each.preset}"', text)


class suites_test(unittest.TestCase):
    def test_budgets_add_up_to_what_ci_gives(self) -> None:
        self.assertLessEqual(suites.BUILD_BUDGET + suites.LINT_BUDGET + sum(each.budget for each in suites.SUITES), 26 * 60)

    def test_every_label_belongs_to_one_suite_at_most(self) -> None:
        labels = [label for each in suites.SUITES for label in each.labels]
        self.assertEqual(len(labels), len(set(labels)))
        self.assertEqual([each.name for each in suites.SUITES if not each.labels], [suites.SUITES[-1].name])


class test_command(unittest.TestCase):
    def run_test(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([REPOSITORY / "scripts/test", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)

    def test_bad_words_are_refused_in_one_line(self) -> None:
        for words in (["--bad"], ["--jobs", "0"], ["--jobs", "-1"], ["--config", "fast"], ["--suite", "lint,x"], ["--compiler", "icc"],
                      ["--full", "--config", "plain"], ["x"], ["--build_root", __file__]):
            with self.subTest(words=words):
                done = self.run_test(*words)
                self.assertEqual((done.returncode, done.stdout, len(done.stderr.splitlines())), (2, "", 1), done.stderr)

    def test_help(self) -> None:
        done = self.run_test("--help")
        self.assertEqual(done.returncode, 0)
        self.assertIn("--full", done.stdout)

    def test_help_of_every_script_fits_and_a_wrong_flag_is_answered_with_the_known_ones(self) -> None:
        for script in ("test", "lint/run", "setup", "reproduce"):
            with self.subTest(script=script):
                def call(word: str) -> subprocess.CompletedProcess[str]:
                    return subprocess.run([REPOSITORY / "scripts" / script, word], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                          check=False, env={**os.environ, "COLUMNS": "80"})

                shown = call("--help")
                self.assertEqual((shown.returncode, [line for line in shown.stdout.splitlines() if len(line) > 80]), (0, []))
                wrong = call("--nope")
                self.assertEqual((wrong.returncode, wrong.stdout, wrong.stderr.count("\n")), (2, "", 1), wrong.stderr)
                self.assertIn({"setup": "--check", "reproduce": "--profile"}.get(script, "--full"), wrong.stderr)


class children_test(unittest.TestCase):
    def test_a_stopped_run_leaves_no_child(self) -> None:
        program = ("import pathlib, sys; sys.path.insert(0, sys.argv[1]); import children; children.stop_on_signals()\n"
                   "try:\n children.run(['bash', '-c', 'sleep 300 & echo $!; wait'], pathlib.Path(sys.argv[2]))\n"
                   "except children.stopped as number:\n print('stopped', number.args[0])\n")
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number), tempfile.TemporaryDirectory() as folder:
                log = pathlib.Path(folder) / "log"
                mine = subprocess.Popen([sys.executable, "-c", program, str(REPOSITORY / "scripts/house"), str(log)], stdout=subprocess.PIPE, text=True)
                grandchild = wait_for(lambda: log.exists() and log.read_text(encoding="utf-8").strip() or pid_below(mine.pid))
                mine.send_signal(number)
                said, _ = mine.communicate(timeout=30)
                self.assertEqual(said.strip(), f"stopped {int(number)}")
                self.assertTrue(wait_for(lambda: not os.path.exists(f"/proc/{grandchild}")), "the grandchild lives on")


PROJECT = """\
cmake_minimum_required(VERSION 3.25)
project(made_up NONE)
enable_testing()
if(NOT SANITIZED)
  add_custom_target(stealyard-relacy COMMAND ${CMAKE_COMMAND} -E touch ${CMAKE_BINARY_DIR}/relacy_is_built)
  add_custom_target(stealyard-other ALL COMMAND ${CMAKE_COMMAND} -E touch ${CMAKE_BINARY_DIR}/other_is_built)
  add_test(NAME model.a COMMAND ${CMAKE_COMMAND} -E cat ${CMAKE_BINARY_DIR}/relacy_is_built)
  set_tests_properties(model.a PROPERTIES LABELS "model;run_queue")
  add_custom_command(OUTPUT given COMMAND ${CMAKE_COMMAND} -E touch given)
  add_custom_target(gives ALL DEPENDS given)
  add_test(NAME explorer.a COMMAND ${CMAKE_COMMAND} -E cat ${CMAKE_BINARY_DIR}/given)
  set_tests_properties(explorer.a PROPERTIES LABELS explorer)
endif()
add_test(NAME conformance.a COMMAND ${CMAKE_COMMAND} -E echo fine)
set_tests_properties(conformance.a PROPERTIES LABELS conformance)
add_test(NAME unlabelled COMMAND ${CMAKE_COMMAND} -E echo fine)
add_test(NAME go.a COMMAND ${CMAKE_COMMAND} -E RESULT)
set_tests_properties(go.a PROPERTIES LABELS go)
add_test(NAME skips COMMAND ${CMAKE_COMMAND} -E echo "skipped: too small")
set_tests_properties(skips PROPERTIES SKIP_REGULAR_EXPRESSION "^skipped:")
"""


class whole_run_test(unittest.TestCase):
    """scripts/test over a made-up project: which builds it makes, what it counts, how it ends."""

    def setUp(self) -> None:
        if shutil.which("cmake") is None or shutil.which("ninja") is None:
            self.skipTest("no cmake, no ninja")
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)
        for folder in ("house", "stealyard_tools"):
            shutil.copytree(REPOSITORY / "scripts" / folder, self.root / "scripts" / folder, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(REPOSITORY / "scripts/test", self.root / "scripts/test")
        self.script("setup", "true")
        self.script("lint/run", "echo 'ok a: fine'; echo 'skipped b: no tool'")
        self.project("true")
        presets = ", ".join(f'{{"name": "{each.preset}", "generator": "Ninja", "binaryDir": "${{sourceDir}}/elsewhere", "cacheVariables": {{"SANITIZED": '
                            f'"{"OFF" if each.plain else "ON"}"}}}}' for each in configurations.every())
        (self.root / "CMakePresets.json").write_text(f'{{"version": 6, "configurePresets": [{presets}]}}', encoding="utf-8")

    def script(self, name: str, body: str) -> None:
        path = self.root / "scripts" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/usr/bin/env python3\nimport subprocess, sys; sys.exit(subprocess.call({body!r}, shell=True))\n", encoding="utf-8")
        path.chmod(0o755)

    def project(self, result: str) -> None:
        (self.root / "CMakeLists.txt").write_text(PROJECT.replace("RESULT", result), encoding="utf-8")

    def run_test(self, *words: str) -> tuple[int, list[str]]:
        done = subprocess.run([self.root / "scripts/test", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout.splitlines()

    def test_a_plain_run_builds_once_and_counts_everything(self) -> None:
        status, said = self.run_test("--config", "plain", "--compiler", "g++")
        self.assertEqual((status, said[-1]), (1, "6 passed, 1 failed, 2 skipped"), said)  # nobody builds stealyard-relacy here
        self.assertIn("skipped: skips: too small", said)
        self.assertIn("failed: model.a", said)
        self.assertTrue((self.root / "build/dev/other_is_built").exists())

    def test_a_sanitized_run_takes_the_models_from_a_plain_build(self) -> None:
        status, said = self.run_test("--config", "asan", "--compiler", "clang-19")
        self.assertEqual((status, said[-1]), (0, "8 passed, 0 failed, 2 skipped"), said)
        self.assertTrue((self.root / "build/dev-clang/relacy_is_built").exists())
        self.assertFalse((self.root / "build/dev-clang/other_is_built").exists())
        self.assertTrue((self.root / "build/asan-clang").exists())

    def test_one_suite(self) -> None:
        status, said = self.run_test("--config", "plain", "--compiler", "g++", "--suite", "go")
        self.assertEqual((status, said[-1]), (0, "2 passed, 0 failed, 0 skipped"), said)

    def test_a_failure_is_shown_and_told(self) -> None:
        self.project("false")
        status, said = self.run_test("--config", "plain", "--compiler", "g++", "--suite", "go")
        self.assertEqual((status, said[-1]), (1, "1 passed, 1 failed, 0 skipped"), said)
        self.assertTrue(any("--- go.a, again by: ctest" in line for line in said), said)

    def test_every_configuration(self) -> None:
        status, said = self.run_test("--full", "--suite", "conformance")
        self.assertEqual((status, said[-1]), (0, "30 passed, 0 failed, 10 skipped"), said)

    def test_a_project_that_does_not_configure(self) -> None:
        (self.root / "CMakeLists.txt").write_text("message(FATAL_ERROR broken)\n", encoding="utf-8")
        status, said = self.run_test("--config", "plain", "--compiler", "g++")
        self.assertEqual((status, said[-1]), (1, "1 passed, 1 failed, 1 skipped"), said)

    def test_a_lint_that_dies_is_no_clean_lint(self) -> None:
        self.script("lint/run", "echo 'ok a: fine'; exit 9")
        status, said = self.run_test("--suite", "lint")
        self.assertEqual((status, said[-1]), (1, "1 passed, 1 failed, 0 skipped"), said)

    def test_setup_that_fails_ends_it(self) -> None:
        self.script("setup", "exit 1")
        self.assertEqual(self.run_test("--suite", "lint"), (1, ["0 passed, 1 failed, 0 skipped"]))


def pid_below(pid: int) -> str:
    """The sleeping grandchild of that process, if it has been started."""
    for each in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = each.read_text(encoding="utf-8").rpartition(")")[2].split()
            if "sleep" in each.read_text(encoding="utf-8") and parent(int(fields[1])) == pid:
                return each.parent.name
        except (OSError, IndexError):
            continue
    return ""


def parent(pid: int) -> int:
    return int(pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])


def wait_for(condition, seconds: float = 20):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        result = condition()
        if result:
            return result
        time.sleep(0.05)
    return condition()


class reproduce_test(unittest.TestCase):
    """The real script among made-up neighbours, which write down how they are called."""

    def setUp(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)
        (self.root / "scripts").mkdir()
        shutil.copy(REPOSITORY / "scripts/reproduce", self.root / "scripts")
        self.calls = self.root / "calls"
        self.neighbour("setup", "true")
        self.stealyard()

    def neighbour(self, name: str, body: str) -> None:
        path = self.root / "scripts" / name
        path.write_text(f"#!/bin/bash\necho {name} $* >> {self.calls}\n{body}\n", encoding="utf-8")
        path.chmod(0o755)

    def stealyard(self, bench: int = 0, plot: int = 0, sleep: float = 0) -> None:
        (self.root / "scripts/stealyard").write_text(
            f"import pathlib, sys, time\nopen({str(self.calls)!r}, 'a').write(' '.join(sys.argv[1:]) + '\\n')\n"
            "where = pathlib.Path(sys.argv[sys.argv.index('--out' if '--out' in sys.argv else '--resume') + 1]) if sys.argv[1] == 'bench' else None\n"
            "if where:\n where.mkdir(parents=True, exist_ok=True); (where / 'plan.json').touch()\n"
            f" try: time.sleep({sleep})\n except KeyboardInterrupt: sys.exit(130)\n"
            f"sys.exit({bench} if where else {plot})\n", encoding="utf-8")

    def reproduce(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([self.root / "scripts/reproduce", *words], cwd=self.root, capture_output=True, text=True, check=False)

    def asked(self) -> list[str]:
        return self.calls.read_text(encoding="utf-8").splitlines() if self.calls.exists() else []

    def test_the_way_from_setup_to_figures(self) -> None:
        done = self.reproduce("mine")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.asked(), ["setup --for reproduce", "bench --out mine", "plot mine --summary"])
        self.assertIn("mine/result.json", done.stdout)
        self.assertIn("mine/plots/", done.stdout)

    def test_a_folder_with_a_plan_is_continued(self) -> None:
        self.reproduce("mine")
        self.reproduce("mine")
        self.assertEqual(self.asked()[4], "bench --resume mine")

    def test_without_a_folder_one_is_made(self) -> None:
        self.assertEqual(self.reproduce("--profile", "full").returncode, 0)
        self.assertRegex(self.asked()[1], r"^bench --out results/local/\d{8}T\d{6}Z --profile full$")

    def test_statuses_come_through(self) -> None:
        for bench, plot, expected, drawn in ((1, 0, 1, True), (2, 0, 2, False), (0, 3, 3, True), (130, 0, 130, False)):
            with self.subTest(bench=bench, plot=plot):
                self.calls.unlink(missing_ok=True)
                self.stealyard(bench, plot)
                self.assertEqual(self.reproduce("mine").returncode, expected)
                self.assertEqual(any(each.startswith("plot") for each in self.asked()), drawn)

    def test_a_failed_setup_ends_it(self) -> None:
        self.neighbour("setup", "exit 1")
        self.assertEqual(self.reproduce("mine").returncode, 1)
        self.assertEqual(len(self.asked()), 1)

    def test_stopping_says_how_to_go_on(self) -> None:
        self.stealyard(sleep=60)
        mine = subprocess.Popen([self.root / "scripts/reproduce", "mine"], cwd=self.root, stderr=subprocess.PIPE, text=True, start_new_session=True)
        self.assertTrue(wait_for((self.root / "mine/plan.json").exists))
        os.killpg(mine.pid, signal.SIGINT)  # as a terminal does
        _, said = mine.communicate(timeout=30)
        self.assertEqual(mine.returncode, 130)
        self.assertIn("scripts/reproduce mine", said)
        self.assertFalse(any(each.startswith("plot") for each in self.asked()))

    def test_bad_words_are_refused_in_one_line(self) -> None:
        for words in (["--bad"], ["--profile"], ["--profile", "huge"], ["a", "b"], [""], ["scripts/reproduce"]):
            with self.subTest(words=words):
                done = self.reproduce(*words)
                self.assertEqual((done.returncode, len(done.stderr.splitlines()), self.asked()), (2, 1, []))


if __name__ == "__main__":
    unittest.main()
