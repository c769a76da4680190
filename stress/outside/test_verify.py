"""scripts/stealyard verify on parts that are wrong in every way: each gets a verdict that names it and says how, and nothing hangs."""

from __future__ import annotations

import contextlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

BUILD, NATIVE, RUNAWAY, EXPLORE, RELACY, LOAD = sys.argv[1:7]
del sys.argv[1:7]
REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts"))

from stealyard_tools.bounded_process import budget, ending, run_bounded  # noqa: E402 (after the path to it)
from stealyard_tools.commands.verify import with_its_path  # noqa: E402
from stealyard_tools.front_door import main  # noqa: E402
from stealyard_tools.verdicts import judge  # noqa: E402

# Seconds on the wall; a third of it of processor time. Enough for all that ends by itself, on a machine that is busy as well.
LIMITS = ("--seconds", "60", "--memory", "1024")
RIGHT = "run_queue.mutex_deque"


def said(*words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(["verify", *words])
    return status, out.getvalue(), err.getvalue()


def explorer(label: str) -> list[str]:
    return [EXPLORE, "--filter", label, "--bound", "3", "--jobs", "2"]


def conformance(program: str, label: str) -> list[str]:
    return [program, f"--gtest_filter=conformance.{label}.*"]


class Plan(unittest.TestCase):
    def verify(self, label: str, checks: dict[str, list[str]], *more: str) -> tuple[int, str]:
        with tempfile.TemporaryDirectory() as folder:
            plan = pathlib.Path(folder, "plan.json")
            plan.write_text(json.dumps({"variants": [{"variant": label, "checks": checks}]}), encoding="utf-8")
            status, out, err = said("--plan", str(plan), "--only", ",".join(checks or ("bugs",)), *LIMITS, *more)  # of two values the last counts
        self.assertEqual(err, "")
        return status, out

    def verdicts(self, label: str, checks: dict[str, list[str]]) -> dict[str, dict]:
        status, out = self.verify(label, checks, "--json")
        self.assertEqual(status, 1, out)
        (variant,) = json.loads(out)["variants"]
        self.assertIn("FAILED", variant["conclusion"])
        return {check["instrument"]: check for check in variant["checks"]}


def wait_until_gone(process: int) -> None:
    """Killed it is; a busy machine takes its time until it is gone. (The test's own time limit ends this loop.)"""
    state = pathlib.Path("/proc", str(process), "stat")
    while state.exists() and state.read_text(encoding="utf-8").rpartition(")")[2].split()[0] not in "ZX":
        time.sleep(0.1)


class Budgets(Plan):
    """Whatever an instrument's process does, it ends, with a verdict."""

    def what(self, command: list[str], *more: str) -> str:
        status, out = self.verify(RIGHT, {"load": command}, "--json", *more)
        self.assertEqual(status, 1, out)
        (check,) = (each for each in json.loads(out)["variants"][0]["checks"] if each["instrument"] == "load")
        self.assertEqual(check["verdict"], "FAILED")
        return check["what"]

    def test_processor_time(self) -> None:
        end = run_bounded(["sh", "-c", "while :; do :; done"], budget(processor_seconds=1, wall_seconds=500, memory_bytes=None))
        self.assertEqual((end.over, judge("load", ("sh",), end).is_), ("1 s of processor time used up", "FAILED"))

    def test_time_on_the_wall(self) -> None:
        self.assertIn("not ended after 1 s", self.what(["sleep", "1000"], "--seconds", "1"))

    def test_memory(self) -> None:
        # A process of C++ says bad_alloc; this one stands for it.
        self.assertIn("1024 MB of memory used up", self.what([sys.executable, "-c", "try: x = bytearray(2 << 30)\n"
                                                              "except MemoryError: raise SystemExit('std::bad_alloc')"]))

    def test_a_crash(self) -> None:
        self.assertIn("killed by SIGSEGV", self.what(["sh", "-c", "kill -SEGV $$"]))

    def test_what_it_left_running_ends_with_it(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            number = pathlib.Path(folder, "number")
            status, _ = self.verify(RIGHT, {"load": ["sh", "-c", f"sleep 1000 & echo $! > {number}"]})
            self.assertEqual(status, 0)
            wait_until_gone(int(number.read_text(encoding="utf-8")))

    def test_a_killed_verify_takes_its_instrument_along(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            number = pathlib.Path(folder, "number")
            program = ("from stealyard_tools.bounded_process import budget, run_bounded\n"
                       f"run_bounded(['sh', '-c', 'echo $$ > {number}.new; mv {number}.new {number}; exec sleep 1000'], budget(9, 1000, None))")
            verify = subprocess.Popen([sys.executable, "-B", "-c", program], cwd=REPOSITORY / "scripts")
            while not number.exists():
                self.assertIsNone(verify.poll())
                time.sleep(0.01)
            verify.kill()
            verify.wait()
            wait_until_gone(int(number.read_text(encoding="utf-8")))


class Runaway(Plan):
    def expect(self, bug: str, by_tests: str, by_explorer: str) -> None:
        label = f"run_queue.shared_head_ring__{bug}"
        found = self.verdicts(label, {"conformance": conformance(RUNAWAY, label), "explorer": explorer(label)})
        self.assertEqual((found["conformance"]["verdict"], found["explorer"]["verdict"]), ("FAILED", "FAILED"))
        self.assertRegex(found["conformance"]["what"], by_tests)
        self.assertIn(f"conformance.{label}", found["conformance"]["what"])  # the test it was in
        self.assertRegex(found["explorer"]["what"] + found["explorer"].get("report", ""), by_explorer)

    def test_one_that_hangs(self) -> None:
        self.expect("hangs", r"processor time used up|not ended after", r"HANG: \d+ seconds of processor time without a step|not ended after")

    def test_one_that_allocates_without_end(self) -> None:
        self.expect("allocates", "1024 MB of memory used up", "MEMORY")

    def test_one_that_throws(self) -> None:
        self.expect("throws", "SIGABRT.*terminate called", "CRASH|EXCEPTION")

    def test_one_that_asserts(self) -> None:
        self.expect("asserts", "SIGABRT.*the caller counts the room", "ASSERTION FAILED: .*the caller counts the room")


class Broken(Plan):
    def test_every_instrument_finds_what_is_merely_wrong(self) -> None:
        for label in ("run_queue.shared_head_ring__one_too_many", "channel_buffer.two_lock_queue__close_drops"):
            with tempfile.TemporaryDirectory() as folder:
                found = self.verdicts(label, {
                    "conformance": conformance(NATIVE, label), "property": [NATIVE, f"--gtest_filter=property.{label}.*"],
                    "model": [RELACY, "--filter", label, "--save", folder], "explorer": explorer(label),
                    "load": [LOAD, "--filter", label, "--save", folder]})
            for instrument in ("conformance", "property", "model", "explorer", "load"):
                self.assertEqual(found[instrument]["verdict"], "FAILED", (label, instrument))
                self.assertTrue(found[instrument]["report"], (label, instrument))
            self.assertIn("replay: stealyard-explore --replay", found["explorer"]["report"])

    def test_a_person_reads_program_columns_and_the_line_that_repeats_it(self) -> None:
        label = "run_queue.shared_head_ring__one_too_many"
        status, out = self.verify(label, {"explorer": explorer(label)})
        self.assertEqual(status, 1)
        for text in (f"{label}: FAILED in explorer", "T0 owner: push", "step T0", "replay: stealyard-explore --replay", "again: "):
            self.assertIn(text, out)


class Said(unittest.TestCase):
    """The one line of a verdict says what failed; and what repeats it can be pasted."""

    def test_what_failed_is_named(self) -> None:
        for instrument, report, what in (
            ("model", "FAILED model.a.b: LIVELOCK\n  program 1/u/o\n", "LIVELOCK"),
            ("explorer", "FAILED     a/b    5 operations, 3 threads\n\nFAILED a/b: DATA RACE: a write at b.hpp:7 (T1)\n  program 1/u/o\n",
             "DATA RACE: a write at b.hpp:7 (T1)"),
            ("meter", "FAILED meter.a.b: 7 stops\n  push claims wait_free: finishes\n  pop claims wait_free: FAILED, it cannot finish while there is\n",
             "pop claims wait_free: FAILED, it cannot finish while there is"),
            ("ledger", "a/b: as written COMPLETE; DIFFERS from c\n  a/b.hpp:O1:load relaxed: killed, published as survived\n  if that is meant: …\n",
             "a/b.hpp:O1:load relaxed: killed, published as survived"),
            ("ledger", "a/b: nobody said how\n", "a/b: nobody said how"),
        ):
            self.assertEqual(judge(instrument, ("x",), ending(1, report, 1, "")).what, what)

    def test_a_replay_has_the_path_of_its_program(self) -> None:
        report = "FAILED\n  replay: stealyard-explore --replay 'a'\n  replay: stealyard-relacy --replay 'b'\n"
        self.assertEqual(with_its_path(report, ("/b/stealyard-explore", "x")), report.replace("stealyard-explore", "/b/stealyard-explore"))
        self.assertEqual(with_its_path(report, ()), report)


class Right(Plan):
    def test_what_is_complete_is_verified_within_its_bounds(self) -> None:
        status, out = self.verify(RIGHT, {"explorer": [str(pathlib.Path(EXPLORE)), "--filter", RIGHT, "--bound", "3"]})
        self.assertEqual(status, 0, out)
        self.assertIn("verified within the bounds above", out)
        self.assertIn("COMPLETE", out)
        self.assertIn("3 operations, 3 threads", out)

    def test_what_nothing_was_asked_of_is_not_said_to_be_without_fault(self) -> None:
        status, out = self.verify("stack.mine", {})
        self.assertEqual(status, 0, out)
        self.assertIn("stack.mine: not verified: no instrument that was asked has a suite for it", out)
        self.assertNotIn("nothing found", out)

    def test_what_has_no_suite_says_why(self) -> None:
        for label, why in (("timer_queue.mine", "every call is made under its worker's timer lock"), ("stack.mine", "no model has pages"),
                           ("of_my_own.mine", "no suite of this instrument for it in this build")):
            status, out = self.verify(label, {})
            self.assertEqual(status, 0, out)
            self.assertRegex(out, rf"bugs +not applicable .*{why}")

    def test_what_is_of_a_kind_is_asked_once(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            count = pathlib.Path(folder, "count")
            asked = ["sh", "-c", f"echo x >> {count}; echo 'found   a.b+c: d'"]
            plan = pathlib.Path(folder, "plan.json")
            plan.write_text(json.dumps({"variants": [{"variant": f"run_queue.v{i}", "checks": {"bugs": asked}} for i in range(3)]}), encoding="utf-8")
            status, out, _ = said("--plan", str(plan), "--only", "bugs", *LIMITS)
            self.assertEqual(status, 0, out)
            self.assertEqual(count.read_text(encoding="utf-8"), "x\n")
        self.assertEqual(out.count("all 1 of its kind found: c"), 3)
        self.assertRegex(out, r"\n3 variants in \d+ s, \d+ s of processor\n$")

    def test_what_hit_a_bound_is_not_verified(self) -> None:
        status, out = self.verify(RIGHT, {"explorer": [EXPLORE, "--filter", RIGHT, "--bound", "3", "--runs", "1"]})
        self.assertEqual(status, 0, out)
        self.assertRegex(out, r"nothing found; not verified: a bound was hit: \d+ programs have more than \d+ runs")

    def test_without_the_explorer_nothing_is_verified(self) -> None:
        status, out = self.verify(RIGHT, {"property": ["true"]})
        self.assertEqual(status, 0, out)
        self.assertIn("not verified", out)


class Bad(unittest.TestCase):
    def test_input_is_refused_in_one_line(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            empty = pathlib.Path(folder, "empty.json")
            empty.write_text('{"variants": []}', encoding="utf-8")
            wrong = pathlib.Path(folder, "wrong.json")
            wrong.write_text('{"variants": [{}]}', encoding="utf-8")
            for status, mention, words in (
                (2, "name a variant, or say --all", ()),
                (2, "not both", ("chase_lev", "--all", "--build", BUILD, "--no_build")),
                (2, "unknown variant 'nobody'", ("nobody", "--build", BUILD, "--no_build")),
                (2, "unknown variant 'parker.chase_lev'", ("parker.chase_lev", "--build", BUILD, "--no_build")),
                (2, "unknown instrument 'magic'", ("chase_lev", "--only", "magic")),
                (2, "--seconds", ("chase_lev", "--seconds", "0")),
                (2, "--memory", ("chase_lev", "--memory", "some")),
                (2, "is no plan", ("--plan", str(wrong))),
                (3, "lists no variant", ("--plan", str(empty))),
                (2, "cannot read", ("--plan", folder + "/none")),
            ):
                got, _, err = said(*words)
                self.assertEqual((got, err.count("\n")), (status, 1), (words, err))
                self.assertIn(mention, err)


class NotBuilt(Plan):
    def test_an_executable_that_is_not_there_verifies_nothing(self) -> None:
        status, out = self.verify(RIGHT, {"load": ["/nowhere/stealyard-load"]})
        self.assertEqual(status, 1)
        self.assertIn("not built", out)


if __name__ == "__main__":
    unittest.main()
