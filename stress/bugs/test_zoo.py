"""scripts/stealyard zoo says found where a bug is, and not found where none is: a seeded bug, and its variant as it is written."""

from __future__ import annotations

import contextlib
import io
import json
import pathlib
import re
import sys
import tempfile
import unittest

BUILD = sys.argv[1]
del sys.argv[1:]
REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts"))

from stealyard_tools import zoo_pages  # noqa: E402 (after the path to it)
from stealyard_tools.bounded_process import ending  # noqa: E402
from stealyard_tools.build_folder import build_folder  # noqa: E402
from stealyard_tools.commands import zoo  # noqa: E402
from stealyard_tools.front_door import main  # noqa: E402
from stealyard_tools.registered_tests import registered_tests  # noqa: E402
from stealyard_tools.zoo import THREADED, specimens, symptom  # noqa: E402

BUG, VARIANT = "run_queue.chase_lev+stale_array", "run_queue.chase_lev"
# Not one of them leaves it to chance: the owner alone loses items; Relacy's seed is given.
CERTAIN = ("property", "threads", "relacy_random", "relacy_pct", "explorer")


def said(*words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(["zoo", *words])
    return status, out.getvalue(), err.getvalue()


class zoo_test(unittest.TestCase):
    def asked(self, what: str, instruments: tuple[str, ...]) -> tuple[int, dict, str]:
        status, out, err = said("--no_build", "--build", BUILD, "--bug", what, "--instrument", ",".join(instruments), "--seconds", "1",
                                "--seeds", "1", "--json")
        self.assertIn(status, (0, 1), err)
        document = json.loads(out)
        (row,) = document["bugs"] + document["as_written"] + document["protocols"]
        self.assertEqual(row["label"], what)
        return status, row["cells"], err

    def test_a_bug_is_found_by_each_instrument_that_must_find_it(self) -> None:
        status, cells, err = self.asked(BUG, CERTAIN)
        self.assertEqual((status, err), (0, ""))
        for name in CERTAIN:
            self.assertTrue(cells[name]["found"], f"{name}: {cells[name]}")
            self.assertGreaterEqual(cells[name]["runs"], 1)
            self.assertTrue(cells[name]["how"])

    def test_nothing_is_found_in_the_variant_as_it_is_written(self) -> None:
        status, cells, err = self.asked(VARIANT, CERTAIN)
        self.assertEqual((status, err), (0, ""))
        for name in CERTAIN:
            self.assertFalse(cells[name]["found"], f"{name}: {cells[name]}")
            self.assertGreater(cells[name]["runs"], 100 if name != "threads" else 2, name)
        self.assertEqual(cells["explorer"]["status"], "COMPLETE")

    def test_what_nobody_finds_and_what_is_found_in_the_sound_are_failures(self) -> None:
        # The bug asked of an instrument that cannot see it; and the page of such a matrix.
        found, missed = ({"found": is_, "runs": 7, "seconds": 0.1} for is_ in (True, False))
        row = {"label": "a.b+c", "what": "w", "source": {"as": "seen", "text": "s"}, "cells": {"explorer": missed}}
        document = {"schema": "stealyard.zoo/1", "effort": {"seed": 1, "seeds": 1, "seconds": 1}, "bugs": [row],
                    "as_written": [{"label": "a.b", "cells": {"explorer": {**found, "how": "a leak"}}}],
                    "protocols": [{"label": "protocol+p", "cells": {"relacy_pct": missed}}]}
        err = io.StringIO()
        with contextlib.redirect_stderr(err):
            self.assertEqual(zoo.judge(document), 1)
        self.assertIn("FAILED a.b+c: found by none of explorer", err.getvalue())
        self.assertIn("FAILED protocol+p: found by none of relacy_pct", err.getvalue())
        self.assertIn("FAILED a.b: as it is written, explorer finds: a leak", err.getvalue())
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "zoo.json").write_text(json.dumps(document), encoding="utf-8")
            self.assertEqual(said("--pages", "--folder", folder)[0], 0)
            page = pathlib.Path(folder, "README.md").read_text(encoding="utf-8")
        self.assertIn("**NOT EVERY BUG IS FOUND.**", page)
        self.assertIn("| a.b+c | 7 executions, 0.1 s |", page)
        self.assertIn("| p | 7 executions, 0.1 s |", page)
        self.assertIn("| a.b | **a leak**; 7 executions, 0.1 s |", page)

    def test_an_instrument_without_a_suite_for_a_kind_is_not_asked(self) -> None:
        cell = {"found": True, "how": "a leak", "runs": 7, "seconds": 0.1}
        rows = [{"label": f"{kind}.b+c", "what": "w", "source": {"as": "seen", "text": "s"}, "cells": dict.fromkeys(names, cell)}
                for kind, names in (("reclaim", ("explorer",)), ("parker", ("property", "explorer")))]
        text = zoo_pages.page({"effort": {"seed": 1, "seeds": 1, "seconds": 1}, "bugs": rows, "as_written": []})
        self.assertIn("property finds 1 of the 1 it is asked for, explorer finds 2; every bug is found", text)
        self.assertIn("- –: not asked. property has no suite for reclaim.", text)
        self.assertIn("| reclaim.b+c | – | **a leak**; 7 executions, 0.1 s |", text)
        self.assertNotIn("not asked", zoo_pages.page({"effort": {"seed": 1, "seeds": 1, "seconds": 1}, "bugs": rows[1:], "as_written": []}))
        for label in ("reclaim.hazard_pointers", "protocol+no_wake"):
            status, _, err = said("--no_build", "--build", BUILD, "--bug", label, "--instrument", "property")
            self.assertEqual((status, err.count("\n")), (3, 1))
            self.assertIn(f"property: nothing for {label}", err)

    def test_explorer_and_threads_know_the_kind_of_every_bug(self) -> None:
        tests = [each.name for each in registered_tests(build_folder(BUILD, "dev"))]
        for kind in {each.kind for each in specimens() if each.about}:
            self.assertIn(f"explorer.bugs.{kind}", tests)
            suite = "".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "stress" / "conformance").glob(f"{kind}.?pp"))
            for part in THREADED[kind]:
                self.assertTrue(re.search(rf'"[A-Z0-9_]+_\w*{part}', suite), f"no conformance test of {kind} is named {part}")

    def test_a_row_asked_anew_takes_the_old_one_s_place(self) -> None:
        labels = [each.label for each in specimens() if each.kind == "protocol"][:3]
        row = {"label": labels[2], "cells": {"relacy_pct": {"found": False, "runs": 7, "seconds": 0.1}}}
        found = {"cells": {"relacy_pct": {"found": True, "how": "a leak", "runs": 8, "seconds": 0.1}}}
        before = {"schema": "stealyard.zoo/1", "effort": {"seed": 1, "seeds": 5, "seconds": 8}, "bugs": [], "as_written": [],
                  "protocols": [row, {"label": "protocol+gone", "cells": {}}]}
        now = {"bugs": [], "as_written": [], "protocols": [{"label": labels[2], **found}, {"label": labels[0], **found}]}
        merged = zoo.with_rows(before, now, "0123456789")
        self.assertEqual([each["label"] for each in merged["protocols"]], [labels[0], labels[2]])
        self.assertTrue(all(each["cells"]["relacy_pct"]["found"] and each["commit"] == "0123456789" for each in merged["protocols"]))
        self.assertEqual(before["protocols"][0], row)
        text = "\n".join(zoo_pages.table("mutant", [*merged["protocols"], {**row, "label": labels[1]}], ["relacy_pct"]))
        self.assertIn(f"Asked after the whole matrix: {labels[0]}, {labels[2]} at commit 0123456.", text)
        text = "\n".join(zoo_pages.table("mutant", [*merged["protocols"], {**row, "label": labels[1], "commit": "abcdef0123"}], ["relacy_pct"]))
        self.assertIn(f"Asked after the whole matrix: {labels[1]} at commit abcdef0; the others at commit 0123456.", text)
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "zoo.json").write_text(json.dumps(before), encoding="utf-8")
            status, _, err = said("--write", "--bug", "no_wake", "--folder", folder, "--seconds", "9", "--no_build", "--build", "/nonexistent")
        self.assertEqual((status, err.count("\n")), (2, 1))
        self.assertIn("was made with --seconds 8", err)

    def test_how_a_program_ended_is_said(self) -> None:
        for end, expected in ((ending(1, "x.hpp:7: RQ2: item 3 was taken twice\n", 1, ""), "breaks RQ2"),
                              (ending(1, "PK2, PK3: permits left\n", 1, ""), "breaks PK2"),
                              (ending(66, "WARNING: ThreadSanitizer: data race (pid=7)\n", 1, ""), "data race"),
                              (ending(1, "RC1: freed while a guard protects it\n", 1, ""), "breaks RC1"),
                              (ending(-11, "", 1, ""), "crashes (SIGSEGV)"), (ending(-9, "", 60, "not ended after 90 s"), "hangs")):
            self.assertEqual(symptom(end), expected)

    def test_every_bug_has_a_source_and_a_name_of_its_own(self) -> None:
        labels = [each.label for each in specimens()]
        self.assertEqual(len(labels), len(set(labels)))
        bugs = [each for each in specimens() if each.about]
        self.assertGreaterEqual(len(bugs), 32)
        for each in bugs:
            self.assertEqual(sum(kind in each.about for kind in ("seen", "class", "after")), 1, each.label)

    def test_bad_input_is_refused(self) -> None:
        for words, expected in ((("--bug", "nothing"), "unknown bug 'nothing'"), (("--instrument", "luck"), "unknown instrument 'luck'"),
                                (("--write", "--instrument", "explorer"), "--write publishes whole rows"),
                                (("--write", "--folder", f"{__file__}/below", "--no_build", "--build", "/nonexistent"), f"cannot make {__file__}/below: "),
                                (("--no_build", "--build", "/nonexistent", "--bug", "stale_array", "--instrument", "explorer"), "/nonexistent")):
            status, _, err = said(*words)
            self.assertEqual(status, 2, words)
            self.assertEqual(len(err.splitlines()), 1, err)
            self.assertIn(expected, err)


if __name__ == "__main__":
    unittest.main()
