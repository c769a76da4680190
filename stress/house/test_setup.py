"""scripts/setup against a made-up Debian: what it asks of apt-get, when, and what it says where it can do nothing."""

from __future__ import annotations

import os
import pathlib
import subprocess
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
SETUP = REPOSITORY / "scripts/setup"


class setup_test(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)
        self.calls = self.root / "calls"
        self.installed = self.root / "installed"
        listed = subprocess.run([SETUP, "--list"], capture_output=True, text=True, check=True).stdout
        self.packages = {line.split()[1]: line.split()[0] for line in listed.splitlines()}
        self.installed.write_text("\n".join(self.packages), encoding="utf-8")
        # dpkg-query says what stands in `installed`; apt-get writes down its arguments and what it installs.
        self.tool("dpkg-query", f'shift 3\nfor p in "$@"; do grep -qx -- "$p" {self.installed} && echo "installed $p" || echo "no $p" >&2; done; true')
        self.tool("apt-get", f'echo "$*" >> {self.calls}\n[ -e {self.root}/fails ] && {{ echo "E: broken" >&2; exit 100; }}\n'
                             f'case "$*" in *install*) [ -e {self.root}/stale ] && exit 100; for w in "$@"; do echo "$w"; done >> {self.installed};; '
                             f'*update*) rm -f {self.root}/stale;; esac; true')
        self.tool("id", "echo ${FAKE_UID:-0}")

    def tool(self, name: str, script: str) -> None:
        path = self.root / name
        path.write_text(f"#!/bin/bash\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def without(self, *names: str) -> None:
        self.installed.write_text("\n".join(set(self.packages) - set(names)) + "\n", encoding="utf-8")

    def run_setup(self, *words: str, uid: int = 0, sudo: bool = False) -> subprocess.CompletedProcess[str]:
        self.tool("sudo", f'if [ "$1" = -n ]; then shift; fi\n[ "$1" = env ] && echo "$3" > {self.root}/became_root\nexec "$@"' if sudo else "exit 1")
        return subprocess.run([SETUP, *words], env={"PATH": f"{self.root}:{os.environ['PATH']}", "FAKE_UID": str(uid)}, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)

    def became_root_for(self) -> str:
        path = self.root / "became_root"
        return path.read_text(encoding="utf-8").strip() if path.exists() else ""

    def asked(self) -> list[str]:
        return self.calls.read_text(encoding="utf-8").splitlines() if self.calls.exists() else []

    def test_with_nothing_missing_apt_is_not_called(self) -> None:
        done = self.run_setup()
        self.assertEqual((done.returncode, done.stdout, done.stderr, self.asked()), (0, "", "", []))

    def test_what_is_missing_is_installed_and_nothing_else(self) -> None:
        self.without("patch", "hwloc")
        self.assertEqual(self.run_setup().returncode, 0)
        self.assertEqual(len(self.asked()), 1)
        self.assertEqual(self.asked()[0].split()[-2:], ["hwloc", "patch"])
        self.assertEqual(self.run_setup().returncode, 0)
        self.assertEqual(len(self.asked()), 1, "the second run has nothing to do")

    def test_lists_are_fetched_only_where_they_are_stale(self) -> None:
        self.without("patch")
        (self.root / "stale").touch()
        self.assertEqual(self.run_setup().returncode, 0)
        self.assertEqual([next(word for word in call.split() if word in ("install", "update")) for call in self.asked()], ["install", "update", "install"])

    def test_a_purpose_needs_its_own_packages(self) -> None:
        self.without(*(name for name, who in self.packages.items() if who == "test"))
        self.assertEqual(self.run_setup("--for", "reproduce", "--check").returncode, 0)
        self.assertEqual(self.run_setup("--for", "test", "--check").returncode, 1)
        self.assertEqual(self.run_setup("--check").returncode, 1)

    def test_check_installs_nothing_and_prints_the_line(self) -> None:
        self.without("patch")
        done = self.run_setup("--check")
        self.assertEqual((done.returncode, self.asked()), (1, []))
        self.assertEqual(len(done.stderr.splitlines()), 1)
        self.assertTrue(done.stderr.endswith("apt-get update && apt-get install -y --no-install-recommends patch\n"), done.stderr)

    def test_without_root_and_sudo_the_line_is_printed(self) -> None:
        self.without("patch")
        done = self.run_setup(uid=1000)
        self.assertEqual((done.returncode, self.asked(), len(done.stderr.splitlines())), (1, [], 1))
        self.assertIn("apt-get install", done.stderr)

    def test_sudo_serves(self) -> None:
        self.without("patch")
        (self.root / "became_root").unlink(missing_ok=True)
        self.assertEqual(self.run_setup(uid=1000, sudo=True).returncode, 0)
        self.assertEqual(len(self.asked()), 1)
        self.assertEqual(self.became_root_for(), "apt-get")

    def test_a_failing_apt_is_shown(self) -> None:
        self.without("patch")
        (self.root / "fails").touch()
        done = self.run_setup()
        self.assertEqual(done.returncode, 1)
        self.assertIn("E: broken", done.stderr)
        self.assertIn("when that is mended", done.stderr)

    def test_bad_words_are_refused_in_one_line(self) -> None:
        for words in (["--bad"], ["--for"], ["--for", "fun"], ["x"]):
            with self.subTest(words=words):
                done = self.run_setup(*words)
                self.assertEqual((done.returncode, len(done.stderr.splitlines()), self.asked()), (2, 1, []))

    def test_what_the_build_looks_for_is_in_the_list(self) -> None:
        for name in ("g++", "clang-19", "cmake", "ninja-build", "libhwloc-dev", "libgtest-dev", "librapidcheck-dev", "relacy-dev", "patch"):
            self.assertIn(name, self.packages)


if __name__ == "__main__":
    unittest.main()
