"""What will spoil a measurement on this machine, and the line that mends it. Each check is a function of /proc and /sys.

A check never fails: what cannot be read is `unknown`, with the reason. `bad` moves or spreads the numbers and can be mended;
`note` is worth knowing when reading them, and either harms little or cannot be changed from here.
"""

from __future__ import annotations

import functools
import pathlib
import re
import shlex
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from .cpu_quota import tightest
from .errors import one_line
from .kernel_features import barrier_state, guard_state, perf_state

STATES = ("bad", "note", "good", "unknown")
BUSY_SHARE = 0.25  # of a CPU: more than that is taken by somebody else
STEAL_PERCENT = 0.5
PRESSURE_PERCENT = 2.0
MOST_CPUS = 1 << 16  # a list with a higher number is no kernel's


@dataclass(frozen=True)
class finding:
    name: str
    state: str
    value: str
    why: str = ""
    mend: str = ""  # a line to paste; empty: nothing to be done from here

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class absent(Exception):
    """The reason why a check knows nothing."""


class machine_files:
    """/proc and /sys below a root: "/" is this machine, another folder a copy or a made-up one."""

    def __init__(self, root: str | pathlib.Path = "/", pause_seconds: float = 1.0, live: bool | None = None,
                 sleep: Callable[[float], None] = time.sleep) -> None:
        self.root = pathlib.Path(root)
        self.pause_seconds = pause_seconds  # between two looks at a counter
        self.live = self.root == pathlib.Path("/") if live is None else live
        self._sleep = sleep

    @functools.cached_property
    def counters(self) -> tuple[dict[str, str], dict[str, str]]:
        """What counts, before and after a pause: only this says what the machine does now. Averages remember, such as our own build."""
        def look() -> dict[str, str]:
            return {name: text for name in ("proc/stat", "proc/pressure/cpu") if (text := self.get(name)) is not None}

        before = look()
        self._sleep(self.pause_seconds)
        return before, look()

    def change(self, path: str, read: Callable[[str], list[int]]) -> list[int]:
        """Of the numbers that `read` finds in a file, what the pause added to each."""
        before, after = self.counters
        if path not in before or path not in after:
            self.text(path)  # says why
        return [late - early for early, late in zip(read(before[path]), read(after[path]))]

    def text(self, path: str) -> str:
        try:
            return (self.root / path).read_text(encoding="utf-8", errors="replace").strip()
        except OSError as error:
            raise absent(f"/{path}: {error.strerror}") from None

    def get(self, path: str) -> str | None:
        try:
            return self.text(path)
        except absent:
            return None

    def each(self, pattern: str) -> dict[str, str]:
        return {path.name if path.name != "scaling_governor" else path.parts[-3]: text for path in sorted(self.root.glob(pattern))
                if (text := self.get(str(path.relative_to(self.root)))) is not None}


def governor(files: machine_files) -> finding:
    found = files.each("sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_governor")
    if not found:
        return finding("governor", "note", "none", "no frequency control is visible here, as in most virtual machines")
    slow = sorted({name for name in found.values() if name != "performance"})
    if not slow:
        return finding("governor", "good", "performance")
    count = sum(name != "performance" for name in found.values())
    return finding("governor", "bad", f"{', '.join(slow)} on {count} of {len(found)} CPUs",
                   "the clock follows the load: what is measured first, or sleeps often, looks slower",
                   "echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor")


def boost(files: machine_files) -> finding:
    no_turbo = files.get("sys/devices/system/cpu/intel_pstate/no_turbo")
    if no_turbo is not None:
        on, mend = no_turbo == "0", "echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo"
    else:
        flag = files.get("sys/devices/system/cpu/cpufreq/boost")
        if flag is None:
            return finding("boost", "note", "unknown", "this kernel does not say whether CPUs run above their base clock")
        on, mend = flag == "1", "echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost"
    if not on:
        return finding("boost", "good", "off")
    return finding("boost", "bad", "on", "the clock depends on temperature and on how many cores are busy: one worker looks too fast", mend)


def smt(files: machine_files) -> finding:
    active = files.text("sys/devices/system/cpu/smt/active")
    if active != "1":
        return finding("smt", "good", "off")
    return finding("smt", "note", "on", "two workers may share a core; workers are placed one to a core first, so it matters above that",
                   "echo off | sudo tee /sys/devices/system/cpu/smt/control")


def huge_pages(files: machine_files) -> finding:
    text = files.text("sys/kernel/mm/transparent_hugepage/enabled")
    chosen = re.search(r"\[(\w+)\]", text)
    value = chosen[1] if chosen else text
    if value != "always":
        return finding("huge pages", "good", value)
    return finding("huge pages", "bad", "always", "the first touch of a stack may clear 2 MiB: creating goroutines gets slower and uneven",
                   "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled")


def mitigations(files: machine_files) -> finding:
    found = files.each("sys/devices/system/cpu/vulnerabilities/*")
    if not found:
        raise absent("/sys/devices/system/cpu/vulnerabilities: not there")
    active = sorted(name for name, text in found.items() if text.startswith("Mitigation"))
    if not active:
        return finding("mitigations", "good", "none active")
    return finding("mitigations", "note", f"{len(active)} active ({', '.join(active[:4])}{', …' if len(active) > 4 else ''})",
                   "system calls and indirect jumps cost more; compare only with machines that have the same",
                   "boot with mitigations=off (on a machine that runs nothing else)")


def load(files: machine_files) -> finding:
    """How many of the CPUs that we may use are taken. Of a copy only the average of its last minute is known."""
    if files.live:
        mine = allowed_list(files)
        idle, total = map(sum, zip(*([ticks[3] + ticks[4], sum(ticks)] for ticks in (files.change("proc/stat", ticks_of(f"cpu{cpu}")) for cpu in mine))))
        running = len(mine) * (1 - idle / total) if total > 0 else 0.0
        value = f"{running:.2f} of {len(mine)} CPUs busy, in {files.pause_seconds:g} s"
    else:
        running = float(files.text("proc/loadavg").split()[0])
        value = f"{running:.2f} in the last minute"
    if running <= BUSY_SHARE:
        return finding("load", "good", value)
    return finding("load", "bad", value, "something else wants these CPUs", "ps -eo pcpu,pid,args --sort=-pcpu | head -5")


def ticks_of(row: str) -> Callable[[str], list[int]]:
    """The eight counters of a row of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal."""
    def read(text: str) -> list[int]:
        words = next((line.split()[1:9] for line in text.splitlines() if line.split()[:1] == [row]), [])
        if len(words) < 8:
            raise absent(f"/proc/stat does not count eight times of {row}")
        return [int(word) for word in words]
    return read


def steal(files: machine_files) -> finding:
    ticks = files.change("proc/stat", ticks_of("cpu")) if files.live else ticks_of("cpu")(files.text("proc/stat"))
    since = f"in {files.pause_seconds:g} s" if files.live else "since boot"
    percent = 100 * ticks[7] / sum(ticks) if sum(ticks) > 0 else 0.0
    if percent <= STEAL_PERCENT:
        return finding("steal", "good", f"{percent:.1f} % {since}")
    return finding("steal", "bad", f"{percent:.1f} % {since}", "the hypervisor runs somebody else on these CPUs; nothing in here can stop it",
                   "measure at another hour, with more blocks (--blocks 24), or on a machine of your own")


def pressure(files: machine_files) -> finding:
    def number(name: str, text: str) -> str:
        match = re.search(rf"^some .*{name}=([0-9.]+)", text, re.MULTILINE)
        if match is None:
            raise absent("/proc/pressure/cpu does not read as expected")
        return match[1]

    if files.live:
        [waited] = files.change("proc/pressure/cpu", lambda text: [int(number("total", text))])  # µs
        percent, since = waited / files.pause_seconds / 1e4, f"in {files.pause_seconds:g} s"
    else:
        percent, since = float(number("avg10", files.text("proc/pressure/cpu"))), "of the last 10 s"
    if percent <= PRESSURE_PERCENT:
        return finding("pressure", "good", f"{percent:.1f} % {since}")
    return finding("pressure", "bad", f"{percent:.1f} % {since}", "somebody waited for a CPU that was taken",
                   "ps -eo pcpu,pid,args --sort=-pcpu | head -5")


def cgroup(files: machine_files) -> finding:
    quota = tightest(files)
    if quota is None:
        return finding("cgroup", "good", "no CPU quota")
    return finding("cgroup", "bad", f"a quota of {quota.cpus:g} CPUs", "the kernel stops every thread for the rest of a period once it is used up",
                   f"echo {quota.none} | sudo tee {shlex.quote(quota.file)} (a container: run it without --cpus)")


def allowed_text(files: machine_files) -> str:
    match = re.search(r"^Cpus_allowed_list:\s*(\S+)$", files.text("proc/self/status"), re.MULTILINE)
    if match is None:
        raise absent("/proc/self/status lists no allowed CPUs")
    return match[1]


def allowed_list(files: machine_files) -> list[int]:
    return cpus_in(allowed_text(files))


def allowed_cpus(files: machine_files) -> finding:
    allowed = allowed_text(files)
    mine, online = len(cpus_in(allowed)), len(cpus_in(files.text("sys/devices/system/cpu/online")))
    if mine == 1:
        return finding("CPUs", "bad", f"1 of {online}", "with one CPU nothing runs at the same time: contention and wake-ups cannot be measured",
                       "taskset -c 0-1 scripts/reproduce" if online > 1 else "")
    if mine < online:
        return finding("CPUs", "note", f"{mine} of {online} ({allowed})", "the others may be busy with something else, and share caches and clock")
    return finding("CPUs", "good", f"{mine}")


def cpus_in(ranges: str) -> list[int]:
    found: list[int] = []
    for piece in filter(None, ranges.split(",")):
        low, _, high = piece.partition("-")
        if not low.isdecimal() or (high and not high.isdecimal()) or int(high or low) > MOST_CPUS:
            raise absent(f"'{one_line(ranges, 40)}' is no list of CPUs")
        found += range(int(low), int(high or low) + 1)
    return found


def clock(files: machine_files) -> finding:
    folder = "sys/devices/system/clocksource/clocksource0"
    value = files.text(f"{folder}/current_clocksource")
    if value in ("tsc", "arch_sys_counter", "kvm-clock", "hyperv_clocksource_tsc_page", "riscv_clocksource", "timebase"):
        return finding("clock", "good", value)
    there = (files.get(f"{folder}/available_clocksource") or "").split()
    return finding("clock", "bad", value, "reading the time is a system call, or a slow device: short samples measure the clock",
                   f"echo tsc | sudo tee /{folder}/current_clocksource" if "tsc" in there else "boot with tsc=reliable if the CPU's is")


def numa_balancing(files: machine_files) -> finding:
    nodes = len(cpus_in(files.get("sys/devices/system/node/online") or "0"))
    value = files.get("proc/sys/kernel/numa_balancing")
    if value in (None, "0") or nodes < 2:
        return finding("NUMA balancing", "good", "off" if value in (None, "0") else f"on, with {nodes} node")
    return finding("NUMA balancing", "bad", f"on, with {nodes} nodes", "the kernel unmaps pages to see who uses them, and moves them while you measure",
                   "sudo sysctl kernel.numa_balancing=0")


def virtual(files: machine_files) -> finding:
    if " hypervisor" not in files.text("proc/cpuinfo"):
        return finding("virtual", "good", "no")
    return finding("virtual", "note", "yes", "virtual CPUs wander between cores; the probe notes it, and pairs count only in like placement")


def perf(files: machine_files) -> finding:
    paranoid = files.text("proc/sys/kernel/perf_event_paranoid")
    state, reason = perf_state() if files.live else ("unknown", "a copy cannot be asked")
    if state == "counts":
        return finding("perf", "good", f"hardware counters (paranoid {paranoid})")
    if state == "refused":
        return finding("perf", "note", f"refused ({reason})", "no counters to explain a time with", "sudo sysctl kernel.perf_event_paranoid=1")
    return finding("perf", "note", f"no hardware counters ({reason})", "no counters to explain a time with; nothing here needs them")


def membarrier(files: machine_files) -> finding:
    state, reason = barrier_state() if files.live else ("unknown", "a copy cannot be asked")
    if state == "works":
        return finding("membarrier", "good", "works")
    return finding("membarrier", "note", reason, "idle policies with an asymmetric fence fall back to full fences")


def guard_pages(files: machine_files) -> finding:
    state, reason = guard_state() if files.live else ("unknown", "a copy cannot be asked")
    if state == "works":
        return finding("guard pages", "good", "light ones (MADV_GUARD_INSTALL)")
    return finding("guard pages", "note", reason, "stacks are checked by canaries instead: an overflow is found late (Linux 6.13 has light guards)")


CHECKS: tuple[tuple[str, Callable[[machine_files], finding]], ...] = (
    ("load", load), ("steal", steal), ("pressure", pressure), ("governor", governor), ("boost", boost), ("smt", smt), ("CPUs", allowed_cpus),
    ("cgroup", cgroup), ("NUMA balancing", numa_balancing), ("huge pages", huge_pages), ("clock", clock), ("mitigations", mitigations),
    ("virtual", virtual), ("perf", perf), ("membarrier", membarrier), ("guard pages", guard_pages),
)


def examine(files: machine_files) -> list[finding]:
    """Every check, those that spoil first."""
    found = []
    for name, check in CHECKS:
        try:
            found.append(check(files))
        except absent as reason:
            found.append(finding(name, "unknown", str(reason)))
        except (ValueError, IndexError) as error:  # a file that reads unlike any kernel's
            found.append(finding(name, "unknown", one_line(f"unreadable: {error}")))
    return sorted(found, key=lambda each: STATES.index(each.state))
