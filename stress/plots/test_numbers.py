"""What the figures say is what was measured: ratios, placements, verdicts; and nothing that must not be shown."""
from __future__ import annotations

import math
import unittest

from .made_up import set_times, view_of

from stealyard_tools.plots import FIGURES, drift, heatmap, latency, pareto, ratio_grid, scaling, tables, units
from stealyard_tools.plots.files import render
from stealyard_tools.plots.footer import footer, warnings
from stealyard_tools.plots.verdict import ENOUGH_PAIRS, verdict
from stealyard_tools.statistics import estimate

SMALL = ("--variants", "4", "--workloads", "yield", "external_wake", "--blocks", "8")


def panels_of(view: object) -> list[heatmap.panel]:
    return ratio_grid.workload_panels(view, view.labels())


def cell_at(panel: heatmap.panel, row: str, column: str) -> heatmap.cell:
    names = [name for name, _ in panel.rows]
    return panel.cells[names.index(row)][list(panel.columns).index(column)]


def picture(name: str, view: object) -> bytes:
    """Compared with ==, not assertEqual, which would print the whole picture."""
    return render(FIGURES[name][0](view), "svg")


class ratios(unittest.TestCase):
    def test_half_the_time_is_twice_the_speed(self) -> None:
        def change(document: dict) -> None:
            set_times(document, lambda record, cell: (5.0 if cell["label"] == "eventcount" else 10.0) * (1 + record["block"]))

        view = view_of(*SMALL, "--mode", "near", change=change)
        cell = cell_at(panels_of(view)[0], "eventcount", "yield")
        self.assertEqual((2.0, 2.0, 2.0, 8), tuple(round(value, 9) for value in (cell.speedup.median, cell.speedup.low, cell.speedup.high, cell.speedup.count)))
        row = next(row for row in tables.workload_table(view).rows if row[0] == "yield" and row[1] == "1" and row[3] == "eventcount")
        self.assertEqual(["2.00×", "2.00 to 2.00", "8", "faster"], list(row[6:]))

    def test_tables_say_slower_and_undecided_too(self) -> None:
        def mixed(document: dict) -> None:
            set_times(document, lambda record, cell: {"eventcount": 20.0, "vyukov_mpmc": 9.0 + 2 * (record["block"] % 2)}.get(cell["label"], 10.0))

        rows = tables.workload_table(view_of(*SMALL, change=mixed)).rows
        found = {row[3]: row[-1] for row in rows if row[0] == "yield" and row[1] == "1"}
        self.assertEqual({"eventcount": "slower", "vyukov_mpmc": "no difference shown", "mutex_deque": "no difference shown"}, found)

    def test_placements_are_kept_apart(self) -> None:
        def change(document: dict) -> None:
            set_times(document, lambda record, cell: 10.0 if cell["label"] != "eventcount" else
                      5.0 if record["probe_before"]["mode"] == "near" else 20.0)

        panels = panels_of(view_of(*SMALL, "--mode", "both", change=change, workers=[2]))
        found = {panel.title: round(cell_at(panel, "eventcount", "yield").speedup.median, 9) for panel in panels}
        self.assertEqual({"2 workers, cores sharing a cache (near)": 2.0, "2 workers, cores apart (far)": 0.5}, found)

    def test_a_placement_that_changed_while_measuring_is_not_compared(self) -> None:
        def change(document: dict) -> None:
            for record in document["measurements"]:
                if record["cell"] == "stealyard.yield.w2.eventcount":
                    record["probe_after"]["mode"] = "far" if record["probe_before"]["mode"] == "near" else "near"

        view = view_of(*SMALL, change=change, workers=[2])
        states = {cell_at(panel, "eventcount", "yield").state for panel in panels_of(view)}
        self.assertEqual({"unpaired"}, states)
        self.assertTrue(any("changed during the measurement" in row[2] for row in tables.absent_table(view).rows))

    def test_few_pairs_are_no_certainty(self) -> None:
        self.assertEqual("faster?", verdict(estimate(2.0, 1.9, 2.1, ENOUGH_PAIRS - 1)))
        self.assertEqual("faster", verdict(estimate(2.0, 1.9, 2.1, ENOUGH_PAIRS)))
        self.assertEqual("slower", verdict(estimate(0.5, 0.4, 0.9, ENOUGH_PAIRS)))
        self.assertEqual("undecided", verdict(estimate(1.1, 0.9, 1.2, 100)))
        self.assertEqual("one pair", verdict(estimate(1.1, None, None, 1)))


class states(unittest.TestCase):
    FAULTS = ("--fail", "stealyard.yield.w1.eventcount", "--wrong", "stealyard.external_wake.w1.eventcount",
              "--missing", "stealyard.yield.w1.vyukov_mpmc")

    def test_each_empty_cell_says_why(self) -> None:
        panel = panels_of(view_of(*SMALL, "--mode", "near", *self.FAULTS))[0]
        self.assertEqual("failed", cell_at(panel, "eventcount", "yield").state)
        self.assertEqual("wrong", cell_at(panel, "eventcount", "external_wake\nnear").state)
        self.assertEqual("missing", cell_at(panel, "vyukov_mpmc", "yield").state)

    def test_what_was_never_planned_is_not_missing(self) -> None:
        def change(document: dict) -> None:
            gone = "stealyard.yield.w1.eventcount"
            document["plan"]["cells"] = [cell for cell in document["plan"]["cells"] if cell["id"] != gone]
            document["plan"]["order"] = [[cell for cell in order if cell != gone] for order in document["plan"]["order"]]
            document["measurements"] = [record for record in document["measurements"] if record["cell"] != gone]

        self.assertEqual("not_planned", cell_at(panels_of(view_of(*SMALL, change=change))[0], "eventcount", "yield").state)

    def test_a_row_of_which_nothing_was_planned_is_left_out(self) -> None:
        def change(document: dict) -> None:
            plan = document["plan"]
            gone = {cell["id"] for cell in plan["cells"] if cell["id"].endswith(".w1.eventcount")}
            self.assertTrue(gone)
            plan["cells"] = [cell for cell in plan["cells"] if cell["id"] not in gone]
            plan["order"] = [[cell for cell in order if cell not in gone] for order in plan["order"]]
            document["measurements"] = [record for record in document["measurements"] if record["cell"] not in gone]

        first, second = panels_of(view_of(*SMALL, change=change))[:2]
        self.assertNotIn("eventcount", [name for name, _ in first.rows])
        self.assertEqual(len(first.rows), len(first.cells))
        self.assertIn("eventcount", [name for name, _ in second.rows])

    def test_states_look_different_from_each_other(self) -> None:
        looks = [(text, face, hatch) for text, face, hatch, _ in heatmap.EMPTY_STATES.values()]
        self.assertEqual(len(looks), len(set(looks)))

    def test_an_unfinished_run_says_so_on_every_figure(self) -> None:
        self.assertEqual([], warnings(view_of(*SMALL)))
        text = warnings(view_of(*SMALL, "--missing-blocks", "2"))[0]
        self.assertRegex(text, r"INCOMPLETE: 120 of 160 ")  # 5 labels × 2 workloads × 2 worker counts × 8 blocks, less 2 blocks

    def test_wrong_answers_and_failures_are_counted_in_the_footer(self) -> None:
        text = "\n".join(footer(view_of(*SMALL, *self.FAULTS)))
        self.assertIn("8 × failed measurement", text)
        self.assertIn("8 × wrong answer", text)

    def test_the_footer_names_the_environment(self) -> None:
        text = "\n".join(footer(view_of(*SMALL)))
        for wanted in ("synthetic CPU", "kernel 0.0-synthetic", "synthetic 1.0", "git 0123abc", "8 randomised blocks", "2026-01-01",
                       "near (cache line round trip"):
            self.assertIn(wanted, text)

    def test_a_disturbed_probe_is_no_distance(self) -> None:
        def change(document: dict) -> None:
            for record in document["measurements"][:3]:
                record["probe_before"] = record["probe_after"] = {"round_trip_ns": 374909.0, "mode": "unknown", "reason": "disturbed"}

        text = "\n".join(footer(view_of(*SMALL, change=change)))
        self.assertRegex(text, r"\d+ near \(cache line round trip \d+ ns\), 3 unknown$")
        self.assertNotIn("374909", text)

    def test_a_wrong_answer_leaves_no_trace_in_any_picture(self) -> None:
        """Its times may be anything: the pictures stay the same to the byte."""
        wrong = ("--wrong", "stealyard.yield.w1.eventcount", "stealyard.external_wake.w2.vyukov_mpmc")

        def absurd(document: dict) -> None:
            for record in document["measurements"]:
                if "measurement" in record and not record["measurement"]["answer"]["ok"]:
                    record["measurement"]["samples"] = [1e-6]
                    if record["measurement"]["latency_ns"]:
                        record["measurement"]["latency_ns"]["percentiles"] = [[50, 1.0], [99, 2.0]]

        plain, changed = view_of(*SMALL, *wrong), view_of(*SMALL, *wrong, change=absurd)
        for name in ("heatmap", "peer", "scaling", "latency"):
            self.assertTrue(picture(name, plain) == picture(name, changed), f"{name} shows a wrong answer")

    def test_a_right_answer_does_leave_one(self) -> None:
        """The test above would pass if pictures showed nothing."""
        def other(document: dict) -> None:
            set_times(document, lambda record, cell: 1e-6 if cell["id"] == "stealyard.yield.w1.eventcount" else None)

        for name in ("heatmap", "scaling"):
            self.assertFalse(picture(name, view_of(*SMALL)) == picture(name, view_of(*SMALL, change=other)), name)


class labels(unittest.TestCase):
    def test_two_variants_of_one_name_are_both_shown(self) -> None:
        def change(document: dict) -> None:
            for cell in document["plan"]["cells"]:
                if cell["label"] == "vyukov_mpmc":
                    cell["label"] = "eventcount"

        found = view_of(*SMALL, change=change).labels()
        self.assertEqual(5, len(found), found)

    def test_order_is_baseline_ours_peer_and_numbers_sort_as_numbers(self) -> None:
        found = view_of("--variants", "16", "--workloads", "yield", "--blocks", "1").labels()
        self.assertEqual(("stealyard", "go"), (found[0], found[-1]))
        self.assertLess(found.index("invented_queue_2"), found.index("invented_queue_10"))


class axes(unittest.TestCase):
    def test_nines(self) -> None:
        for percent, place in ((90, 1), (99, 2), (99.9, 3), (99.99, 4)):
            self.assertAlmostEqual(place, latency.nines(percent), places=6)

    def test_ticks_are_within_bounds_apart_and_enough(self) -> None:
        for exponent in range(-2, 9):
            for width in (1.05, 1.3, 2.0, 9.0, 80.0, 1e4):
                low = 1.37 * 10.0 ** exponent
                ticks = units.log_ticks(low, low * width)
                self.assertGreaterEqual(len(ticks), 2, (low, width))
                self.assertTrue(all(low <= tick <= low * width for tick in ticks))
                gaps = [math.log(after / before) / math.log(width) for before, after in zip(ticks, ticks[1:])]
                self.assertGreaterEqual(min(gaps), 1 / 8 - 1e-9)

    def test_durations_read_well(self) -> None:
        for value, text in ((0.5, "0.500 ns"), (21.04, "21.0 ns"), (999.7, "1.00 µs"), (8.1e6, "8.10 ms"), (2.5e9, "2.50 s")):
            self.assertEqual(text, units.duration(value))

    def test_a_point_on_one_cpu_starts_the_line_of_each_placement(self) -> None:
        view = view_of(*SMALL)
        points = scaling.lines_of(view, "stealyard", [which for which in view.tasks() if which.workload == "yield"])
        self.assertEqual({"near": [1, 2], "far": [1, 2]}, {mode: [each.workers for each in line] for mode, line in points.items()})


class costs_and_drift(unittest.TestCase):
    def test_the_frontier_holds_whom_nobody_beats_in_both(self) -> None:
        points = {"fast": pareto.point(9.0, 1.0), "thrifty": pareto.point(1.0, 9.0), "both": pareto.point(3.0, 3.0), "beaten": pareto.point(4.0, 4.0),
                  "beaten in time": pareto.point(3.0, 5.0)}
        self.assertEqual([points[name] for name in ("thrifty", "both", "fast")], pareto.frontier(points))

    def test_cpu_time_is_an_operations(self) -> None:
        view = view_of("--workloads", "yield", "--blocks", "3")
        [entries] = [found for cell, found in view.usable_by_cell.items() if cell.startswith("stealyard.yield.w2.stealyard")]
        for entry in entries:
            entry.measurement["cpu_seconds"] = 2e-9 * entry.measurement["operations"] * len(entry.measurement["samples"])
        self.assertAlmostEqual(2.0, pareto.point_of(entries).cpu)
        for entry in entries:
            entry.measurement["cpu_seconds"] = None
        self.assertIsNone(pareto.point_of(entries))

    def test_drift_is_beside_the_cells_own_median_in_its_placement(self) -> None:
        view = view_of("--workloads", "yield", "--blocks", "5")
        for _, entries in view.usable_by_cell.items():
            for entry in entries:
                entry.measurement["samples"] = [2.0 if entry.block == 4 else 1.0]
        found = drift.deviations(view)
        self.assertTrue(found)
        for entry, ratio in found:
            self.assertIn(ratio, (1.0, 2.0) if entry.block == 4 else (1.0, 0.5))
        self.assertEqual([(12.0, 1.0), (13.0, 1.0)], drift.running_middle([(float(at), 1.0) for at in range(26)]))

    def test_a_run_cut_short_is_said_once(self) -> None:
        text = tables.summary(view_of("--blocks", "4", "--missing-blocks", "2", "--variants", "5"), "plain")
        missing = [line for line in text.splitlines() if "planned, not measured yet" in line]
        self.assertEqual(1, len(missing), missing)
        self.assertRegex(missing[0], r"^\d+ cells, \S+ the first +\d+ ")


if __name__ == "__main__":
    unittest.main()
