"""Who won: a sentence names a part only where chance would hardly name one, and then says which, where, by how much."""

import random
import unittest

from stress.harness import sample_result as sample  # noqa: F401 (the path to the tools)

from stealyard_tools.statistics import comparison, ratio_interval
from stealyard_tools.winners import FASTER, SLOWER, TOO_FEW, UNDECIDED, chance, contest, counts_text, digits, duel, judge, tally


def row(ratios, candidate="mine", baseline="other", workers=2, mode="near", workload="yield"):
    return comparison(workload, workers, candidate, baseline, mode, "ns/op", ratio_interval(ratios), 1.0, 1.0, 0,
                      pairs_faster=sum(ratio > 1 for ratio in ratios), pairs_slower=sum(ratio < 1 for ratio in ratios))


class how_sure(unittest.TestCase):
    def test_a_fair_coin(self):
        for pairs, agreeing, expected in ((1, 1, 1.0), (6, 6, 1 / 32), (12, 12, 2 / 4096), (12, 11, 26 / 4096), (4, 2, 1.0)):
            self.assertAlmostEqual(chance(pairs, agreeing), expected)

    def test_more_candidates_ask_for_more_pairs(self):
        for pairs, tried, expected in ((5, 1, TOO_FEW), (6, 1, FASTER), (6, 2, TOO_FEW), (7, 2, FASTER), (8, 10, TOO_FEW), (9, 10, FASTER)):
            with self.subTest(pairs=pairs, tried=tried):
                self.assertEqual(judge(row([1.1] * pairs), tried), expected)

    def test_sides(self):
        self.assertEqual(judge(row([0.9] * 9), 1), SLOWER)
        self.assertEqual(judge(row([0.9] * 5 + [1.1] * 5), 1), UNDECIDED)
        self.assertEqual(judge(row([1.0] * 9), 1), UNDECIDED)  # equal times agree with neither side
        self.assertEqual(judge(row([1.1] * 8 + [0.9]), 1), FASTER)
        self.assertEqual(judge(row([1.1] * 8 + [0.9]), 2), UNDECIDED)

    def test_of_ten_equal_parts_none_is_named_nineteen_times_in_twenty(self):
        """And each by itself, as a table judges, would be called different in many a workload."""
        generator = random.Random(7)
        named = by_itself = 0
        for _ in range(400):
            rows = [row([generator.lognormvariate(0, 0.15) for _ in range(12)], f"part_{number}") for number in range(10)]
            named += "than other" in contest(rows, "other")
            by_itself += any(each.speedup.low > 1 or each.speedup.high < 1 for each in rows)
        self.assertLessEqual(named, 20)
        self.assertGreater(by_itself, 80)


class sentences(unittest.TestCase):
    def test_one_against_another(self):
        rows = [row([2.0] * 6, workers=1, mode="any"), row([3.0] * 6), row([9.0], mode="far")]
        self.assertEqual(duel(rows, "mine is", "other"), "mine is 2.00× as fast as other on 1 worker (2.00 to 2.00), 3.00× on 2 workers, near (3.00 to 3.00)")
        self.assertIn("(one pair), too few pairs to tell", duel([row([2.0])], "mine is", "other"))
        self.assertIn("1.00× as fast as other on 2 workers, near (0.50 to 2.00), which may be chance", duel([row([0.5, 2.0] * 4)], "mine is", "other"))

    def test_a_doubt_of_all_is_said_once(self):
        few = [row([2.0] * 3, workers=1, mode="any"), row([3.0] * 3)]
        self.assertEqual(duel(few, "mine is", "other"), "mine is 2.00× as fast as other on 1 worker (2.00 to 2.00), 3.00× on 2 workers, near (3.00 to 3.00), "
                         "too few pairs to tell")
        self.assertIn("(2.00 to 2.00), too few pairs to tell, 3.00×", duel([few[0], row([3.0] * 9)], "mine is", "other"))

    def test_many_against_one(self):
        rows = [row([2.0] * 9, "quick"), row([0.5] * 9, "slow"), row([0.9, 1.1] * 6, "even")]
        self.assertEqual(contest(rows, "other"), "of 3 other parts 1 is faster than other: quick 2.00× (2.00 to 2.00), 1 slower: slow 0.50× (0.50 to 0.50), "
                         "1 cannot be told from it")
        self.assertEqual(contest(rows[2:] * 2 + [row([0.9, 1.1] * 6, "too")], "other"), "none of 2 other parts can be told from other")
        self.assertEqual(contest(rows[:1], "other"), "faster than other: quick 2.00× (2.00 to 2.00)")
        self.assertEqual(contest([row([2.0] * 3, name) for name in "ab"], "other"), "3 pairs are too few to tell 2 other parts from other")
        many = contest([row([2.0 + number] * 12, f"p{number}") for number in range(6)], "other")
        self.assertRegex(many, r"6 are faster than other: p5 7\.00× .*, p4 .*, p3 .* and 3 more$")
        self.assertIn("on 4 workers", contest([row([2.0] * 9, workers=2), row([2.0] * 9, workers=4)], "other"))

    def test_over_all(self):
        rows = [[row([2.0] * 9, workload="a")], [row([0.5] * 9, workload="b")], [row([2.0] * 3, workload="c")]]
        self.assertEqual(counts_text(tally(rows[2:]), "comparisons"), "none of 1 comparisons can be told")
        self.assertEqual(counts_text(tally(rows), "comparisons"), "faster in 1 of 3 comparisons, slower in 1 (b), 1 cannot be told")

    def test_numbers_keep_what_they_can_bear(self):
        self.assertEqual([digits(value) for value in (0.0245, 0.5, 1.0, 9.99, 12.35, 99.8, 1234.5)],
                         ["0.0245", "0.50", "1.00", "9.99", "12.3", "100", "1234"])


if __name__ == "__main__":
    unittest.main()
