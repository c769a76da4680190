"""Native costs nothing: operations.cpp is compiled over native and over plain std::atomic, and each function's instructions compared.

Plain std::atomic comes in two forms, used as it is and behind an inline call: a function costs nothing if it comes out as with one of
them. All worlds bear one name, so symbols agree; addresses are left out. A planted fence must be found.
"""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
GENERATED = pathlib.Path(os.environ.get("STEALYARD_GENERATED", REPOSITORY / "build/dev/generated"))
COMPILERS = ("g++", "clang++-19")
FLAGS = ("-std=c++20", "-O3", "-fstack-clash-protection", "-ffunction-sections", "-fno-asynchronous-unwind-tables", "-fcf-protection=none")
NATIVE, PLAIN = "core/world/native.hpp", "stress/codegen/plain_world.hpp"
SHOWN = 6
# What the issue names must be among what is compared.
WANTED = ("run_queue_chase_lev::try_push", "run_queue_chase_lev::try_pop", "run_queue_chase_lev::try_steal",
          "channel_buffer_vyukov_mpmc::try_push", "channel_buffer_vyukov_mpmc::try_pop",
          "channel_operations::send", "channel_operations::recv", "channel_operations::try_send", "channel_operations::try_recv")


def compile_object(compiler: str, world: str, extra: tuple[str, ...], made: pathlib.Path) -> None:
    command = [compiler, *FLAGS, f"-I{REPOSITORY}", f"-I{GENERATED}", f'-DCODEGEN_WORLD="{world}"', *extra,
               "-c", str(REPOSITORY / "stress/codegen/operations.cpp"), "-o", str(made)]
    ccache = shutil.which("ccache")
    done = subprocess.run([ccache, *command] if ccache else command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{compiler} does not compile operations.cpp over {world}:\n{done.stderr[-3000:]}")


def functions(made: pathlib.Path) -> dict[str, list[str]]:
    """Instructions by function; where one refers to something, to what: but not at which address."""
    said = subprocess.run(["objdump", "-drC", "--no-show-raw-insn", "--no-addresses", str(made)], capture_output=True, text=True, check=True).stdout
    found: dict[str, list[str]] = {}
    body: list[str] = []
    for line in said.splitlines():
        head = re.fullmatch(r"<(.*)>:", line)
        if head:
            body = found.setdefault(head[1], [])
        elif line.startswith("\t"):
            body.append(normalised(line.strip()))
    return {name: without_padding(lines) for name, lines in found.items()}


def normalised(line: str) -> str:
    line = re.sub(r"\s+", " ", line)
    line = re.sub(r"(\.(?:L\w+|rodata[\w.]*|data[\w.]*|LC\d+))(?:[+-]0x[0-9a-f]+)?", r"\1", line)
    return re.sub(r" #.*", "", line)


def without_padding(lines: list[str]) -> list[str]:
    """What fills the space between functions is no part of them."""
    end = len(lines)
    while end and re.match(r"(nop|xchg %ax,%ax|data16|cs nop|int3)", lines[end - 1]):
        end -= 1
    return lines[:end]


def ours(made: dict[str, list[str]]) -> set[str]:
    """The standard library's own functions hold no operation of ours, and vary with what was inlined before them."""
    return {name for name in made if not re.match(r"(?:\S+ )?std::", name)}


def unlike_any(native: dict[str, list[str]], forms: list[dict[str, list[str]]]) -> list[str]:
    """The differences of each function that comes out otherwise than with every form."""
    found = [{each.partition(": ")[0]: each for each in differences(native, form)} for form in forms]
    return [text for name, text in found[0].items() if all(name in other for other in found[1:])]


def differences(one: dict[str, list[str]], other: dict[str, list[str]]) -> list[str]:
    """Functions that are in one object only or differ, each with the first difference."""
    found = []
    for name in sorted(ours(one) | ours(other)):
        a, b = one.get(name), other.get(name)
        if a is None or b is None:
            found.append(f"{name}: only over {'std::atomic' if a is None else 'native'}")
        elif a != b:
            at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
            shown = [" | ".join(lines[at : at + 3]) or "ends" for lines in (a, b)]
            found.append(f"{name}: {len(a)} instructions over native, {len(b)} over std::atomic; at {at}: `{shown[0]}`, `{shown[1]}`")
    return found


class codegen(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.TemporaryDirectory()
        cls.objects: dict[tuple[str, str], dict[str, list[str]]] = {}
        if shutil.which("objdump") is None:
            raise unittest.SkipTest("skipped: no objdump; run scripts/setup")
        wanted = [(compiler, *kind) for compiler in COMPILERS if shutil.which(compiler)
                  for kind in (("native", NATIVE, ()), ("plain", PLAIN, ()), ("wrapped", PLAIN, ("-DCODEGEN_WRAPPED",)),
                               ("planted", PLAIN, ("-DCODEGEN_WRAPPED", "-DCODEGEN_PLANTED_FENCE")))]

        def make(compiler: str, name: str, world: str, extra: tuple[str, ...]) -> None:
            made = pathlib.Path(cls.folder.name) / f"{compiler}.{name}.o"
            compile_object(compiler, world, extra, made)
            cls.objects[compiler, name] = functions(made)

        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            for done in [pool.submit(make, *each) for each in wanted]:
                done.result()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.folder.cleanup()

    def made_by(self, compiler: str, name: str) -> dict[str, list[str]]:
        if (compiler, name) not in self.objects:
            self.skipTest(f"skipped: no {compiler}; run scripts/setup")
        return self.objects[compiler, name]

    def test_what_the_issue_names_is_compared(self) -> None:
        for compiler in COMPILERS:
            names = self.made_by(compiler, "native")
            for wanted in WANTED:
                with self.subTest(compiler=compiler, function=wanted):
                    bodies = [body for name, body in names.items() if name.startswith(f"{wanted}(") and "[clone" not in name]
                    self.assertEqual(len(bodies), 1)
                    self.assertGreater(len(bodies[0]), 1)

    def test_native_is_plain_std_atomic(self) -> None:
        for compiler in COMPILERS:
            with self.subTest(compiler=compiler):
                found = unlike_any(self.made_by(compiler, "native"), [self.made_by(compiler, form) for form in ("plain", "wrapped")])
                if found:
                    self.fail(f"{len(found)} functions come out otherwise over native:\n" + "\n".join(each[:400] for each in found[:SHOWN]))

    def test_a_planted_fence_is_found(self) -> None:
        for compiler in COMPILERS:
            found = differences(self.made_by(compiler, "native"), self.made_by(compiler, "planted"))
            for wanted in ("run_queue_chase_lev::try_push(", "channel_buffer_vyukov_mpmc::try_push(", "channel_buffer_vyukov_mpmc::try_pop("):
                with self.subTest(compiler=compiler, function=wanted):
                    self.assertTrue(any(each.startswith(wanted) for each in found), "the planted fence went unseen")


if __name__ == "__main__":
    unittest.main()
