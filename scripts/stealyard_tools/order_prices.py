"""What a memory order costs: the header with that one order replaced, compiled beside the one as it is written.

Instructions on x86-64 and AArch64: mnemonics that the order adds, by compiling both and taking the difference. Nanoseconds here, where the
x86-64 code differs: both programs run in turn, the median of paired differences of a call, by one thread with its own data in its
own cache. That is the price of the instruction; what others pay for the line it delays is not in it.
"""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import statistics
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from typing import Any

from . import order_ledger as ledgers
from .build_folder import REPOSITORY
from .documents import read_text
from .errors import usage_error
from .order_text import replaced

FLAGS = ("-std=c++20", "-O2", "-DNDEBUG", "-fno-asynchronous-unwind-tables", "-fcf-protection=none")
TARGETS = {"x86-64": ("g++", ()), "AArch64": ("aarch64-linux-gnu-g++", ("-march=armv8.1-a",))}
PAIRS = 15
# Single-threaded uses of each operation; a parker's permit is there before it parks, so nobody sleeps.
PROBES = {
    "run_queue": """
using part = stealyard::run_queue::@name@<stealyard::native, void*>;
stealyard::outcome try_push(part& p, void* item) { return p.try_push(item); }
stealyard::outcome try_pop(part& p, void*& into) { return p.try_pop(into); }
stealyard::outcome try_steal(part& p, void*& into) { return p.try_steal(into); }
bool probably_empty(const part& p) { return p.probably_empty(); }
#ifdef TIMED
void* const item = &std::cout;
part* make() { return new part(256); }
void one_call(part& p) { void* into = nullptr; p.try_push(item); p.try_pop(into); p.try_push(item); p.try_push(item); p.try_steal(into); p.try_pop(into); }
#endif
""",
    "channel_buffer": """
using part = stealyard::channel_buffer::@name@<stealyard::native, std::uint64_t>;
stealyard::outcome try_push(part& p, std::uint64_t& value) { return p.try_push(value); }
stealyard::outcome try_pop(part& p, stealyard::landing<std::uint64_t>& into) { return p.try_pop(into); }
bool close(part& p) { return p.close(); }
std::size_t length(const part& p) { return p.length(); }
#ifdef TIMED
part* make() { return new part(64); }
void one_call(part& p) { std::uint64_t value = 1; stealyard::landing<std::uint64_t> into; p.try_push(value); p.try_pop(into); }
#endif
""",
    "parker": """
using part = stealyard::parker::@name@<stealyard::native>;
bool park(part& p, stealyard::nanoseconds_t deadline) { return p.park(deadline); }
void unpark(part& p) { p.unpark(); }
#ifdef TIMED
part* make() { return new part; }
void one_call(part& p) { p.unpark(); p.park(stealyard::never); }
#endif
""",
}
HEAD = """#include "core/world/native.hpp"
#include "@header@"
#include <cstdint>
#include <iostream>
"""
TIMED = """
#ifdef TIMED
#include <chrono>
int main() {
  part* p = make();
  constexpr int calls = 400000;
  double best = 1e9;
  for (int round = 0; round != 5; ++round) {
    const auto started = std::chrono::steady_clock::now();
    for (int i = 0; i != calls; ++i) one_call(*p);
    best = std::min(best, std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - started).count() / calls);
  }
  std::cout << best << "\\n";
}
#endif
"""


def prices_of(ledger: dict[str, Any], work: pathlib.Path) -> dict[str, Any]:
    kind, name = ledger["variant"].split("/")
    header = REPOSITORY / "variants" / kind / f"{name}.hpp"
    if kind not in PROBES or not header.exists():
        return {}
    text = read_text(header)
    probe = compiled(kind, name, header, work)
    as_written = {target: instructions(probe, target) for target in available()}
    program = None
    found = {}
    for each in ledgers.stronger_than_relaxed(ledger):
        if each["file"] != f"{kind}/{name}.hpp":
            continue
        weakest = each["tried"][0]["order"]
        changed = work / f"{name}.{each['row']}.{each['role']}.hpp"
        changed.write_text(replaced(text, each["row"], each["role"], weakest, each["order"]), encoding="utf-8")
        cheaper = compiled(kind, name, changed, work)
        price: dict[str, Any] = {"against": weakest}
        for target, before in as_written.items():
            price[target] = change(before, instructions(cheaper, target))
        if price.get("x86-64") not in (None, SAME):
            program = program or linked(probe)
            price["ns"] = nanoseconds(program, linked(cheaper))
        price["text"] = text_of(price)
        found[f"{each['file']}:{each['row']}:{each['role']}"] = price
    return {"orders": found}


SAME = "the same code"


def available() -> list[str]:
    return [target for target, (compiler, _) in TARGETS.items() if shutil.which(compiler)]


def compiled(kind: str, name: str, header: pathlib.Path, work: pathlib.Path) -> pathlib.Path:
    source = work / f"{header.name}.cpp"
    source.write_text((HEAD + PROBES[kind] + TIMED).replace("@header@", str(header)).replace("@name@", name), encoding="utf-8")
    return source


def compile_it(target: str, words: list[str]) -> None:
    compiler, more = TARGETS[target]
    done = subprocess.run([compiler, *FLAGS, *more, f"-I{REPOSITORY}", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise usage_error(f"{compiler} does not compile {words[-1]}: {done.stderr.strip()[:300]}")


def instructions(source: pathlib.Path, target: str) -> list[str]:
    assembly = source.with_suffix(f".{target}.s")
    compile_it(target, ["-S", "-o", str(assembly), str(source)])
    lines = (line.strip() for line in assembly.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if re.match(r"[a-z]", line) and not line.endswith(":")]


def change(before: list[str], after: list[str]) -> str:
    """"xchg for mov": what the order adds, for what would stand there without it."""
    if before == after:
        return SAME
    had, has = Counter(map(mnemonic, before)), Counter(map(mnemonic, after))
    added, instead = had - has, has - had
    if not added and not instead:
        return "other registers, or another sequence"
    return f"{several(added) or 'nothing'} for {several(instead) or 'nothing'}"


def mnemonic(line: str) -> str:
    words = line.split()
    return " ".join(words[:2]) if words[0] == "lock" else words[0]


def several(counts: Counter[str]) -> str:
    return ", ".join(word if count == 1 else f"{count} {word}" for word, count in sorted(counts.items()))


WORLD = ("core/world/native_wait.cpp", "core/world/participants.cpp", "core/contract/assert.cpp")  # what a part calls into


def linked(source: pathlib.Path) -> pathlib.Path:
    program = source.with_suffix(".exe")
    if not program.exists():
        world = source.parent / "world.o"
        if not world.exists():
            together = source.parent / "world.cpp"
            together.write_text("".join(f'#include "{each}"\n' for each in WORLD), encoding="utf-8")
            compile_it("x86-64", ["-c", "-o", str(world), str(together)])
        compile_it("x86-64", ["-DTIMED", "-o", str(program), str(source), str(world)])
    return program


def nanoseconds(with_it: pathlib.Path, without: pathlib.Path) -> dict[str, float]:
    """Of one round of calls; the two run in turn, and which goes first alternates."""
    differences, before = [], []
    for pair in range(PAIRS):
        order = (with_it, without) if pair % 2 == 0 else (without, with_it)
        said = {path: float(subprocess.run([path], capture_output=True, text=True, check=True).stdout) for path in order}
        differences.append(said[with_it] - said[without])
        before.append(said[with_it])
    quarters = statistics.quantiles(differences, n=4)
    return {"median": round(quarters[1], 3), "low": round(quarters[0], 3), "high": round(quarters[2], 3),
            "as_written": round(statistics.median(before), 3)}


def text_of(price: dict[str, Any]) -> str:
    parts = [f"{target}: {price[target]}" for target in TARGETS if target in price]
    if "ns" in price:
        ns = price["ns"]
        spread = f"({ns['low']:.1f} to {ns['high']:.1f}) of {ns['as_written']:.1f} ns"
        parts.append(f"{ns['median']:.1f} {spread}" if ns["low"] > 0 else f"no difference seen {spread}")
    return "; ".join(parts)


def measure(documents: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(variant, its prices), one after the other: compiling takes minutes, and what is priced is to be kept."""
    for each in documents:
        with tempfile.TemporaryDirectory() as folder:
            prices = prices_of(each, pathlib.Path(folder))
        if prices.get("orders"):
            yield each["variant"], {**where_measured(), **prices}


def where_measured() -> dict[str, Any]:
    return {"processor": processor(), "compilers": {target: version(TARGETS[target][0]) for target in available()},
            "not_priced": [target for target in TARGETS if target not in available()], "pairs": PAIRS,
            "load": round(os.getloadavg()[0], 1)}


def version(compiler: str) -> str:
    return subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]


def processor() -> str:
    match = re.search(r"^model name\s*:\s*(.*)$", pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    return match[1] if match else "unknown"
