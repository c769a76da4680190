"""The zoo: which instrument finds which seeded bug (stress/bugs), in how many runs. Each instrument is asked with a stated budget.

A run is what the instrument repeats: a generated sequence of calls, a round of a test on real threads, an execution of a model. Runs are
what compares; seconds are of one machine and its load.
"""

from __future__ import annotations

import json
import pathlib
import re
import struct
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .bounded_process import budget, ending, run_bounded
from .build_folder import REPOSITORY, build_folder
from .documents import parse_json, read_text
from .errors import check_failed, usage_error
from .registered_tests import registered_tests

BUGS = REPOSITORY / "stress" / "bugs" / "bugs.json"
MUTANTS = REPOSITORY / "stress" / "sched_model"  # of the scheduler's protocols: mutants/NAME.patch
PROTOCOL = "protocol"
SOURCES = {"seen": "seen", "class": "class of", "after": "after"}
# What of the conformance suites runs on real threads, by parts of the tests' names; perturbed ones say so in their names.
THREADED = {
    "run_queue": ("exactly_once", "last_items", "never_empty"),
    "channel_buffer": ("exactly_once", "slow_elements", "close_against", "exact_room", "room_is_ordered"),
    "parker": ("no_lost_wake_up", "ping_pong", "merged_permits"),
    "idle": ("work_is_found",),
    "reclaim": ("readers_and_writers",),
}
PROPERTY_CASES = 150  # of a property in one pass: stress/property/property.hpp
PROPERTY_PASSES = 20
HANGS = budget(60, 90, None)  # one pass takes about a second; the suites themselves give up after ten without progress
RACE = 66  # exit status that ThreadSanitizer is told to use


@dataclass(frozen=True)
class specimen:
    """A seeded bug; a variant as it is written (name is None); or a mutant of the scheduler's protocols (kind PROTOCOL, no variant)."""
    kind: str
    variant: str
    name: str | None
    about: dict[str, Any] = field(default_factory=dict, compare=False, hash=False)

    @property
    def label(self) -> str:
        if self.kind == PROTOCOL:
            return f"{PROTOCOL}+{self.name}"
        return f"{self.kind}.{self.variant}" + (f"+{self.name}" if self.name else "")


@dataclass
class cell:
    found: bool
    how: str             # what showed it; of one that is not found: empty
    runs: int | None     # until it was found, or in all; None: the instrument died without saying
    seconds: float
    more: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"found": self.found, **({"how": self.how} if self.how else {}), "runs": self.runs, "seconds": round(self.seconds, 2), **self.more}


@dataclass(frozen=True)
class effort:
    seed: int
    seeds: int    # Relacy searches anew with each of so many
    seconds: int  # real threads begin no further pass after so many
    jobs: int


def specimens() -> list[specimen]:
    """The bugs in the order of their list, then each of their variants as it is written, then the protocols' mutants."""
    listed = [specimen(each["kind"], each["variant"], each["name"], each) for each in parse_json(read_text(BUGS), str(BUGS))["bugs"]]
    mutants = sorted(path.stem for path in (MUTANTS / "mutants").glob("*.patch"))
    return [*listed, *dict.fromkeys(specimen(each.kind, each.variant, None) for each in listed),
            *(specimen(PROTOCOL, "", name) for name in mutants)]


def explored() -> set[str]:
    """The protocols' mutants that the explorer is asked for; the file says why not the others."""
    return {line.split()[0] for line in read_text(MUTANTS / "explored.txt").splitlines() if line and not line.startswith("#")}


# Native: a program of each specimen ------------------------------------------------------------------------------------------

def native(build: build_folder, what: specimen, how: effort, program: str, tests: str, most_passes: int) -> cell:
    """Passes over the tests, each with the next seed, until one fails."""
    path = build.path / "stress" / "bugs" / f"{program}-{what.label}"
    seconds, passes = 0.0, 0
    with tempfile.NamedTemporaryFile() as rounds:
        rounds.write(bytes(8))
        rounds.flush()
        while passes < most_passes and seconds < how.seconds:
            environment = {"STEALYARD_TEST_SEED": str(how.seed + passes), "STEALYARD_ROUNDS": rounds.name,
                           "TSAN_OPTIONS": f"exitcode={RACE} halt_on_error=1"}
            try:
                end = run_bounded((str(path), f"--gtest_filter={tests}", "--gtest_fail_fast"), HANGS, environment)
            except OSError as error:
                raise usage_error(f"{path.name}: {error.strerror}; leave out --no_build") from None
            seconds += end.seconds
            passes += 1
            if end.status in (2, 3) and not end.over:
                raise usage_error(f"{path.name} refused: {end.said.strip()[-300:]}")
            if end.over or end.status != 0:
                return cell(True, symptom(end), runs_of(end, rounds.name, passes, program), seconds, {"seed": how.seed + passes - 1})
        return cell(False, "", PROPERTY_CASES * passes if is_property(tests) else counted(rounds.name), seconds)


def is_property(tests: str) -> bool:
    return tests.startswith("property.")


def counted(file: str) -> int:
    return struct.unpack("q", pathlib.Path(file).read_bytes())[0]


def runs_of(end: ending, rounds: str, passes: int, program: str) -> int | None:
    if "property." not in end.said:
        return max(1, counted(rounds))
    after = re.search(r"Falsifiable after (\d+) test", end.said)
    return PROPERTY_CASES * (passes - 1) + int(after[1]) if after else None


def symptom(end: ending) -> str:
    if end.over:
        return "hangs"
    race = re.search(r"ThreadSanitizer: ([\w -]+?)(?: \(|$)", end.said, re.MULTILINE)
    if end.status == RACE and race:
        return race[1]
    if end.status < 0:
        return f"crashes ({end.how.removeprefix('killed by ')})"
    return broken_axiom(end.said) or "a check failed"


def broken_axiom(said: str) -> str:
    """The first that is named; empty: none."""
    found = re.search(r"\b((?:RQ|CB|PK|ID|RC)\d+)(?:, \w+)*: ", said)
    return f"breaks {found[1]}" if found else ""


def threaded(what: specimen, perturbed: bool) -> str:
    parts = THREADED[what.kind]
    if perturbed:
        return ":".join(f"conformance.*{part}*perturbed*" for part in parts)
    return ":".join(f"conformance.*{part}*" for part in parts) + ":-*perturbed*"


def by_property(build: build_folder, what: specimen, how: effort) -> cell:
    return native(build, what, how, "stealyard-zoo", "property.*", PROPERTY_PASSES)


def by_threads(build: build_folder, what: specimen, how: effort) -> cell:
    return native(build, what, how, "stealyard-zoo", threaded(what, False), 1000)


def by_perturbed(build: build_folder, what: specimen, how: effort) -> cell:
    return native(build, what, how, "stealyard-zoo", threaded(what, True), 1000)


def by_tsan(build: build_folder, what: specimen, how: effort) -> cell:
    return native(build, what, how, "stealyard-zoo-tsan", threaded(what, False).replace(":-*perturbed*", ""), 1000)


# Models: the bugs beside the variants, in one program -------------------------------------------------------------------------

TEETH = re.compile(r"^  (?P<label>\S+\.\S+\+\S+) +(?P<found>\d+)/(?P<of>\d+) +(?P<median>\d+) +(?P<worst>\d+) +\d+ +(?P<seconds>[\d.]+)", re.MULTILINE)
CLEAN = re.compile(r"^ok +model\.\S+: \d+ programs, (?P<runs>\d+) executions, (?P<seconds>[\d.]+) s", re.MULTILINE)
SCENARIOS = re.compile(r"^found with (?P<found>\d+) of (?P<of>\d+) seeds(?:; executions: median (?P<median>\d+), worst (?P<worst>\d+); (?P<how>.*))?$", re.MULTILINE)
AS_WRITTEN_TIMES = 10  # a variant as it is written is searched so much harder than for a bug
EXPLORED = re.compile(r"^(?P<said>found|MISSED) +(?P<label>\S+) +(?P<program>\S+: )?(?P<how>[^;]*); (?:after (?P<runs>\d+) executions, (?P<seconds>[\d.]+) s)?",
                      re.MULTILINE)


def said_by(command: list[str]) -> str:
    """An instrument that ends otherwise than with a verdict is no instrument."""
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode not in (0, 1):
        raise check_failed(f"{pathlib.Path(command[0]).name} ended with status {done.returncode}: {(done.stderr or done.stdout).strip()[-300:]}")
    return done.stdout


def by_relacy(scheduler: str) -> Callable[[build_folder, specimen, effort], cell]:
    def search(build: build_folder, what: specimen, how: effort) -> cell:
        if what.kind == PROTOCOL:
            return protocol_by_relacy(build, what, how, scheduler)
        command = [executable(build, "stealyard-relacy"), "--filter", what.label, "--seed", str(how.seed), "--scheduler", scheduler]
        if what.name is None:
            said = said_by([*command, "--budget", str(AS_WRITTEN_TIMES)])
            row = CLEAN.search(said)
            if row is None:
                return cell(True, said.partition(": ")[2].splitlines()[0] if said else "", None, 0.0)
            return cell(False, "", int(row["runs"]), float(row["seconds"]))
        row = TEETH.search(said_by([*command, "--teeth", "--no-clean", "--seeds", str(how.seeds)]))
        if row is None or row["label"] != what.label:
            raise check_failed(f"stealyard-relacy says nothing of {what.label}")
        found, of = int(row["found"]), int(row["of"])
        return cell(found > 0, f"on {found} of {of} seeds" if found else "", int(row["median"] if found else row["worst"]),
                    float(row["seconds"]) / of, {"seeds_found": found, "seeds": of, "worst": int(row["worst"])})
    return search


def protocol_by_relacy(build: build_folder, what: specimen, how: effort, scheduler: str) -> cell:
    started = time.monotonic()
    said = said_by([executable(build, f"stealyard-relacy-sched-{what.name}"), "--expect-failure", "--seed", str(how.seed), "--seeds", str(how.seeds),
                    "--scheduler", scheduler])
    row = SCENARIOS.search(said)
    if row is None:
        raise check_failed(f"stealyard-relacy-sched-{what.name} says nothing: {said.strip()[-300:]}")
    found, of = int(row["found"]), int(row["of"])
    return cell(found > 0, f"on {found} of {of} seeds" if found else "", int(row["median"]) if found else None, (time.monotonic() - started) / of,
                {"seeds_found": found, "seeds": of, **({"worst": int(row["worst"]), "verdict": row["how"]} if found else {})})


def command_of(build: build_folder, test: str) -> list[str]:
    found = next((each for each in registered_tests(build) if each.name == test), None)
    if found is None:
        raise usage_error(f"{build.path} has no test {test}")
    if not found.command:
        raise usage_error(f"the program of {test} is not there; leave out --no_build")
    return list(found.command)


def protocol_by_explorer(build: build_folder, what: specimen) -> cell:
    command = command_of(build, f"explorer.protocol_mutant.{what.name}")
    made = json.loads(said_by([*command, "--json"]))
    failed = next((each for each in made if each["status"] == "FAILED"), None)
    runs, seconds = sum(each["executions"] for each in made), sum(each["cpu_seconds"] for each in made)
    bound = {"bound": " ".join(command[1:])}
    if failed is None:
        return cell(False, "", runs, seconds, {"status": made[0]["status"], **bound})
    verdict = failed["failure"]["verdict"]
    return cell(True, broken_axiom(verdict) or verdict.partition(":")[0].lower(), max(1, runs), seconds,
                {"verdict": verdict, "program": failed["failure"]["program"], **bound})


def by_explorer(build: build_folder, what: specimen, given: effort) -> cell:
    """Within the bound of the kind's test of seeded bugs, of the variant's own, or of the mutant's."""
    if what.kind == PROTOCOL:
        return protocol_by_explorer(build, what)
    words = command_of(build, f"explorer.bugs.{what.kind}" if what.name else f"explorer.{what.label}")[1:]
    words[words.index("--filter") + 1] = what.label
    words[words.index("--jobs") + 1] = str(given.jobs)
    command = [executable(build, "stealyard-explore"), *words]
    bound = {"bound": " ".join(word for word in words if word not in ("bugs", "--filter", what.label))}
    if what.name is None:
        (made,) = json.loads(said_by([*command, "--json"]))
        return cell(made["status"] == "FAILED", made.get("failure", {}).get("verdict", ""), made["executions"], made["cpu_seconds"],
                    {"status": made["status"], **bound})
    row = EXPLORED.search(said_by(command))
    if row is None or row["label"] != what.label:
        raise check_failed(f"stealyard-explore says nothing of {what.label}")
    if row["said"] == "MISSED":
        return cell(False, "", None, 0.0, {"status": row["how"], **bound})
    how = broken_axiom(row["how"]) or row["how"].partition(":")[0].lower()
    return cell(True, how, max(1, int(row["runs"])), float(row["seconds"]), {"verdict": row["how"], "program": row["program"][:-2], **bound})


def executable(build: build_folder, name: str) -> str:
    path = build.find(name)
    if path is None:
        raise usage_error(f"there is no {name} in {build.path}; leave out --no_build")
    return str(path)


@dataclass(frozen=True)
class instrument:
    title: str
    unit: str    # of runs
    target: str  # what to build; ends in "-": one of each specimen
    ask: Callable[[build_folder, specimen, effort], cell]


INSTRUMENTS = {
    "property": instrument("property", "cases", "stealyard-zoo-", by_property),
    "threads": instrument("threads", "rounds", "stealyard-zoo-", by_threads),
    "perturbed": instrument("perturbed threads", "rounds", "stealyard-zoo-", by_perturbed),
    "tsan": instrument("TSan", "rounds", "stealyard-zoo-tsan-", by_tsan),
    "relacy_random": instrument("Relacy, random", "executions", "stealyard-relacy", by_relacy("random")),
    "relacy_pct": instrument("Relacy, PCT", "executions", "stealyard-relacy", by_relacy("pct3")),
    "explorer": instrument("explorer", "executions", "stealyard-explore", by_explorer),
}


def asked_of(what: specimen, names: list[str]) -> list[str]:
    """A kind may have no property suite. A mutant of a protocol has no program of its own on real threads: that would be the whole runtime."""
    if what.kind != PROTOCOL:
        return [name for name in names if name != "property" or (REPOSITORY / "stress" / "property" / f"{what.kind}.hpp").exists()]
    # (Relacy has no scenario of a goroutine that unwinds.)
    return [name for name in names
            if (name.startswith("relacy_") and not what.name.startswith("unwind_")) or (name == "explorer" and what.name in explored())]


def targets(chosen: list[specimen], names: list[str]) -> list[str]:
    wanted: dict[str, None] = {}
    for each in chosen:
        for name in asked_of(each, names):
            target = INSTRUMENTS[name].target
            if each.kind == PROTOCOL:
                target = f"stealyard-relacy-sched-{each.name}" if name != "explorer" else f"stealyard-explore-{each.name}"
            wanted[target + each.label if target.endswith("-") else target] = None
    return list(wanted)
