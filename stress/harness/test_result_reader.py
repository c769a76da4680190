"""The reader takes what is sound, and refuses everything else in one line that names the file."""

import copy
import json
import pathlib
import tempfile
import unittest

from stress.harness import sample_result as sample
from stealyard_tools import json_schema
from stealyard_tools.errors import nothing_matched, usage_error
from stealyard_tools.result_reader import read_result

FAST = sample.cell("fast", parts={"run_queue": "chase_lev", "parker": "eventcount"})
SLOW = sample.cell("slow", label="mutex_deque", parts={"run_queue": "mutex_deque", "parker": "eventcount"})
GO = sample.cell("go", subject="go")


def sound():
    return sample.result([FAST, SLOW, GO], [
        sample.block_file(0, 0, FAST, [10, 11, 12]), sample.block_file(0, 1, SLOW, [20, 21, 25]), sample.block_file(0, 2, GO, [90]),
        sample.block_file(1, 0, FAST, [13, 11, 12]), sample.block_file(1, 1, SLOW, [22], ok=False), sample.block_file(1, 2, GO, None),
    ])


class reader(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        self.file = self.folder / "result.json"

    def read(self, document):
        sample.write(document, self.file)
        return read_result(self.folder)

    def refused(self, document, *words):
        with self.assertRaises(usage_error) as caught:
            self.read(document)
        message = str(caught.exception)
        self.assertNotIn("\n", message)
        self.assertIn(str(self.file), message)
        for word in words:
            self.assertIn(word, message)

    def test_values_and_filters(self):
        result = self.read(sound())
        self.assertEqual([entry.value for entry in result.select(label=["stealyard"])], [11, 12])
        self.assertEqual({entry.subject for entry in result.select(workload=["ping_pong"], workers=[1])}, {"stealyard", "go"})
        self.assertTrue(result.complete)

    def test_wrong_answers_and_failures_are_visible_but_never_selected(self):
        result = self.read(sound())
        self.assertEqual([(entry.block, entry.cell_id) for entry in result.select(subject=["go"])], [(0, "go")])
        self.assertEqual([entry.cell_id for entry in result.unusable], ["slow", "go"])
        self.assertIn("wrong answer: expected 1, got 2", result.unusable[0].why_unusable)
        self.assertIn("it broke", result.unusable[1].why_unusable)

    def test_an_unchecked_answer_is_never_selected(self):
        document = sound()
        document["measurements"][0]["measurement"]["answer"]["checked"] = False
        self.assertEqual(len(self.read(document).select(label=["stealyard"])), 1)

    def test_a_mode_that_changed_is_mixed(self):
        document = sound()
        document["measurements"][0]["probe_after"]["mode"] = "far"
        self.assertEqual([entry.mode for entry in self.read(document).select(label=["stealyard"])], ["mixed", "near"])

    def test_variants_of_a_kind_take_the_other_parts_at_their_defaults(self):
        other = sample.cell("other", parts={"run_queue": "mutex_deque", "parker": "futex"})
        document = sound()
        document["plan"]["cells"].append(other)
        document["plan"]["order"][0].append("other")
        document["measurements"].append(sample.block_file(0, 3, other, [30]))
        by_variant = self.read(document).variants_of("run_queue")
        self.assertEqual({name: [entry.cell_id for entry in entries] for name, entries in by_variant.items()},
                         {"chase_lev": ["fast", "fast"], "mutex_deque": ["slow"]})

    def test_unknown_names_list_the_known(self):
        with self.assertRaises(usage_error) as caught:
            self.read(sound()).select(workload=["ping_pang"])
        self.assertIn("'ping_pang' (did you mean 'ping_pong'?); known: ping_pong", str(caught.exception))

    def test_nothing_left_is_nothing_matched(self):
        with self.assertRaises(nothing_matched):
            self.read(sound()).select(group="micro")

    def test_every_truncation_is_refused(self):
        text = json.dumps(sound())
        for length in range(0, len(text), 97):
            self.file.write_text(text[:length])
            with self.assertRaises(usage_error):
                read_result(self.folder)

    def test_every_missing_required_field_is_refused(self):
        for schema, place in (("result", lambda d: d), ("plan", lambda d: d["plan"]), ("block", lambda d: d["measurements"][0]),
                              ("measurement", lambda d: d["measurements"][0]["measurement"]), ("environment", lambda d: d["environment"])):
            for key in json_schema.load_schema(schema)["required"]:
                document = copy.deepcopy(sound())
                del place(document)[key]
                with self.subTest(schema=schema, key=key):
                    self.refused(document, key)

    def test_values_out_of_range_are_refused(self):
        def with_sample(value):
            document = sound()
            document["measurements"][0]["measurement"]["samples"] = value
            return document
        for value in ([], [0], [-1], ["12"], [True], None):
            with self.subTest(value=value):
                self.refused(with_sample(value), "samples")
        self.file.write_text(json.dumps(with_sample([float("nan")])))
        with self.assertRaisesRegex(usage_error, "NaN is not a number"):
            read_result(self.folder)

    def test_newer_schemas_are_refused_naming_both_versions(self):
        places = {"result": lambda d: d, "plan": lambda d: d["plan"], "environment": lambda d: d["environment"],
                  "measurement": lambda d: d["measurements"][0]["measurement"]}
        for kind, place in places.items():
            document = sound()
            place(document)["schema"] = f"stealyard.{kind}/2"
            with self.subTest(kind=kind):
                self.refused(document, f"stealyard.{kind}/2", f"stealyard.{kind}/1", "newer")

    def test_something_else_is_refused(self):
        for document in ([], 3, {}, {"schema": "stealyard.plan/1"}, {"schema": 7}):
            with self.subTest(document=document):
                self.refused(document)

    def test_a_cell_twice_or_unplanned_is_refused(self):
        document = sound()
        document["measurements"].append(document["measurements"][0])
        self.refused(document, "twice")
        document["measurements"][-1] = sample.block_file(7, 0, FAST, [1])
        self.refused(document, "block 7")

    def test_nothing_to_use_is_refused(self):
        self.refused(sample.result([GO], [sample.block_file(0, 0, GO, None)]), "nothing to use", "it broke")
        self.refused(sample.result([GO], [], block_count=1), "no measurement was finished")

    def test_absent_files(self):
        with self.assertRaisesRegex(usage_error, "no result at"):
            read_result(self.folder / "absent")
        with self.assertRaisesRegex(usage_error, "is not a result"):
            read_result(self.folder)
        sample.write({}, self.folder / "plan.json")
        with self.assertRaisesRegex(usage_error, "--resume"):
            read_result(self.folder)
        self.file.write_bytes(b"\xff\xfe\x00")
        with self.assertRaisesRegex(usage_error, "not UTF-8"):
            read_result(self.folder)


if __name__ == "__main__":
    unittest.main()
