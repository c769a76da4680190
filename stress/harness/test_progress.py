"""The line that counts down: it says so when the plan does not fit into the time that is left, and what happens then."""

import io
import os
import unittest
from unittest import mock

from stress.harness import bench_case
from stealyard_tools.progress import ENOUGH_TO_TELL, progress_line


class terminal(io.StringIO):
    def isatty(self):
        return True


@mock.patch.dict(os.environ, COLUMNS="120")
class counting_down(unittest.TestCase):
    """100 measurements in 10 blocks, a second planned for each, by a clock of its own."""

    def line(self, limit, took, measured, stream=None):
        self.now = 0.0
        self.stream = stream or io.StringIO()
        made = progress_line(100, 0, 1.0, self.stream, blocks=10, limit_seconds=limit, go_on="bench --resume here", clock=lambda: self.now)
        for _ in range(measured):
            self.now += took
            made.measured(took)
        return made

    def test_a_plan_that_fits_counts_down_to_its_end(self):
        self.assertEqual(self.line(120, 1.0, 40).left(), "1:00 left")
        self.assertNotIn("fit into", self.stream.getvalue())

    def test_without_a_limit_it_takes_as_long_as_it_takes(self):
        self.assertEqual(self.line(None, 3.0, 40).left(), "3:00 left")

    def test_a_plan_that_does_not_fit_says_what_does_and_how_to_go_on_once(self):
        made = self.line(120, 2.0, 40)
        self.assertEqual(made.left(), "0:40 left, time for 6 of 10 blocks")
        said = self.stream.getvalue()
        self.assertEqual(said.count("about 6 of 10 blocks fit into 120 s"), 1, said)
        self.assertEqual(said.count("bench --resume here"), 1)

    def test_it_is_not_said_before_enough_is_known(self):
        self.line(120, 1.25, ENOUGH_TO_TELL - 1)  # 28.75 s
        self.assertEqual(self.stream.getvalue().count("fit into"), 0)
        self.line(120, 1.25, ENOUGH_TO_TELL)
        self.assertEqual(self.stream.getvalue().count("fit into"), 1)
        self.line(120, 3.0, 10)  # few, but a quarter of the time is gone
        self.assertEqual(self.stream.getvalue().count("fit into"), 1)

    def test_a_machine_that_recovers_counts_down_to_the_end_again(self):
        made = self.line(120, 1.5, 40)
        for _ in range(50):
            self.now += 0.1
            made.measured(0.1)
        self.assertNotIn("blocks", made.left())

    def test_the_last_second_is_not_negative(self):
        self.assertEqual(self.line(30, 2.0, 40).left(), "0:00 left, time for 4 of 10 blocks")

    def test_the_line_of_a_terminal_has_it_too(self):
        made = self.line(120, 2.0, 40, terminal())
        made.measuring(4, {"subject": "stealyard", "workload": "yield", "workers": 1, "label": "x"})
        self.assertIn("[40/100] 0:40 left, time for 6 of 10 blocks", self.stream.getvalue().rpartition("\r")[2].replace("\x1b[36m", "").replace("\x1b[0m", ""))


@mock.patch.dict(os.environ, COLUMNS="120")
class a_run(bench_case.bench_case):
    def test_names_the_command_that_measures_the_rest(self):
        # Planned for ten times the speed that a start of two programs allows: no machine is quick enough.
        done = self.bench("--workload", "steady,slow", "--blocks", "200", "--samples", "1", "--min_time_ms", "0", "--max_seconds", "1", "--out", str(self.out))
        self.expect(0, done, "of 200 blocks fit into 1 s of measuring", "time is up")
        self.assertEqual(done.stderr.count(f"--resume {self.out}"), 2)


if __name__ == "__main__":
    unittest.main()
