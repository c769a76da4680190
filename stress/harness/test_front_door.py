"""The subcommands beside bench: list, compare, and what they refuse."""

import contextlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

from stress.harness import sample_result as sample
from stress.harness.in_process import front_door as front_door_here

from stealyard_tools import front_door
from stealyard_tools.arguments import one_line_parser
from stealyard_tools.build_folder import build_folder
from stealyard_tools.commands.stress import needed_targets
from stealyard_tools.terminal import fitted

FRONT_DOOR = sample.REPOSITORY / "scripts" / "stealyard"


def examples_in(text):
    """The words of each example after `scripts/stealyard`: up to the text beside it, two blanks away, or what it is piped into."""
    found = []
    for line in re.findall(r"(?m)^  (?:source <\()?scripts/stealyard (.*)$", text):
        line = re.split(r"\)?  +| \| |\) ", line)[0].rstrip(")")
        found.append(shlex.split(line))
    return found


class front_door_case(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)

    def call(self, *words):
        return front_door_here(*words)

    def call_apart(self, *words, **options):
        return subprocess.run([sys.executable, str(FRONT_DOOR), *map(str, words)], capture_output=True, text=True, timeout=60, check=False,
                              **options)

    def refused(self, done, *named, status=2):
        self.assertEqual((done.returncode, done.stdout), (status, ""), done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for word in named:
            self.assertIn(word, done.stderr)


class commands(front_door_case):
    def test_help_names_every_command_with_examples(self):
        done = self.call("--help")
        self.assertEqual(done.returncode, 0)
        for name in ("doctor", "list", "topology", "bench", "compare", "plot", "report", "stress", "new-variant", "completion"):
            self.assertRegex(done.stdout, rf"(?m)^  {name} ")
            self.assertIn(f"scripts/stealyard {name}", done.stdout)

    def test_every_command_has_help(self):
        for name in ("doctor", "list", "bench", "compare", "stress", "new-variant", "completion"):
            done = self.call(name, "--help")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("examples:", done.stdout)

    def test_help_fits_any_terminal_and_loses_no_word(self):
        for columns in (60, 80, 100):
            with mock.patch.dict(os.environ, COLUMNS=str(columns)):
                texts = {name: self.call(name, "--help").stdout for name in front_door.PARSED} | {"": self.call("--help").stdout}
            for name, text in texts.items():
                with self.subTest(name=name, columns=columns):
                    self.assertEqual([line for line in text.splitlines() if len(line) > columns], [])
                    said = front_door.PARSED[name].EPILOG if name else front_door.EXAMPLES
                    self.assertIn(said.split(), [text.replace(" \\\n", "\n").split()[-len(said.split()):]])

    def test_a_command_is_broken_as_a_shell_takes_it(self):
        text = "  scripts/stealyard topology --synthetic \"pack:2 numa:2 l3:1 core:4 pu:2\" --workers 8 --svg made_up.svg    drawn\n"
        self.assertEqual(fitted(text, 60).splitlines(), [
            "  scripts/stealyard topology --synthetic \\", "      \"pack:2 numa:2 l3:1 core:4 pu:2\" --workers 8 --svg \\", "      made_up.svg",
            "      drawn"])
        self.assertEqual(fitted("  a    short\n  b    one\n", 60), "  a    short\n  b    one\n")

    def test_every_command_names_its_flags_where_one_is_wrong(self):
        for name in (*front_door.PARSED, "topology"):
            with self.subTest(name):
                self.refused(self.call(name, "--nope"), "unknown flag '--nope'", "known: ", "--help")
        self.refused(self.call("topology", "here"), "unexpected argument 'here'")
        self.refused(self.call("topology", "--workers"), "--workers needs a value")

    def test_every_example_is_accepted_as_it_stands(self):
        seen = 0
        for name, module in front_door.PARSED.items():
            for words in examples_in(module.EPILOG):
                with self.subTest(" ".join(words)):
                    self.assertIn(words[0], front_door.PARSED)
                    parser = one_line_parser(prog=words[0])
                    front_door.PARSED[words[0]].add_arguments(parser)
                    parser.parse_all(words[1:])
                    seen += words[0] == name
        self.assertGreater(seen, 2 * len(front_door.PARSED))
        self.assertGreater(len(examples_in(front_door.EXAMPLES)), 10)
        for words in examples_in(front_door.EXAMPLES):
            self.assertIn(words[0], front_door.ORDER)

    def test_the_examples_of_compare_answer(self):
        for words in examples_in(front_door.PARSED["compare"].EPILOG):
            with self.subTest(" ".join(words)):
                with contextlib.chdir(sample.REPOSITORY):
                    done = self.call(*words)
                self.assertIn(done.returncode, (0, 1) if "--targets" in words else (0,), done.stderr)
                self.assertNotIn("no comparison", done.stdout)

    def test_unknown_commands_and_flags(self):
        self.refused(self.call("bnech"), "unknown command 'bnech' (did you mean 'bench'?)")
        self.refused(self.call("--verbose"), "unknown flag '--verbose'")
        self.refused(self.call("list", "--jsn"), "unknown flag '--jsn' (did you mean '--json'?)")
        self.refused(self.call("stress", "--jobs", "0"), "'0'", "1 to 1024")

    def test_it_runs_from_anywhere_and_a_closed_pipe_is_no_error(self):
        done = subprocess.run(f"'{sys.executable}' '{FRONT_DOOR}' --help | head -1", shell=True, cwd="/", capture_output=True, text=True,
                              check=False)
        self.assertEqual((done.stdout, done.stderr), ("usage: scripts/stealyard COMMAND ...\n", ""))


class listing(front_door_case):
    VARIANTS = [
        {"kind": "run_queue", "name": "mutex_deque", "summary": "a control", "claims": {"bounded": "false", "arity": "mpmc"},
         "progress": "blocking", "source": "none"},
        {"kind": "parker", "name": "futex"},
    ]

    def build(self, text):
        (self.folder / "CMakeCache.txt").touch()
        (self.folder / "variants.json").write_text(text)
        return ("--build", self.folder)

    def test_a_table_a_kind_and_json(self):
        build = self.build(json.dumps({"variants": self.VARIANTS}))
        said = self.call("list", *build).stdout
        self.assertEqual(said, "parker: how a worker without work sleeps\n  futex        -\n\n"
                         "run_queue: where ready goroutines wait, and how they are stolen\n  mutex_deque  a control\n")
        self.assertEqual(json.loads(self.call("list", "--json", *build).stdout)["variants"], self.VARIANTS[::-1])

    def test_all_about_a_kind_and_a_variant(self):
        build = self.build(json.dumps({"variants": self.VARIANTS}))
        told = "run_queue mutex_deque\n    a control\n    claims    arity=mpmc\n    progress  blocking\n    source    none\n"
        for name in ("run_queue", "mutex_deque", "run_queue.mutex_deque"):
            self.assertEqual(self.call("list", name, *build).stdout, told)
        self.assertTrue(self.call("list", "--long", *build).stdout.endswith(f"\n\n{told}"))
        self.refused(self.call("list", "mutex_deck", *build), "unknown kind or variant 'mutex_deck' (did you mean 'mutex_deque'?)", "futex, mutex_deque, parker")

    def test_it_fits_any_terminal(self):
        long = [{**each, "summary": "many words " * 40, "source": "many words " * 40} for each in self.VARIANTS]
        build = self.build(json.dumps({"variants": long}))
        for columns in (60, 80, 140):
            for words in ((), ("--long",)):
                with mock.patch.dict(os.environ, COLUMNS=str(columns)):
                    lines = self.call("list", *words, *build).stdout.splitlines()
                self.assertEqual([line for line in lines if len(line) > columns], [])
                self.assertEqual(sum(line.startswith("  ") and line.endswith("…") for line in lines), 0 if words else 2)

    def test_kinds(self):
        build = self.build(json.dumps({"variants": self.VARIANTS}))
        self.assertNotIn("futex", self.call("list", "--kind", "run_queue", *build).stdout)
        self.refused(self.call("list", "--kind", "queue", *build), "unknown kind 'queue'")
        self.refused(self.call("list", "--kind", "victim", *build), "no variant is registered of kind victim", status=3)

    def test_an_unreadable_list(self):
        for text in ("", "[]", '{"variants": 3}', '{"variants": [{"kind": "x"}]}'):
            self.refused(self.call("list", *self.build(text)), "variants.json is corrupt")


class stressing(front_door_case):
    """Against a build folder of two tests, made by hand."""

    def setUp(self):
        super().setUp()
        self.build = ("--no_build", "--build", self.folder)
        (self.folder / "CMakeCache.txt").touch()
        (self.folder / "variants.json").write_text(json.dumps({"variants": [{"kind": "run_queue", "name": "good"},
                                                                            {"kind": "parker", "name": "bad"}]}))
        (self.folder / "CTestTestfile.cmake").write_text("".join(
            f'add_test({name} "/bin/{command}")\nset_tests_properties({name} PROPERTIES LABELS "{labels}")\n' for name, command, labels in (
                ("conformance.run_queue.good", "true", "conformance;run_queue;run_queue.good"),
                ("conformance.parker.bad", "false", "conformance;parker;parker.bad"))))

    def test_filters_choose_and_the_status_tells(self):
        for words, status in (([], 1), (["--variant", "good"], 0), (["--variant", "good,bad"], 1), (["--kind", "parker"], 1),
                              (["--instrument", "conformance", "--kind", "run_queue"], 0), (["--filter", "good$"], 0)):
            with self.subTest(words=words):
                self.assertEqual(self.call_apart("stress", *self.build, *words).returncode, status)

    def test_what_is_built_is_what_the_chosen_tests_run(self):
        with open(self.folder / "CTestTestfile.cmake", "a", encoding="utf-8") as tests:
            tests.write(f'add_test(bench-smoke.run_queue.good "/bin/echo" "-DSUBJECT={self.folder}/bin/stealyard-bench" "{self.folder}/failures")\n'
                        'set_tests_properties(bench-smoke.run_queue.good PROPERTIES LABELS "bench-smoke;run_queue.good")\n'
                        'add_test(house.lints "/bin/true")\nset_tests_properties(house.lints PROPERTIES LABELS "house")\n')
        folder = build_folder(str(self.folder), "dev")
        for selection, targets in ((["-L", r"\.good$"], ["stealyard-bench", "stealyard-native-tests"]), (["-L", "^parker$"], ["stealyard-native-tests"]),
                                   (["-L", "^house$"], []), ([], [])):
            with self.subTest(selection=selection):
                self.assertEqual(needed_targets(folder, selection), targets)

    def test_list_runs_nothing(self):
        done = self.call("stress", *self.build, "--list")
        self.assertEqual((done.returncode, done.stdout), (0, "conformance.run_queue.good\nconformance.parker.bad\n"))

    def test_bad_input(self):
        self.refused(self.call("stress", *self.build, "--variant", "goood"), "unknown variant 'goood' (did you mean 'good'?)", "bad, good")
        self.refused(self.call("stress", *self.build, "--kind", "queue"), "unknown kind 'queue'")
        self.refused(self.call("stress", *self.build, "--instrument", "modle"), "unknown instrument 'modle'", "conformance")
        self.refused(self.call("stress", *self.build, "--filter", "(("), "--filter '(('")
        self.refused(self.call("stress", *self.build, "--filter", "absent"), "no test", status=3)
        self.refused(self.call("stress", *self.build, "--kind", "run_queue", "--variant", "bad"), "no test", status=3)


def texts_of(drawing):
    """matplotlib draws letters as paths, and writes each text beside them as a comment."""
    return set(re.findall(r"<!-- (.*?) -->", drawing.read_text()))


class topology(front_door_case):
    """With a stealyard-topology that prints what it is told, in a build folder made by hand."""

    def setUp(self):
        super().setUp()
        (self.folder / "bin").mkdir()
        (self.folder / "CMakeCache.txt").touch()
        self.build = ("--build", self.folder)

    def executable(self, name, text):
        path = self.folder / "bin" / name
        path.write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\n")
        path.chmod(0o755)

    def drawn(self, *words):
        from stress.plots.synthetic_results import topology as machine

        self.executable("stealyard-topology", json.dumps({**machine(), "is_this_machine": True, "source": "synthetic"}))
        self.executable("stealyard-probe", '{"cpus":[0,1],"round_trip_ns":[[0,123.4],[123.4,0]]}')
        # Nothing is built: cmake is a program that does nothing.
        self.executable("cmake", "")
        return self.call_apart("topology", *self.build, *words, env={**os.environ, "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"})

    def test_a_drawing_holds_workers_nodes_and_the_steal_order(self):
        out = self.folder / "machine.svg"
        done = self.drawn("--svg", out)
        self.assertEqual((done.returncode, done.stdout), (0, f"{out}\n"), done.stderr)
        self.assertLessEqual({"w0", "w1", "node 0 · 8 GiB", "cpu 3", "w0   same L3: w1"}, texts_of(out))

    def test_measured_distances_are_printed_and_drawn(self):
        self.assertIn("0    -    123", self.drawn("--measure").stdout)
        self.assertEqual(json.loads(self.drawn("--measure", "--json").stdout)["round_trips"]["round_trip_ns"][0][1], 123.4)
        out = self.folder / "machine.svg"
        self.assertEqual(self.drawn("--measure", "--svg", out).returncode, 0)
        self.assertIn("123", texts_of(out))

    def test_bad_input(self):
        self.assertIn("ends in .png or .svg", self.drawn("--svg", self.folder / "machine.pdf").stderr)
        self.assertIn("--svg needs a value", self.drawn("--svg").stderr)
        self.assertIn("cannot write", self.drawn("--svg", self.folder / "absent" / "machine.svg").stderr)


class comparing(front_door_case):
    def setUp(self):
        super().setUp()
        ours, theirs = sample.cell("ours", workers=1), sample.cell("go", subject="go", workers=1)
        blocks = [sample.block_file(block, position, of, [value + block]) for block in range(6)
                  for position, (of, value) in enumerate(((ours, 10), (theirs, 60)))]
        sample.write(sample.result([ours, theirs], blocks), self.folder / "result.json")

    def targets(self, **target):
        made = {"workload": "ping_pong", "workers": 1, **target}
        return sample.write({"schema": "stealyard.targets/1", "targets": [made]}, self.folder / "targets.json")

    def test_a_table_and_json(self):
        said = self.call("compare", self.folder).stdout
        self.assertRegex(said, r"ping_pong +1 +stealyard +any +5\.\d+ ")
        self.assertRegex(said, r"\nping_pong: stealyard is 5\.\d\d× as fast as go on 1 worker \(.*\)\.\n\nIn all, against go: faster in 1 of 1 comparisons\.\n$")
        [row] = json.loads(self.call("compare", self.folder, "--json").stdout)["comparisons"]
        self.assertEqual((row["candidate"], row["baseline"], row["speedup"]["count"]), ("stealyard", "go", 6))
        self.assertLess(row["speedup"]["low"], row["speedup"]["median"])

    def test_targets(self):
        for target, status in (({"median_at_least": 5}, 0), ({"median_at_least": 6}, 1), ({"low_at_least": 1}, 0), ({"low_at_least": 5.3}, 1),
                               ({"median_at_least": 5, "blocks_at_least": 7}, 1), ({"median_at_least": 1, "workers": 2}, 1)):
            with self.subTest(target=target):
                done = self.call("compare", self.folder, "--targets", self.targets(**target))
                self.assertEqual(done.returncode, status, done.stdout + done.stderr)

    def test_a_placement_seen_too_rarely_is_not_judged(self):
        ours, theirs = sample.cell("ours", workers=2), sample.cell("go", subject="go", workers=2)
        blocks = [sample.block_file(block, position, of, [value], before=mode, after=mode)
                  for block, mode in enumerate(["near"] * 5 + ["far"]) for position, (of, value) in
                  enumerate(((ours, 10), (theirs, 60 if mode == "near" else 6)))]
        sample.write(sample.result([ours, theirs], blocks), self.folder / "result.json")
        for fewest, status in ((5, 0), (6, 1), (2, 0)):
            with self.subTest(fewest=fewest):
                done = self.call("compare", self.folder, "--targets", self.targets(workers=2, low_at_least=1, blocks_at_least=fewest))
                self.assertEqual(done.returncode, status, done.stdout + done.stderr)

    def test_the_projects_own_targets_are_readable(self):
        done = self.call("compare", self.folder, "--targets", sample.REPOSITORY / "bench/harness/targets.json")
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        self.assertRegex(done.stdout, r"skynet on 1: median ≥ 5 +no comparison +MISSED")
        self.assertRegex(done.stdout, r"ping_pong on 1: median ≥ 6 +5\.\d+ \(any, too few blocks\) +MISSED")

    def test_two_results(self):
        other = pathlib.Path(self.folder / "after")
        other.mkdir()
        document = json.loads((self.folder / "result.json").read_text())
        for block in document["measurements"]:
            block["measurement"]["samples"] = [value / 2 for value in block["measurement"]["samples"]]
        sample.write(document, other / "result.json")
        rows = json.loads(self.call("compare", self.folder, other, "--json").stdout)["comparisons"]
        self.assertEqual([(row["candidate"], round(row["speedup"]["median"], 6)) for row in rows], [("go", 2), ("stealyard", 2)])
        self.assertTrue(all(row["speedup"]["low"] < 2 < row["speedup"]["high"] for row in rows))
        text = self.call("compare", self.folder, other).stdout
        self.assertRegex(text, r"ping_pong +1 +go +any +62\.5 +31\.25 +ns/op +-50\.0 % ")
        self.assertIn("geometric mean of 2: -50.0 %", text)
        self.assertIn("2 faster, 0 slower, 0 may be chance", text)
        same = self.call("compare", self.folder, self.folder).stdout
        self.assertEqual(same.count("  ~  "), 2, same)  # no change is not called one
        self.refused(self.call("compare", self.folder, other, "--baseline", "go"), "--baseline is not accepted with two results")

    def test_bad_input(self):
        self.refused(self.call("compare", self.folder, "--baseline", "rust"), "unknown baseline 'rust'", "go, stealyard")
        self.refused(self.call("compare", self.folder, "--workload", "yeild"), "unknown workload", "ping_pong")
        (self.folder / "alone").mkdir()
        alone = sample.cell("ours", workers=1)
        sample.write(sample.result([alone], [sample.block_file(0, 0, alone, [10])]), self.folder / "alone" / "result.json")
        self.refused(self.call("compare", self.folder / "alone"), "holds no go to compare with", "--baseline stealyard")
        self.refused(self.call("compare", self.folder, "--baseline", "go", "--label", "go"), "can be compared", status=3)
        self.refused(self.call("compare", self.folder / "absent"), "no result at")
        self.refused(self.call("compare", self.folder, "--targets", self.targets()), "targets")


if __name__ == "__main__":
    unittest.main()
