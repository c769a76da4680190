"""The published order ledger: a change that makes an order needed, or unneeded, is a difference; pages say what the documents say."""

from __future__ import annotations

import contextlib
import copy
import io
import pathlib
import re
import sys
import tempfile
import unittest

BUILD = sys.argv.pop(1)
REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts"))

from stealyard_tools import order_ledger as ledgers  # noqa: E402 (after the path to it)
from stealyard_tools.atomic_file import write_json  # noqa: E402
from stealyard_tools.commands.ledger import page_of, read_prices  # noqa: E402
from stealyard_tools.front_door import main  # noqa: E402
from stealyard_tools.order_pages import overview  # noqa: E402

LABEL = "run_queue.chase_lev"
ONLY = ("ledger", "--kind", "run_queue", "--variant", "chase_lev", "--build", BUILD, "--no_build")


def said(*words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(list(words))
    return status, out.getvalue(), err.getvalue()


def published() -> dict:
    return ledgers.read_published(ledgers.path_of(LABEL))


def tried(ledger: dict, row: str, order: str) -> dict:
    (found,) = (one for each in ledger["orders"] if each["row"] == row for one in each["tried"] if one["order"] == order)
    return found


class Difference(unittest.TestCase):
    """Against a published ledger that is changed by hand: the other way round, a variant that changed."""

    def compare(self, change) -> tuple[int, str]:
        document = copy.deepcopy(published())
        change(document)
        with tempfile.TemporaryDirectory() as folder:
            write_json(ledgers.path_of(LABEL, pathlib.Path(folder)), document)
            status, out, _ = said(*ONLY, "--bound", "4", "--compare", "--folder", folder)
        return status, out

    def test_as_published(self) -> None:
        status, out = self.compare(lambda document: None)
        self.assertEqual((status, "as published" in out), (0, True), out)

    def test_an_order_that_became_needed(self) -> None:
        def change(document: dict) -> None:
            one = tried(document, "O6", "relaxed")
            one.clear()
            one.update(order="relaxed", outcome="survived")

        status, out = self.compare(change)
        self.assertEqual(status, 1, out)
        self.assertIn("chase_lev.hpp:O6:store release -> relaxed: published as unneeded; now needed (1/u/s", out)

    def test_an_order_that_is_needed_no_more(self) -> None:
        survivor = next((each["row"], one["order"]) for each in published()["orders"] for one in each["tried"] if one["outcome"] == "survived")

        def change(document: dict) -> None:
            tried(document, *survivor).update(outcome="killed", program="1/u/s", operations=2, verdict="DATA RACE: it was one")

        status, out = self.compare(change)
        self.assertEqual(status, 1, out)
        self.assertIn("published as needed (1/u/s: DATA RACE: it was one); now unneeded", out)

    def test_an_order_that_is_new(self) -> None:
        status, out = self.compare(lambda document: document["orders"].remove(next(each for each in document["orders"] if each["row"] == "O6")))
        self.assertEqual(status, 1, out)
        self.assertIn("O6:store release -> relaxed: not published", out)

    def test_what_was_killed_beyond_the_bound_is_asked_for_again_by_its_own_program(self) -> None:
        deep = {"outcome": "killed", "program": "1/uuuuu/s", "operations": 6, "verdict": "DATA RACE: deep"}
        status, out = self.compare(lambda document: tried(document, "O6", "relaxed").update(deep))
        self.assertEqual((status, "as published" in out), (0, True), out)
        status, out = self.compare(lambda document: tried(document, "O2", "relaxed").update(deep))
        self.assertEqual(status, 1, out)
        self.assertIn("O2:load acquire -> relaxed: published as needed (1/uuuuu/s: DATA RACE: deep); now unneeded there", out)

    def test_a_bound_deeper_than_the_published_one_is_refused(self) -> None:
        status, out = self.compare(lambda document: document["bound"].update(operations=3))
        self.assertEqual(status, 1, out)
        self.assertIn("published within 3 operations", out)


class Merging(unittest.TestCase):
    def test_a_kill_beyond_the_bound_is_kept_with_its_bound(self) -> None:
        ledger, further = published(), published()
        one = tried(further, "O2", "relaxed")
        one.update(outcome="killed", program="1/uuuuuuu/s", operations=8, verdict="DATA RACE: deeper")
        further["bound"] = {**further["bound"], "operations": 8, "threads": 2}
        merged = ledgers.with_kills_of(ledger, further)
        self.assertEqual(tried(merged, "O2", "relaxed")["program"], "1/uuuuuuu/s")
        self.assertIn("8 operations, 2 threads", ledgers.within(merged))
        self.assertEqual(ledgers.verdict_of(next(each for each in merged["orders"] if each["row"] == "O2")), ledgers.NEEDED)
        self.assertEqual(tried(merged, "O6", "relaxed"), tried(published(), "O6", "relaxed"))

    def test_kills_of_single_programs_are_said_to_be_that(self) -> None:
        ledger, further = published(), published()
        weakened = ledger["together"]["weakened"][0]
        row, role, order = re.search(r":(\w+):(\w+)=(\w+)", weakened).groups()
        tried(further, row, order).update(outcome="killed", program="1/uuuuuu/ss", operations=8, verdict="DATA RACE: deeper")
        further["bound"] = {**further["bound"], "only": ["1/uuuuuu/ss"]}
        merged = ledgers.with_kills_of(ledger, further)
        self.assertTrue(ledgers.within(merged).endswith("and within these programs alone: 1/uuuuuu/ss"), ledgers.within(merged))
        self.assertNotIn(weakened, merged["together"]["weakened"])


class Bad(unittest.TestCase):
    def test_input_is_refused_in_one_line(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            nonsense = pathlib.Path(folder, "nonsense.json")
            nonsense.write_text("{}", encoding="utf-8")
            ledgers.path_of(LABEL, pathlib.Path(folder)).write_text('{"schema": "else"}', encoding="utf-8")
            single = pathlib.Path(folder, "single.json")
            made = {**published(), "bound": {**published()["bound"], "only": ["1/u/s"]}}
            write_json(single, [made])
            for status, mention, words in (
                (2, "unknown variant 'nobody'", ("ledger", "--variant", "nobody", "--build", BUILD, "--no_build")),
                (2, "--bound", (*ONLY, "--bound", "99")),
                (2, "is not what stealyard-explore", ("ledger", "--from", str(nonsense))),
                (2, "is of single programs", ("ledger", "--from", str(single))),
                (2, "is no order ledger", (*ONLY, "--bound", "2", "--compare", "--folder", folder)),
                (1, "no ledger of run_queue/chase_lev is published", (*ONLY, "--bound", "2", "--compare", "--folder", folder + "/none")),
                (3, "the explorer covers none of victim.uniform", ("ledger", "--variant", "uniform", "--build", BUILD, "--no_build")),
                (2, f"cannot make {nonsense}/below: ", (*ONLY, "--bound", "2", "--write", "--folder", f"{nonsense}/below")),
                (3, "no ledger is published", ("ledger", "--pages", "--folder", folder + "/none")),
            ):
                got, _, err = said(*words)
                self.assertEqual((got, err.count("\n")), (status, 1), (words, err))
                self.assertIn(mention, err)


class Pages(unittest.TestCase):
    def test_they_say_what_the_documents_say(self) -> None:
        folder = ledgers.FOLDER
        documents = [ledgers.read_published(path) for path in sorted(folder.glob("*.*.json"))]
        self.assertGreater(len(documents), 8)
        prices = read_prices(folder)
        mend = "scripts/stealyard ledger --pages"
        for each in documents:
            page = ledgers.path_of(each["variant"], folder).with_suffix(".md")
            self.assertEqual(page.read_text(encoding="utf-8"), page_of(each, prices), f"{page}: {mend}")
        self.assertEqual((folder / "README.md").read_text(encoding="utf-8"), overview(documents, prices), mend)


if __name__ == "__main__":
    unittest.main()
