"""The layers under a run: atomic files, the schema checker, the environment record."""

import errno
import os
import pathlib
import tempfile
import unittest
from unittest import mock

from stress.harness import sample_result as sample  # also puts scripts/ into the path
from stealyard_tools import atomic_file, environment, json_schema
from stealyard_tools.documents import check_document
from stealyard_tools.errors import usage_error


class atomic_files(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.file = pathlib.Path(holder.name) / "file.json"

    def test_a_failure_at_any_step_keeps_the_old_content_and_leaves_no_litter(self):
        atomic_file.write_text(self.file, "old")
        for step in ("os.fsync", "os.replace", "builtins.open"):
            for number, words in ((errno.ENOSPC, "no space left"), (errno.EROFS, "read-only"), (errno.EACCES, "permission denied")):
                with self.subTest(step=step, errno=number), mock.patch(step, side_effect=OSError(number, "x")):
                    with self.assertRaisesRegex(usage_error, words):
                        atomic_file.write_text(self.file, "new")
                self.assertEqual(self.file.read_text(), "old")
                self.assertEqual(os.listdir(self.file.parent), ["file.json"])

    def test_the_new_content_is_on_the_disk_before_it_takes_the_name(self):
        steps = []
        with mock.patch("os.fsync", side_effect=lambda _: steps.append("fsync")), \
                mock.patch("os.replace", side_effect=lambda *_: steps.append("replace")):
            atomic_file.write_text(self.file, "text")
        self.assertEqual(steps, ["fsync", "replace", "fsync"])

    def test_no_number_that_is_not_json(self):
        with self.assertRaises(ValueError):
            atomic_file.write_json(self.file, {"x": float("nan")})


class schemas(unittest.TestCase):
    def test_every_schema_uses_known_keywords_only(self):
        def walk(schema):
            for keyword, rule in schema.items():
                self.assertTrue(keyword in json_schema._RULES or keyword in json_schema._SILENT, keyword)
                if keyword == "properties":
                    for each in rule.values():
                        walk(each)
                elif keyword == "anyOf":
                    for each in rule:
                        walk(each)
                elif keyword in ("items", "additionalProperties"):
                    walk(rule)
        names = sorted(path.name.removesuffix(".schema.json") for path in json_schema.SCHEMA_FOLDER.glob("*.schema.json"))
        self.assertGreaterEqual(len(names), 8)
        for name in names:
            with self.subTest(schema=name):
                walk(json_schema.load_schema(name))

    def test_a_place_is_named(self):
        with self.assertRaisesRegex(json_schema.mismatch, r"listing\.workloads\[0\]\.group: \"macro\" is not one of workload, micro"):
            json_schema.check({"subject": "x", "version": "1", "parts": {}, "defaults": {},
                               "workloads": [{"name": "a", "unit": "ns", "default_size": 1, "group": "macro"}]}, "listing")

    def test_a_bool_is_no_number(self):
        with self.assertRaises(json_schema.mismatch):
            json_schema.check({"round_trip_ns": True, "mode": "near"}, "probe")

    def test_an_unknown_keyword_is_an_error(self):
        with mock.patch.object(json_schema, "load_schema", return_value={"maxLength": 3}), self.assertRaises(AssertionError):
            json_schema.check("text", "any")


class environments(unittest.TestCase):
    def record(self):
        found = environment.record_environment([], None, {"go": "not installed"})
        return check_document(found, "environment", "the record")

    def null_fields(self, document, prefix=""):
        for key, value in document.items():
            if key != "absent":
                if value is None:
                    yield prefix + key
                elif isinstance(value, dict):
                    yield from self.null_fields(value, f"{prefix}{key}.")

    def test_every_null_has_a_reason(self):
        found = self.record()
        self.assertEqual(set(self.null_fields(found)), set(found["absent"]))
        self.assertEqual(found["absent"]["subjects.go"], "not installed")

    def test_a_machine_without_anything_is_recorded_too(self):
        nothing = {"PATH": "/nonexistent"}
        json_schema.load_schema("environment")  # our own file stays readable: it is kept in memory
        with mock.patch.dict(os.environ, nothing, clear=True), \
                mock.patch.object(environment.pathlib.Path, "read_text", side_effect=FileNotFoundError(2, "No such file")), \
                mock.patch("os.sysconf", side_effect=ValueError("strange")), mock.patch("platform.freedesktop_os_release", side_effect=OSError):
            found = environment.record_environment([], None, {})
        self.assertEqual(set(self.null_fields(found)), set(found["absent"]))
        self.assertIsNone(found["hwloc_xml"])
        self.assertIn("is not installed", found["absent"]["tools.g++"])
        self.assertIn("strange", found["absent"]["machine.memory_bytes"])

    def test_no_host_name_is_published(self):
        with mock.patch.object(environment, "output_of", return_value='<x>\n <info name="HostName" value="secret"/>\n</x>'):
            self.assertEqual(environment.hwloc_xml(), "<x>\n</x>")


if __name__ == "__main__":
    unittest.main()
