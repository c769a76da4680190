"""The statistics against brute force, against known cases, and against what the placement rule forbids."""

import bisect
import itertools
import math
import pathlib
import random
import statistics as standard_statistics
import tempfile
import unittest

from stress.harness import sample_result as sample
from stealyard_tools.result_reader import read_result
from stealyard_tools.statistics import compare_with_baseline, median_interval, ratio_interval, unpaired_ratio_interval


class intervals(unittest.TestCase):
    def test_agrees_with_a_full_enumeration_of_resamples(self):
        for values in ([3.0, 1.0, 10.0, 4.0, 5.0], [1.0, 2.0, 4.0, 8.0, 16.0, 32.0]):
            medians = sorted(standard_statistics.median(resample) for resample in itertools.product(values, repeat=len(values)))
            exact = [max((m for m in medians if bisect.bisect_right(medians, m) <= 0.025 * len(medians)), default=medians[0]),
                     min((m for m in medians if bisect.bisect_left(medians, m) >= 0.975 * len(medians)), default=medians[-1])]
            found = median_interval(values)
            with self.subTest(values=values):
                self.assertEqual([found.low, found.high], exact)
                self.assertEqual(found.median, standard_statistics.median(values))

    def test_is_seeded(self):
        values = [random.Random(5).random() for _ in range(13)]
        self.assertEqual(median_interval(values), median_interval(reversed(values)))
        self.assertEqual(median_interval(values, seed=1), median_interval(values, seed=1))

    def test_covers_the_true_median_about_as_often_as_it_says(self):
        generator = random.Random(11)
        trials, covered = 2000, 0
        for _ in range(trials):
            found = median_interval([generator.gauss(10, 1) for _ in range(12)])
            covered += found.low <= 10 <= found.high
        self.assertGreater(covered / trials, 0.93)
        self.assertLess(covered / trials, 0.99)

    def test_the_unpaired_interval_covers_the_true_ratio(self):
        generator = random.Random(12)
        trials, covered = 400, 0
        for _ in range(trials):
            found = unpaired_ratio_interval([math.exp(generator.gauss(1, 0.3)) for _ in range(12)],
                                            [math.exp(generator.gauss(0, 0.1)) for _ in range(15)], resamples=2000)
            covered += found.low <= math.e <= found.high
        self.assertGreater(covered / trials, 0.92)
        self.assertLess(covered / trials, 0.995)

    def test_one_value_has_no_interval_and_none_is_an_error(self):
        self.assertEqual((median_interval([4.0]).low, median_interval([4.0]).count), (None, 1))
        with self.assertRaises(ValueError):
            median_interval([])

    def test_ratios_invert(self):
        ratios = [0.5, 2.0, 3.0, 8.0] * 4
        forward, backward = ratio_interval(ratios), ratio_interval([1 / ratio for ratio in ratios])
        for ours, theirs in ((forward.median, backward.median), (forward.low, backward.high), (forward.high, backward.low)):
            self.assertAlmostEqual(ours, 1 / theirs)
        self.assertAlmostEqual(forward.median, math.sqrt(6))


class comparisons(unittest.TestCase):
    def compare(self, cells, blocks, baseline="go"):
        with tempfile.TemporaryDirectory() as folder:
            sample.write(sample.result(cells, blocks), pathlib.Path(folder) / "result.json")
            return compare_with_baseline(read_result(folder), baseline)

    def two(self, workers, modes, **options):
        """Stealyard at 10 and Go at 50 ns, drifting together from block to block; modes: [(stealyard's, go's), ...]."""
        ours, theirs = sample.cell("ours", workers=workers), sample.cell("go", subject="go", workers=workers)
        blocks = []
        for block, (our_mode, their_mode) in enumerate(modes):
            drift = 1 + block
            for position, (of, value, mode) in enumerate(((ours, 10 * drift, our_mode), (theirs, 50 * drift, their_mode))):
                blocks.append(sample.block_file(block, position, of, [value, value * 2, value / 2], before=mode, after=mode, **options))
        return self.compare([ours, theirs], blocks)

    def test_pairing_divides_the_drift_out(self):
        [row] = self.two(1, [("near", "near")] * 6)
        self.assertAlmostEqual(row.speedup.median, 5)
        self.assertAlmostEqual(row.speedup.low, 5)
        self.assertEqual((row.mode, row.speedup.count, row.candidate, row.baseline), ("any", 6, "stealyard", "go"))

    def test_modes_are_kept_apart_and_unlike_pairs_left_out(self):
        rows = self.two(2, [("near", "near"), ("far", "far"), ("near", "far"), ("far", "far"), ("unknown", "unknown")])
        self.assertEqual([(row.mode, row.speedup.count, row.pairs_left_out) for row in rows], [("far", 2, 2), ("near", 1, 2)])

    def test_an_unknown_mode_is_no_mode(self):
        self.assertEqual(self.two(2, [("unknown", "unknown")] * 3), [])

    def test_latency_on_one_worker_still_depends_on_placement(self):
        rows = self.two(1, [("near", "near"), ("near", "far")], latency=[[50, 100], [99, 300]])
        self.assertEqual([(row.mode, row.speedup.count) for row in rows], [("near", 1)])

    def test_two_threads_of_a_micro_benchmark_depend_on_placement(self):
        rows = self.two(1, [("near", "near"), ("near", "far")], threads=2)
        self.assertEqual([(row.mode, row.speedup.count) for row in rows], [("near", 1)])

    def test_only_the_same_workload_and_workers_are_compared(self):
        ours, theirs = sample.cell("ours", workers=2), sample.cell("go", subject="go", workers=1)
        self.assertEqual(self.compare([ours, theirs], [sample.block_file(0, 0, ours, [1]), sample.block_file(0, 1, theirs, [1])]), [])

    def test_wrong_answers_are_not_compared(self):
        ours, theirs = sample.cell("ours"), sample.cell("go", subject="go")
        blocks = [sample.block_file(0, 0, ours, [1], ok=False), sample.block_file(0, 1, theirs, [10]),
                  sample.block_file(1, 0, ours, [5]), sample.block_file(1, 1, theirs, [10])]
        [row] = self.compare([ours, theirs], blocks)
        self.assertEqual((row.speedup.median, row.speedup.count), (2, 1))


if __name__ == "__main__":
    unittest.main()
