"""What a memory order costs: the variant with that one order replaced, compiled beside the one as it is written; replaced by the weakest
order there is, and, of an order that is too strong within the bound, by the one that would do.

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
    "idle": """
using part = stealyard::idle::@name@<stealyard::native>;
void work_added(part& p) { p.work_added(); }
bool begin_search(part& p, unsigned me) { return p.begin_search(me); }
void end_search_found(part& p, unsigned me) { p.end_search_found(me); }
bool prepare_sleep(part& p, unsigned me, bool searching) { return p.prepare_sleep(me, searching); }
bool cancel_sleep(part& p, unsigned me) { return p.cancel_sleep(me); }
bool commit_sleep(part& p, unsigned me, stealyard::nanoseconds_t deadline) { return p.commit_sleep(me, deadline); }
void wake_all(part& p) { p.wake_all(); }
#ifdef TIMED
struct no_beds final : stealyard::idle_sleepers {
  bool park(unsigned, stealyard::nanoseconds_t) noexcept override { return true; }
  void unpark(unsigned) noexcept override {}
} beds;
part* make() { return new part(4, beds); }
void one_call(part& p) { p.prepare_sleep(0, false); p.cancel_sleep(0); }
#endif
""",
    "reclaim": """
using part = stealyard::reclaim::@name@<stealyard::native>;
using place = stealyard::atomic<stealyard::native, int*>;
int read(part& p, place& from) { part::guard g(p); return *g.protect(from); }
void retire(part& p, int* node) { p.retire(node); }
void quiescent(part& p) { p.quiescent(); }
#ifdef TIMED
place from{new int(0)};
part* make() { return new part; }
void one_call(part& p) { read(p, from); p.retire(new int(0)); p.quiescent(); }
#endif
""",
}
HEAD = """#include "core/world/native.hpp"
#include "variants/@kind@/@name@.hpp"
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
    if kind not in PROBES or not (REPOSITORY / "variants" / kind / f"{name}.hpp").exists():
        return {}
    as_written = probe(kind, name, work / "as_written")
    would_do = {key_of(order): weaker for order, weaker in ledgers.too_strong(ledger)}
    found = {}
    for each in ledgers.stronger_than_relaxed(ledger):
        found[key_of(each)] = price = price_of(each, each["tried"][0]["order"], as_written, kind, name, work)
        if key_of(each) in would_do:
            price["would_do"] = price_of(each, would_do[key_of(each)], as_written, kind, name, work)
    return {"orders": found}


def key_of(order: dict[str, Any]) -> str:
    return f"{order['file']}:{order['row']}:{order['role']}"


def price_of(order: dict[str, Any], weaker: str, as_written: pathlib.Path, kind: str, name: str, work: pathlib.Path) -> dict[str, Any]:
    folder = work / f"{order['row']}.{order['role']}.{weaker}"
    header = folder / "variants" / order["file"]  # found before the one in the tree
    header.parent.mkdir(parents=True)
    text = read_text(REPOSITORY / "variants" / order["file"])
    header.write_text(replaced(text, order["row"], order["role"], weaker, order["order"]), encoding="utf-8")
    cheaper = probe(kind, name, folder)
    price: dict[str, Any] = {"against": weaker}
    for target in available():
        price[target] = change(instructions(as_written, target), instructions(cheaper, target))
    if price.get("x86-64") not in (None, SAME):
        price["ns"] = nanoseconds(linked(as_written), linked(cheaper))
    price["text"] = text_of(price)
    return price


SAME = "the same code"


def available() -> list[str]:
    return [target for target, (compiler, _) in TARGETS.items() if shutil.which(compiler)]


def probe(kind: str, name: str, folder: pathlib.Path) -> pathlib.Path:
    """Uses of the variant: its header from `folder`/variants if there is one, else from the tree."""
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / "probe.cpp"
    source.write_text((HEAD + PROBES[kind] + TIMED).replace("@kind@", kind).replace("@name@", name), encoding="utf-8")
    return source


def compile_it(target: str, folder: pathlib.Path, words: list[str]) -> None:
    compiler, more = TARGETS[target]
    done = subprocess.run([compiler, *FLAGS, *more, f"-I{folder}", f"-I{REPOSITORY}", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise usage_error(f"{compiler} does not compile {words[-1]}: {done.stderr.strip()[:300]}")


def instructions(source: pathlib.Path, target: str) -> list[str]:
    assembly = source.with_suffix(f".{target}.s")
    if not assembly.exists():
        compile_it(target, source.parent, ["-S", "-o", str(assembly), str(source)])
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
        world = source.parent.parent / "world.o"
        if not world.exists():
            together = world.with_suffix(".cpp")
            together.write_text("".join(f'#include "{each}"\n' for each in WORLD), encoding="utf-8")
            compile_it("x86-64", source.parent, ["-c", "-o", str(world), str(together)])
        compile_it("x86-64", source.parent, ["-DTIMED", "-o", str(program), str(source), str(world)])
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
