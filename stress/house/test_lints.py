"""Each lint finds what it is for, where it is, and nothing in what is right."""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts/lint"))

import formatting  # noqa: E402
import include_direction  # noqa: E402
import machine_code  # noqa: E402
import no_machine  # noqa: E402
import order_table  # noqa: E402
import syntax  # noqa: E402
import tidy  # noqa: E402
import top_level  # noqa: E402
import weakened_rows  # noqa: E402
import world_only  # noqa: E402
from settings import settings  # noqa: E402
from tree import made_up_tree, without_comments  # noqa: E402


def found(lint, files: dict[str, str]) -> list[str]:
    return [str(each) for each in lint.check(made_up_tree(files))]


class without_comments_test(unittest.TestCase):
    def test_words_in_comments_and_strings_are_no_code(self) -> None:
        text = 'int a; // std::mutex\n/* std::thread\n */ auto s = "std::atomic"; char q = \'"\'; int n = 1\'000; f("\\"x");\nint b;'
        code = without_comments(text)
        self.assertNotIn("std::", code)
        self.assertEqual(code.count("\n"), text.count("\n"))
        self.assertIn("int b;", code)
        self.assertIn("1'000", code)
        self.assertNotIn("x", code.splitlines()[2].replace("f(", ""))

    def test_an_include_keeps_its_name(self) -> None:
        self.assertIn('"core/world/order.hpp"', without_comments('#include "core/world/order.hpp"  // "x"\n'))

    def test_a_raw_string_ends_at_its_own_delimiter(self) -> None:
        self.assertIn("int after;", without_comments('auto s = R"x(std::mutex )" )x"; int after;'))


class include_direction_test(unittest.TestCase):
    def refused(self, path: str, include: str) -> bool:
        return bool(found(include_direction, {path: f'#pragma once\n#include "{include}"\n'}))

    def test_core_points_one_way(self) -> None:
        for path, include, wrong in (
                ("core/world/a.hpp", "core/contract/run_queue.hpp", True), ("core/contract/a.hpp", "core/world/order.hpp", False),
                ("core/contract/a.hpp", "core/fiber/fiber.hpp", True), ("core/fiber/a.hpp", "core/sched/worker.hpp", True),
                ("core/fiber/a.hpp", "core/topology/topology.hpp", True), ("core/sched/a.hpp", "core/go/chan.hpp", True),
                ("core/sched/a.hpp", "core/fiber/fiber.hpp", False), ("core/go/a.hpp", "core/sched/worker.hpp", False),
                ("core/go/a.hpp", "stress/world/relacy.hpp", True), ("core/go/a.hpp", "variants/run_queue/chase_lev.hpp", True),
                ("core/go.hpp", "core/go/chan.hpp", False)):
            with self.subTest(path=path, include=include):
                self.assertEqual(self.refused(path, include), wrong)

    def test_variants_see_world_and_contract_only(self) -> None:
        for include, wrong in (("core/world/concept.hpp", False), ("core/contract/run_queue.hpp", False), ("core/sched/worker.hpp", True),
                               ("variants/run_queue/chase_lev.hpp", True), ("variants/shared/ring.hpp", False),
                               ("stress/world/relacy.hpp", True), ("registry/run_queues.hpp", True)):
            with self.subTest(include=include):
                self.assertEqual(self.refused("variants/run_queue/mine.hpp", include), wrong)

    def test_suites_and_benchmarks_name_no_variant(self) -> None:
        self.assertTrue(self.refused("stress/conformance/run_queue.hpp", "variants/run_queue/chase_lev.hpp"))
        self.assertTrue(self.refused("bench/micro/run_queue.cpp", "variants/run_queue/chase_lev.hpp"))
        self.assertTrue(self.refused("stress/model/main.cpp", "bench/harness/probe.hpp"))
        self.assertFalse(self.refused("bench/micro/run_queue.cpp", "registry/run_queues.hpp"))

    def test_an_exception_holds_for_its_own_file_only(self) -> None:
        self.assertFalse(self.refused("core/go/chan_core.hpp", "variants/channel_buffer/mutex_ring.hpp"))
        self.assertTrue(self.refused("core/go/chan_core.hpp", "variants/channel_buffer/vyukov_mpmc.hpp"))
        self.assertTrue(self.refused("core/go/time.hpp", "variants/channel_buffer/mutex_ring.hpp"))

    def test_it_names_the_line_and_no_comment(self) -> None:
        said = found(include_direction, {"core/world/a.hpp": '// #include "core/go/chan.hpp"\n#include <core/go/chan.hpp>\n'})
        self.assertEqual(len(said), 1)
        self.assertTrue(said[0].startswith("core/world/a.hpp:2:"), said)


class world_only_test(unittest.TestCase):
    def test_what_is_refused(self) -> None:
        for line in ("#include <atomic>", "#include <thread>", "std::atomic<int> a;", "std::mutex m;", "auto t = std::chrono::steady_clock::now();",
                     "thread_local int x;", "syscall(SYS_futex, 1);", "std::this_thread::yield();", "__atomic_load_n(&x, 0);", "pthread_self();",
                     "std::atomic_thread_fence(std::memory_order_seq_cst);", "usleep(1);"):
            for path in ("variants/run_queue/a.hpp", "core/sched/a.hpp", "core/go/a.cpp"):
                with self.subTest(line=line, path=path):
                    self.assertTrue(found(world_only, {path: line + "\n"}))

    def test_what_is_not(self) -> None:
        for path, line in (("variants/run_queue/a.hpp", "std::lock_guard<typename W::mutex> lock(mutex_);"), ("variants/run_queue/a.hpp", "#include <mutex>"),
                           ("core/world/native.hpp", "#include <atomic>"), ("variants/stack/a.hpp", "#include <pthread.h>"),
                           ("core/go/run.cpp", "std::thread t;"), ("core/sched/a.hpp", "// std::atomic"), ("stress/fiber/a.cpp", "std::thread t;"),
                           ("core/sched/a.hpp", "atomic<W, int> a; W::mutex m;")):
            with self.subTest(path=path, line=line):
                self.assertEqual(found(world_only, {path: line + "\n"}), [])

    def test_an_allowance_is_for_what_it_names(self) -> None:
        self.assertTrue(found(world_only, {"core/go/run.cpp": "std::mutex m;\n"}))


class machine_code_test(unittest.TestCase):
    def test_what_is_refused(self) -> None:
        for text in ("#include <immintrin.h>", "#include <cpuid.h>", "_mm_pause();", "auto t = __rdtsc();", "__builtin_ia32_pause();",
                     'asm("nop");', 'asm volatile("mfence" ::: "memory");', 'asm volatile(\n    "mfence");',
                     "#if defined(FAST)\n_mm_pause();\n#endif", "#if defined(__x86_64__)\n#endif\n_mm_pause();"):
            for path in ("core/sched/a.cpp", "variants/run_queue/a.hpp", "stress/go/a.cpp", "bench/harness/a.cpp"):
                with self.subTest(text=text, path=path):
                    self.assertTrue(found(machine_code, {path: text + "\n"}))

    def test_what_is_not(self) -> None:
        for path, text in (("core/sched/a.cpp", '#if defined(__x86_64__)\n#include <cpuid.h>\nasm("nop");\n#else\nint x;\n#endif'),
                           ("core/sched/a.cpp", "#if A\n#elif defined(__aarch64__)\n_mm_pause();\n#endif"),
                           ("core/sched/a.cpp", 'asm volatile("" ::: "memory");'), ("core/sched/a.cpp", "// _mm_pause()"),
                           ("core/fiber/a.hpp", 'asm("nop");'), ("core/world/a.hpp", "_mm_pause();"),
                           ("variants/shared/native_asm_aarch64.hpp", 'asm("br x16");')):
            with self.subTest(path=path, text=text):
                self.assertEqual(found(machine_code, {path: text + "\n"}), [])


class top_level_test(unittest.TestCase):
    def test_a_stranger_is_named(self) -> None:
        said = found(top_level, {"core/a.hpp": "", "README.md": "", ".gitignore": "", "docs/a.md": "", "notes.txt": ""})
        self.assertEqual([each.split(":")[0] for each in said], ["docs", "notes.txt"])


class no_machine_test(unittest.TestCase):
    def test_what_is_refused(self) -> None:
        for line in ("/ho" "me/someone/x", "see /ro" "ot/x", "cd /wo" "rk/main", "http://deb.deb" "ian.org/deb" "ian",
                     "https://files.python" "hosted.org/x", "proxy.gol" "ang.org", "https://py" "pi.org/simple"):
            with self.subTest(line=line):
                self.assertTrue(found(no_machine, {"scripts/a.sh": f"x\n{line}\n"}))

    def test_what_is_not(self) -> None:
        for line in ("/usr/bin/python3", "stress/work/a", "${HOME}/x", "/proc/self/maps", "debian bookworm", "build/ro" "ot/x", "golang-go"):
            with self.subTest(line=line):
                self.assertEqual(found(no_machine, {"scripts/a.sh": line + "\n"}), [])


VARIANT = """\
// mine: a thing.
// Source:     ours.
// Progress:   lock-free.
// Deviates:   nothing.
// Invariants: I1 none.
// Orders
//   O1  store word_ release  with O2   publishes
//   O2  load  word_ acquire  with O1   sees it,
//                            all of it
//   O3  cas   word_ acq_rel / relaxed  with O4   claims
//   O4  fence seq_cst  with O3   before the look
//   O5  load  word_ relaxed  -   a guess that O3 checks
#pragma once
struct mine {
  void f() {
    word_.store(1, release);  // O1
    word_.load(acquire);      // O2
    word_.compare_exchange_strong(e, g(a, b), acq_rel, relaxed);  // O3
    W::fence(seq_cst);        // O4
    word_.load(relaxed);      // O5
  }
};
"""


class order_table_test(unittest.TestCase):
    def changed(self, *changes: tuple[str, str]) -> list[str]:
        text = VARIANT
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new, 1)
        return found(order_table, {"variants/run_queue/mine.hpp": text})

    def test_a_true_table_is_clean(self) -> None:
        self.assertEqual(self.changed(), [])

    def test_each_untruth_is_found(self) -> None:
        for name, changes, words in (
                ("no id", [("  // O5", "")], "does not end in its row's id"),
                ("unknown id", [("// O5\n", "// O9\n")], "row O9 is not in the order table"),
                ("unused row", [("    word_.load(relaxed);      // O5\n", "")], "row O5 belongs to no operation"),
                ("used twice", [("// O5\n", "// O5\n    word_.load(relaxed);  // O5\n")], "names the operation in line"),
                ("other order", [("word_.load(relaxed)", "word_.load(acquire)")], "is load acquire; row O5 says load relaxed"),
                ("other failure order", [("acq_rel, relaxed)", "acq_rel, acquire)")], "is cas acq_rel / acquire"),
                ("other operation", [("word_.load(relaxed)", "word_.exchange(1, relaxed)")], "is exchange relaxed"),
                ("other object", [("    word_.load(relaxed)", "    other_.load(relaxed)")], "is about word_"),
                ("two on a line", [("word_.load(relaxed);      // O5", "word_.load(relaxed); word_.load(relaxed);  // O5")], "2 atomic operations on one line"),
                ("one sided pair", [("acquire  with O1", "acquire  with O3"), ("relaxed  with O4", "relaxed  with O4, O2")], "row O2 does not say"),
                ("unknown pair", [("acquire  with O1", "acquire  with O1, O8")], "pairs with O8, which is not in the table"),
                ("no pair", [("acq_rel / relaxed  with O4", "acq_rel / relaxed  -"), ("seq_cst  with O3", "seq_cst  with O3")], "pairs with nothing"),
                ("silent relaxed", [("-   a guess that O3 checks", "-")], "does not say why"),
                ("cannot synchronise", [("store word_ release  with O2", "store word_ acquire  with O2"), ("store(1, release)", "store(1, acquire)")],
                 "cannot synchronise"),
                ("row twice", [("//   O5", "//   O4")], "row O4 is there twice"),
                ("no row", [("O5  load  word_ relaxed  -", "O5  load  word_ somehow  -")], "no row of an order table"),
                ("no fence id", [("        // O4", "")], "fence seq_cst does not end"),
                ("field missing", [("// Progress:   lock-free.\n", "")], "no part `Progress`"),
                ("fields swapped", [("// Source:     ours.\n// Progress:   lock-free.", "// Progress:   lock-free.\n// Source:     ours.")], "another order"),
                ("name", [("// mine: a thing.", "// yours: a thing.")], "begins with `// mine: `")):
            with self.subTest(name):
                said = self.changed(*changes)
                self.assertTrue(any(words in each for each in said), f"{words!r} not in {said}")

    def test_a_comment_is_no_operation(self) -> None:
        self.assertEqual(self.changed(("struct mine {", "// word_.load(acquire)\nstruct mine {")), [])

    def test_a_range_and_a_partner_elsewhere(self) -> None:
        text = VARIANT.replace("with O2   publishes", "with O2 to O2   publishes").replace("-   a guess", "with the pusher's fence   a guess")
        self.assertEqual(found(order_table, {"variants/run_queue/mine.hpp": text}), [])

    def test_protocols_of_core_are_read_too(self) -> None:
        table = "// mine_core: a thing.\n// Orders" + VARIANT.split("// Orders")[1]
        self.assertEqual(found(order_table, {"core/go/mine_core.hpp": table}), [])
        said = found(order_table, {"core/go/mine_core.hpp": table.replace("word_.load(relaxed)", "word_.load(acquire)")})
        self.assertTrue(any("is load acquire; row O5 says load relaxed" in each for each in said), said)

    def test_an_exchange_may_synchronise_by_its_failure(self) -> None:
        self.assertEqual(self.changed(("acq_rel / relaxed  with O4", "relaxed / acquire  with O4, O1"), ("acq_rel, relaxed)", "relaxed, acquire)"),
                                      ("release  with O2", "release  with O2, O3")), [])

    def test_parts_without_a_world_need_no_table(self) -> None:
        self.assertEqual(found(order_table, {"variants/stack/mine.hpp": "// mine: memory.\n#pragma once\n"}), [])


class weakened_rows_test(unittest.TestCase):
    def test_a_row_that_no_table_has_is_named(self) -> None:
        header = "// mine: a thing.\n// Orders" + VARIANT.split("// Orders")[1]
        bugs = '{"run_queue/mine.hpp:O1=relaxed", "run_queue/mine.hpp:O77:cas_ok=relaxed", "run_queue/other.hpp:O1=relaxed"}\n'
        said = found(weakened_rows, {"variants/run_queue/mine.hpp": header, "stress/bugs/bugs.json": bugs})
        self.assertEqual(len(said), 2, said)
        self.assertIn("no table of run_queue/mine.hpp has the row O77", said[0])
        self.assertIn("no table of run_queue/other.hpp has the row O1; it has none", said[1])


class syntax_test(unittest.TestCase):
    def test_what_does_not_parse_is_named(self) -> None:
        said = found(syntax, {"scripts/a.py": "def f(:\n", "scripts/b": "#!/usr/bin/env bash\nif true; then\n", "scripts/c": "#!/usr/bin/env python3\nx = (\n",
                              "scripts/d.py": "x = 1\n", "scripts/e": "#!/bin/bash\ntrue\n", "core/f.py": "def (\n"})
        self.assertEqual(sorted(each.split(":")[0] for each in said), ["scripts/a.py", "scripts/b", "scripts/c"])


class tools_test(unittest.TestCase):
    def in_folder(self, files: dict[str, str], lint) -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name in (".clang-format", ".clang-tidy"):
                shutil.copy(REPOSITORY / name, root)
            for path, text in files.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text, encoding="utf-8")
            of = made_up_tree(files)
            of.root = root
            return [str(each) for each in lint(of, root)]

    def test_formatting(self) -> None:
        if shutil.which(formatting.TOOL) is None:
            self.skipTest(f"no {formatting.TOOL}")
        given = settings(full=False, fix=False, build_root=pathlib.Path("/nowhere"))
        said = self.in_folder({"core/a.hpp": "int  a ;\n", "core/b.hpp": "int b;\n"}, lambda of, _: formatting.check(of, given))
        self.assertEqual([each.split(" ")[0] for each in said], ["core/a.hpp:1:"])

    def test_tidy(self) -> None:
        if shutil.which(tidy.TOOL) is None:
            self.skipTest(f"no {tidy.TOOL}")

        def lint(of, root):
            subprocess.run(["git", "init", "-q", str(root)], check=True)
            (root / "build/dev").mkdir(parents=True)
            (root / "build/dev/compile_commands.json").write_text(
                f'[{{"directory": "{root}", "file": "{root}/core/a.cpp", "command": "c++ -std=c++20 -c {root}/core/a.cpp"}}]', encoding="utf-8")
            return tidy.check(of, settings(full=True, fix=False, build_root=root / "build"))

        said = self.in_folder({"core/a.cpp": "int f(int a) { if (a == a) return 1; return 0; }\n"}, lint)
        self.assertTrue(said and said[0].startswith("core/a.cpp:1:"), said)


if __name__ == "__main__":
    unittest.main()
