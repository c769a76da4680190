"""stealyard-explore as a command: what it refuses, that failures repeat, and that a result does not depend on how it was split."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

EXPLORE = sys.argv.pop(1)
WEAK = ("--weaken", "channel_buffer/vyukov_mpmc.hpp:V4=relaxed")
VARIANT = ("--filter", "channel_buffer.vyukov_mpmc")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([EXPLORE, *arguments], capture_output=True, text=True, check=False)


class Usage(unittest.TestCase):
    def test_bad_input_is_refused_in_one_line_that_names_it(self) -> None:
        for status, mention, arguments in (
            (2, "frobnicate", ["--frobnicate"]),
            (2, "--bound", ["--bound", "99"]),
            (2, "--shard 3/3", ["--shard", "3/3"]),
            (2, "--shard x", ["--shard", "x"]),
            (2, "names no order", ["--weaken", "a.hpp:V4=nothing"]),
            (2, "a row that no program reached", ["--weaken", "chase_lev.hpp:O99=relaxed", "--filter", "run_queue.chase_lev", "--bound", "2"]),
            (3, "nothing matches --filter nobody", ["--filter", "nobody"]),
            (3, "nothing matches ledger --filter nobody", ["ledger", "--filter", "nobody"]),
            (2, "--shard 0/2", ["ledger", "--shard", "0/2", "--filter", "run_queue.*"]),
            (2, "--programs '9x9' is no program", ["--programs", "9x9"]),
            (2, "thread 0 has 's'", ["--programs", "1/u/s,1/s/u", "--filter", "run_queue.chase_lev"]),
            (2, "it is not KIND/VARIANT:PROGRAM:PATH", ["--replay", "nonsense"]),
            (2, "no variant run_queue/nobody", ["--replay", "run_queue/nobody:1/u/s:01"]),
            (2, "'9x9' is no program", ["--replay", "run_queue/chase_lev:9x9:01"]),
            (2, "a path is made of", ["--replay", "run_queue/chase_lev:1/u/s:0_1"]),
            (2, "thread 1 has 'u'", ["--replay", "run_queue/chase_lev:1/u/u:01"]),
            (2, "from another version", ["--replay", "run_queue/chase_lev:1/u/s:0000000000000000000000000000"]),
        ):
            done = run(*arguments)
            self.assertEqual(done.returncode, status, (arguments, done.stderr))
            self.assertIn(mention, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)


class Replay(unittest.TestCase):
    def test_a_failure_repeats_by_its_line_and_by_its_file(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            saved = str(Path(folder, "failure.txt"))
            first = run(*VARIANT, *WEAK, "--bound", "3", "--trace", saved)
            self.assertEqual(first.returncode, 1, first.stderr)
            report = first.stdout[first.stdout.index("\nFAILED ") + 1 :]
            line = re.search(r"--replay '([^']+)'", report)
            assert line is not None
            for again in (line[1], saved):
                second = run(*WEAK, "--replay", again)
                self.assertEqual((second.returncode, second.stdout), (1, report))

    def test_without_the_weakening_it_is_refused_or_passes(self) -> None:
        first = run(*VARIANT, *WEAK, "--bound", "3")
        line = re.search(r"--replay '([^']+)'", first.stdout)
        assert line is not None
        self.assertNotEqual(run("--replay", line[1]).returncode, 1)


class Ledger(unittest.TestCase):
    def ledger(self, *arguments: str, bound: str = "3", status: int = 0) -> dict:
        done = run("ledger", "--json", "--bound", bound, *arguments)
        self.assertEqual(done.returncode, status, done.stderr)
        return json.loads(done.stdout)[0]

    @staticmethod
    def outcomes(ledger: dict) -> dict[tuple[str, str, str], str]:
        return {(each["row"], each["role"], tried["order"]): tried["outcome"] for each in ledger["orders"] for tried in each["tried"]}

    def test_an_order_that_is_needed_is_killed_by_a_program_that_repeats(self) -> None:
        made = self.ledger(*VARIANT, "--apart")
        (row,) = (each for each in made["orders"] if each["row"] == "V4")
        (tried,) = row["tried"]
        self.assertEqual((row["order"], tried["order"], tried["outcome"], tried["program"]), ("release", "relaxed", "killed", "1/u/o"))
        again = run(*WEAK, "--replay", re.search(r"--replay '([^']+)'", tried["replay"])[1])
        self.assertEqual((again.returncode, again.stdout.replace(":V4=", ":V4:store=")), (1, tried["report"]))

    def test_what_is_implied_is_so(self) -> None:
        short = self.outcomes(self.ledger("--filter", "run_queue.chase_lev", "--apart"))
        every = self.outcomes(self.ledger("--filter", "run_queue.chase_lev", "--apart", "--every"))
        self.assertIn("implied", short.values())
        self.assertEqual({at: outcome.replace("implied", "survived") for at, outcome in short.items()}, every)

    def test_survivors_that_need_each_other_are_not_weakened_together(self) -> None:
        # To push where another has popped, one must see that pop: by the winner's exchange, or by the loser's look (V3, V6).
        small = ("--bound", "4", "--threads", "2")
        made = self.ledger(*VARIANT, "--threads", "2", bound="4")
        alone = {at for at, outcome in self.outcomes(made).items() if outcome in ("survived", "implied")}
        chosen = made["together"]["weakened"]
        self.assertTrue({re.search(r":(\w+):(\w+)=(\w+)", text).groups() for text in chosen} < alone)
        self.assertEqual(run(*VARIANT, *small, *(word for text in chosen for word in ("--weaken", text))).returncode, 0)
        self.assertIn("channel_buffer/vyukov_mpmc.hpp:V3:cas_ok=relaxed", [each["what"] for each in made["together"]["refused"]])
        self.assertEqual({each["outcome"] for each in made["together"]["refused"]}, {"killed"})

    def test_a_variant_that_fails_as_it_is_has_no_ledger(self) -> None:
        made = self.ledger(*VARIANT, *WEAK, status=1)
        self.assertEqual((made["as_written"], made["orders"]), ("FAILED", []))


class Programs(unittest.TestCase):
    """Row V10 is needed, which no program of five operations shows, but one of six."""

    V10 = ("--weaken", "channel_buffer/vyukov_mpmc.hpp:V10:load=relaxed")

    def test_named_programs_are_run_alone_and_said_to_be(self) -> None:
        right = run(*VARIANT, "--programs", "2/uuo/ouo")
        self.assertEqual(right.returncode, 0, right.stdout)
        self.assertIn("these programs alone: 2/uuo/ouo; 1 programs", right.stdout)
        wrong = run(*VARIANT, "--programs", "1/u/o,2/uuo/ouo", *self.V10)
        self.assertEqual(wrong.returncode, 1, wrong.stdout)
        self.assertIn("program 2/uuo/ouo", wrong.stdout)
        self.assertEqual(run(*VARIANT, "--bound", "3", *self.V10).returncode, 0)

    def test_a_ledger_of_named_programs_says_so(self) -> None:
        done = run("ledger", "--json", "--apart", *VARIANT, "--programs", "1/u/o")
        self.assertEqual(json.loads(done.stdout)[0]["bound"]["only"], ["1/u/o"])


class Split(unittest.TestCase):
    COUNTED = ("programs", "executions", "cut", "steps")

    def counts(self, *arguments: str) -> dict[str, int]:
        total = dict.fromkeys(self.COUNTED, 0)
        for kind in ("run_queue.*", "channel_buffer.*"):
            done = run("--filter", kind, "--bound", "3", "--json", *arguments)
            self.assertEqual(done.returncode, 0, done.stderr)
            for result in json.loads(done.stdout):
                self.assertEqual(result["status"], "COMPLETE")
                for name in self.COUNTED:
                    total[name] += result[name]
        return total

    def test_shards_and_processes_give_the_same_counts(self) -> None:
        whole = self.counts()
        self.assertEqual(self.counts("--jobs", "3"), whole)
        parts = [self.counts("--shard", f"{i}/3") for i in range(3)]
        self.assertEqual({name: sum(p[name] for p in parts) for name in self.COUNTED}, whole)


if __name__ == "__main__":
    unittest.main()
