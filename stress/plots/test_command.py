"""scripts/plot_results.py as a user meets it: files, determinism, and one clear line for everything that is wrong."""
from __future__ import annotations

import hashlib
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest
from unittest import mock

from .made_up import call_command, result_folder, run_command

from stealyard_tools.plots import FIGURES, files

SMALL = ("--variants", "4", "--workloads", "yield", "external_wake", "--blocks", "6", "--micro")


def digests(folder: pathlib.Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


class drawn_once(unittest.TestCase):
    """All there is of one result, by one process."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = cls.enterClassContext(result_folder(*SMALL))
        cls.done = run_command(cls.folder, PYTHONHASHSEED="1")

    def test_everything_is_written_and_the_same_each_time(self) -> None:
        self.assertEqual((0, ""), (self.done.returncode, self.done.stderr))
        names = {f"{name}.{form}" for name in FIGURES for form in ("png", "svg")} | {"report.html", "report.md"}
        self.assertEqual(names, set(os.listdir(self.folder / "plots")))
        again = run_command(self.folder / "result.json", "--out", self.folder / "again", PYTHONHASHSEED="2", TZ="Asia/Tokyo")
        self.assertEqual(0, again.returncode)
        self.assertEqual(digests(self.folder / "plots"), digests(self.folder / "again"))
        for name in FIGURES:
            self.assertTrue((self.folder / "plots" / f"{name}.png").read_bytes().startswith(b"\x89PNG"))
            self.assertIn(b"</svg>", (self.folder / "plots" / f"{name}.svg").read_bytes())

    def test_the_report_needs_nothing_else(self) -> None:
        page = (self.folder / "plots" / "report.html").read_text()
        self.assertEqual(len(FIGURES), page.count("data:image/svg+xml;base64,"))
        self.assertEqual([], re.findall(r"""(?:src|href)=["'](?!#|data:)[^"']*""", page))
        for wanted in ("Configurations beside the baseline", "Beside go", "Micro-benchmarks", "synthetic CPU"):
            self.assertIn(wanted, page)
        notes = (self.folder / "plots" / "report.md").read_text()
        pictures = re.findall(r"\]\(([^)]+)\)", notes)
        self.assertEqual(len(FIGURES), len(pictures))
        for picture in pictures:
            self.assertTrue((self.folder / "plots" / picture).is_file(), picture)


class output(unittest.TestCase):

    def test_one_figure_in_one_format(self) -> None:
        with result_folder(*SMALL) as folder:
            status, _, err = call_command(folder, "--figure", "heatmap", "--format", "svg")
            self.assertEqual((0, "", ["heatmap.svg"]), (status, err, os.listdir(folder / "plots")))

    def test_a_figure_without_data_is_told_when_all_are_drawn_and_refused_by_name(self) -> None:
        with result_folder("--workloads", "yield", "--blocks", "2", "--no-peer") as folder:
            status, out, _ = call_command(folder, "--format", "svg")
            self.assertEqual(0, status)
            self.assertIn("latency: not drawn", out)
            status, _, err = call_command(folder, "--figure", "latency")
            self.assertEqual((3, 1), (status, err.count("\n")), err)
            self.assertIn("'latency'", err)

    def test_text_from_a_result_cannot_become_markup(self) -> None:
        def change(document: dict) -> None:
            document["environment"]["machine"]["cpu_model"] = "<script>alert(1)</script> a|b"

        one = {"micro": FIGURES["micro"]}  # the text around the figures is what this is about
        with result_folder(*SMALL, change=change) as folder, mock.patch.dict(FIGURES, one, clear=True):
            self.assertEqual(0, call_command(folder, "--format", "svg")[0])
            self.assertNotIn("<script>", (folder / "plots" / "report.html").read_text())
            self.assertIn("a\\|b", (folder / "plots" / "report.md").read_text())

    def test_help_fits_and_a_wrong_flag_is_answered_with_the_known_ones(self) -> None:
        for columns in ("60", "80"):
            said = run_command("--help", COLUMNS=columns).stdout.splitlines()
            self.assertEqual([line for line in said if len(line) > int(columns)], [])
            self.assertGreater(len(said), 20)
        status, out, err = call_command("--nope")
        self.assertEqual((2, "", 1), (status, out, err.count("\n")))
        self.assertIn("known: --baseline, --figure", err)

    def test_the_summary_says_who_won_by_how_much(self) -> None:
        with result_folder(*SMALL) as folder:
            status, out, _ = call_command(folder, "--summary", "--no-figures")
            self.assertEqual((0, ["result.json"]), (status, os.listdir(folder)))
            self.assertRegex(out, r"yield +1 +any +stealyard +\S+ ns +\S+ ns +\d\.\d\d× +\d\.\d\d to \d\.\d\d +6 +faster")
            self.assertRegex(out, r"(?s)\nWho won\n.*\nyield: the default parts are \d\.\d\d× as fast as go on 1 worker .*\nIn all, the default parts against go: "
                             r"faster in \d of \d.*\.\n$")
            markdown = call_command(folder, "--summary", "markdown", "--no-figures")[1]
            self.assertRegex(markdown, r"\| yield \| 1 \| any \| stealyard \|")
            self.assertRegex(markdown, r"(?s)## Who won\n.*\n- \*\*yield\*\*: the default parts are ")
            self.assertEqual(call_command(folder, "--only_report")[0], 0)
            self.assertRegex((folder / "plots" / "report.html").read_text(), r'<section id="won">.*<li><b>yield</b>: the default parts are ')

    def test_an_interrupted_write_leaves_the_old_file_and_no_scraps(self) -> None:
        with result_folder(*SMALL) as folder:
            (folder / "plots").mkdir()
            (folder / "plots" / "heatmap.svg").write_text("old")
            with mock.patch.object(files.os, "replace", side_effect=KeyboardInterrupt):
                status, _, err = call_command(folder, "--figure", "heatmap", "--format", "svg")
            self.assertEqual((130, 1), (status, err.count("\n")))
            self.assertEqual(["heatmap.svg"], os.listdir(folder / "plots"))
            self.assertEqual("old", (folder / "plots" / "heatmap.svg").read_text())


class refusals(unittest.TestCase):
    def refuse(self, status: int, *wanted: str, arguments: list[object]) -> None:
        found, out, err = call_command(*arguments)
        self.assertEqual((status, "", 1), (found, out, err.count("\n")), err)
        self.assertTrue(err.startswith("plot_results: "), err)
        for text in wanted:
            self.assertIn(text, err)

    def test_unknown_names(self) -> None:
        with result_folder(*SMALL) as folder:
            for flag, given, known in (("--figure", "heatmpa", "heatmap, latency, micro, pareto, peer, scaling, topology"), ("--format", "pdf", "png, svg"),
                                       ("--workload", "yeild", "external_wake"), ("--series", "nobody", "eventcount"),
                                       ("--baseline", "nobody", "mutex_deque"), ("--peer", "rust", "go"), ("--workers", "64", "1, 2"),
                                       ("--summary", "html", "plain")):
                with self.subTest(flag=flag):
                    self.refuse(2, given, known, arguments=[folder, flag, given])

    def test_impossible_worker_counts(self) -> None:
        with result_folder(*SMALL) as folder:
            for given in ("0", "-1", "two", "1,,x"):
                with self.subTest(given=given):
                    self.refuse(2, "whole numbers from 1", arguments=[folder, f"--workers={given}"])

    def test_unknown_flag_and_missing_argument(self) -> None:
        self.refuse(2, "--colour", arguments=["x", "--colour"])
        self.refuse(2, "result", arguments=[])

    def test_results_that_cannot_be_used(self) -> None:
        def newer(document: dict) -> None:
            document["schema"] = "stealyard.result/2"

        def empty(document: dict) -> None:
            document["measurements"] = []

        with result_folder(*SMALL, change=newer) as folder:
            self.refuse(2, "stealyard.result/2", "stealyard.result/1", arguments=[folder])
        with result_folder(*SMALL, change=empty) as folder:
            self.refuse(2, "nothing to use", arguments=[folder])
        with result_folder(*SMALL) as folder:
            text = (folder / "result.json").read_text()
            (folder / "result.json").write_text(text[: len(text) // 2])
            self.refuse(2, "corrupt", arguments=[folder])
            (folder / "result.json").write_text(json.dumps([]))
            self.refuse(2, "corrupt", arguments=[folder])
            self.refuse(2, "absent", arguments=[folder / "absent"])

    def test_a_filter_that_matches_nothing(self) -> None:
        def change(document: dict) -> None:
            for record in document["measurements"]:
                if ".yield." in record["cell"]:
                    record["measurement"]["answer"]["ok"] = False

        with result_folder(*SMALL, change=change) as folder:
            self.refuse(3, "no measurement", arguments=[folder, "--workload", "yield"])

    def test_folders_that_cannot_be_written(self) -> None:
        with result_folder(*SMALL) as folder:
            (folder / "file").write_text("")
            for out in (folder / "file", folder / "file" / "deeper", pathlib.Path("/proc/stealyard")):
                with self.subTest(out=out):
                    self.refuse(2, str(out), arguments=[folder, "--figure", "micro", "--out", out])

    def test_a_full_disk(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", name], capture_output=True, check=False)
            if mounted.returncode != 0:
                self.skipTest("mounting a small file system needs privileges")
            try:
                with result_folder(*SMALL) as folder:
                    found, _, err = call_command(folder, "--figure", "micro", "--format", "svg", "--out", name)
                    self.assertEqual((2, 1), (found, err.count("\n")))
                    self.assertIn("No space left", err)
                    self.assertEqual([], os.listdir(name))
            finally:
                subprocess.run(["umount", name], check=True)


if __name__ == "__main__":
    unittest.main()
