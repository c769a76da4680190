"""scripts/stealyard new-variant and completion: what they write, what they offer, what they refuse."""

import pathlib
import re
import shutil
import subprocess
import unittest

from stress.harness.test_front_door import FRONT_DOOR, front_door_case, sample

TEMPLATES = sample.REPOSITORY / "scripts" / "stealyard_tools" / "new_variants"
KINDS = sorted(path.name.removesuffix(".hpp.in") for path in TEMPLATES.iterdir())


class new_variant(front_door_case):
    def make(self, *words):
        return self.call("new-variant", *words, "--out", self.folder / "a folder")

    def test_every_kind_gives_a_header_and_a_sorted_line(self):
        for kind in reversed(KINDS):
            done = self.make(kind, "mine")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("scripts/stealyard stress", done.stdout)
            header = (self.folder / "a folder" / kind / "mine.hpp").read_text()
            self.assertNotIn("@", header)
            self.assertRegex(header, rf"(class|struct) mine {{")
        lines = (self.folder / "a folder" / "CMakeLists.txt").read_text().splitlines()[1:]
        self.assertEqual(lines, [f"stealyard_variant({kind} mine)" for kind in KINDS])

    def test_each_operation_of_the_contract_says_that_it_is_not_written(self):
        """From the contract's own text, so that an operation added there is missed here."""
        for kind in KINDS:
            contract = (sample.REPOSITORY / "core" / "contract" / f"{kind}.hpp").read_text()
            shape = contract.partition("// Axioms")[0]
            operations = set(re.findall(r"^//     .*?(\w+)\([^;]*\) (?:const )?noexcept;", shape, re.MULTILINE)) - {"word"}
            text = (TEMPLATES / f"{kind}.hpp.in").read_text()
            with self.subTest(kind):
                self.assertGreaterEqual(len(operations), 2)
                self.assertEqual([name for name in operations if f'WRITTEN("{name} of' not in text and not re.search(rf"{name}\(.*\) const noexcept {{ return", text)], [])

    def test_bad_input_leaves_nothing_behind(self):
        self.refused(self.make("run_queues", "mine"), "unknown kind 'run_queues' (did you mean 'run_queue'?)")
        self.refused(self.make("channel", "mine"), "no instrument checks variants of kind channel")
        for name in ("My_queue", "my-queue", "1st", "", "_x", "a" * 41, "../up", "a b", "class", "x;y"):
            self.refused(self.make("run_queue", name), f"the name '{name}' is not accepted")
        self.refused(self.make("run_queue", "chase_lev"), "the run_queue chase_lev exists")
        self.refused(self.call("new-variant", "run_queue"), "NAME")
        self.assertEqual(list(self.folder.iterdir()), [])
        self.assertEqual(self.make("run_queue", "mine").returncode, 0)
        self.refused(self.make("run_queue", "mine"), "the run_queue mine exists")

    def test_a_folder_that_is_a_file(self):
        (self.folder / "a folder").touch()
        self.refused(self.make("run_queue", "mine"), "cannot make", "--out")


class completion(front_door_case):
    def offered(self, *words):
        done = self.call("completion", "--words", *words)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.split()

    def test_commands_flags_names_and_lists_of_names(self):
        self.assertEqual(self.offered("ben"), ["bench"])
        self.assertIn("new-variant", self.offered(""))
        self.assertEqual(self.offered("bench", "--run_"), ["--run_queue"])
        self.assertEqual(self.offered("bench", "--run_queue", "chase"), ["chase_lev"])
        self.assertNotIn("chase_lev,chase_lev", self.offered("bench", "--run_queue", "chase_lev,"))
        self.assertIn("chase_lev,mutex_deque", self.offered("bench", "--run_queue", "chase_lev,"))
        self.assertEqual(self.offered("bench", "--workload=ping"), ["--workload=ping_pong"])
        self.assertEqual(self.offered("bench", "--workload", "=", "ping"), ["ping_pong"])  # as bash breaks it
        self.assertEqual(self.offered("new-variant", "vic"), ["victim"])
        self.assertEqual(self.offered("plot", "--figure", "heat"), ["heatmap"])
        self.assertEqual(self.offered("no-such", ""), [])

    def test_what_a_passed_on_command_takes_is_what_is_offered(self):
        done = self.call_apart("plot", "--help")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(set(self.offered("plot", "--")), set(re.findall(r"^  (?:-h, )?(--[\w-]+)", done.stdout, re.MULTILINE)))
        known = re.findall(r"^  (\w+) ", done.stdout.partition("figures:")[2], re.MULTILINE)
        self.assertEqual(self.offered("plot", "--figure", ""), sorted(known))

    def test_bash_completes_in_a_shell(self):
        script = 'source <("$0" completion bash); COMP_WORDS=("$0" "$@"); COMP_CWORD=$#; _stealyard 2> /dev/null; printf "%s\\n" "${COMPREPLY[@]}"'
        for words, wanted in ((["dry", "x"][:1], []), (["comp"], ["compare", "completion"]), (["stress", "--kind", "vic"], ["victim"])):
            done = subprocess.run(["bash", "-c", script, str(FRONT_DOOR), *words], capture_output=True, text=True, check=False)
            self.assertEqual(done.stdout.split(), wanted, done.stderr)

    def test_zsh_and_fish_read_their_scripts(self):
        shells = [shell for shell in ("zsh", "fish") if shutil.which(shell)]
        if not shells:
            self.skipTest("neither zsh nor fish is installed")
        for shell in shells:
            script = self.folder / "script"
            script.write_text(self.call("completion", shell).stdout)
            done = subprocess.run([shell, "-n", script], capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_an_unknown_shell(self):
        self.refused(self.call("completion", "tcsh"), "unknown shell 'tcsh'", "bash, fish, zsh")
        self.refused(self.call("completion"), "unknown shell ''")


if __name__ == "__main__":
    unittest.main()
