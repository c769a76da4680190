"""The order ledger as a document: what is published of it, how two of them differ, and the pages made of it.

A published ledger holds, for each order that a variant's programs use, every strictly weaker one and what became of it. Of a kill it
holds the smallest program, by whose size it also says what a sweep with a lower bound must find: so one deep ledger is compared with quick ones.
"""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterator
from typing import Any

from .build_folder import REPOSITORY
from .documents import parse_json, read_text
from .errors import usage_error

FOLDER = REPOSITORY / "results" / "ledger"
SCHEMA = "stealyard.order_ledger/1"
KEPT = ("order", "outcome", "program", "operations", "verdict", "replay", "load_buffering", "report")
BOUND = ("operations", "threads", "capacity")
SURVIVED = ("survived", "implied")


def published_form(made: dict[str, Any]) -> dict[str, Any]:
    """What `stealyard-explore ledger --json` says of one variant, without what changes by itself (lines of the source)."""
    document = {"schema": SCHEMA, **{key: made[key] for key in ("variant", "as_written", "bound", "programs", "executions")}}
    if "failure" in made:
        document["failure"] = made["failure"]
    document["orders"] = [{**{key: each[key] for key in ("file", "row", "role", "order")},
                           "tried": [{key: tried[key] for key in KEPT if key in tried} for tried in each["tried"]]}
                          for each in made["orders"]]
    together = made.get("together", {"weakened": [], "refused": []})
    document["together"] = {"weakened": together["weakened"],
                            "refused": [{key: each[key] for key in ("what", "outcome", "program", "verdict") if key in each}
                                        for each in together["refused"]]}
    return document


def with_kills_of(ledger: dict[str, Any], further: dict[str, Any]) -> dict[str, Any]:
    """The ledger, where what survived in it was killed within another bound: a kill is a kill in whatever bound it was found."""
    killers = {key: tried for key, tried in attempts(further).items() if tried["outcome"] == "killed"}
    for each in ledger["orders"]:
        for number, tried in enumerate(each["tried"]):
            killer = killers.get((each["file"], each["row"], each["role"], each["order"], tried["order"]))
            if killer is not None and tried["outcome"] != "killed":
                each["tried"][number] = killer
    # Fewer weakened together take executions away, and survive as well.
    gone = {f"{file}:{row}:{role}={weaker}" for file, row, role, _, weaker in killers}
    ledger["together"]["weakened"] = [each for each in ledger["together"]["weakened"] if each not in gone]
    ledger.setdefault("further", []).append(further["bound"])
    return ledger


def path_of(label: str, folder: pathlib.Path = FOLDER) -> pathlib.Path:
    return folder / f"{label.replace('/', '.')}.json"


def read_published(path: pathlib.Path) -> dict[str, Any]:
    document = parse_json(read_text(path), str(path))
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise usage_error(f"{path} is no order ledger: its schema is not {SCHEMA}")
    try:
        for each in document["orders"]:
            _ = each["file"], each["row"], each["role"], each["order"], [(tried["order"], tried["outcome"]) for tried in each["tried"]]
        _ = document["variant"], document["as_written"], [document["bound"][key] for key in BOUND], document["together"]["weakened"]
    except (KeyError, TypeError) as missing:
        raise usage_error(f"{path} is corrupt: {missing} is missing") from None
    return document


def attempts(ledger: dict[str, Any]) -> dict[tuple[str, str, str, str, str], dict[str, Any]]:
    return {(each["file"], each["row"], each["role"], each["order"], tried["order"]): tried
            for each in ledger["orders"] for tried in each["tried"]}


def differences(published: dict[str, Any], made: dict[str, Any]) -> list[str]:
    """What `made`, within a bound no greater, shows otherwise than what is published. Undecided says nothing, and differs from nothing."""
    bound = made["bound"]
    if any(published["bound"][key] < bound[key] for key in BOUND):
        return [f"published within {bound_text(published['bound'])} only, which does not say what {bound_text(bound)} must show"]
    if made["as_written"] == "FAILED":
        return [f"fails as it is written: {made['failure']['program']}: {made['failure']['verdict']}"]
    before, after = attempts(published), attempts(made)
    smaller = any(published["bound"][key] > bound[key] for key in BOUND)
    lines = []
    for key in {**before, **after}:
        file, row, role, order, weaker = key
        what = f"{file}:{row}:{role} {order} -> {weaker}"
        if key not in before:
            lines.append(f"{what}: not published; now {said(after[key])}")
        elif key not in after:
            if not smaller:
                lines.append(f"{what}: published as {said(before[key])}; now there is no such order")
        elif contradicts(before[key], after[key], published["bound"], bound):
            lines.append(f"{what}: published as {said(before[key])}; now {said(after[key])}")
    return lines


def contradicts(before: dict[str, Any], after: dict[str, Any], deep: dict[str, Any], quick: dict[str, Any]) -> bool:
    if "undecided" in (before["outcome"], after["outcome"]):
        return False
    if after["outcome"] == "killed":
        return before["outcome"] != "killed"
    if before["outcome"] != "killed":
        return False
    # Survived now: a contradiction if the program that killed it then was among those of now.
    return not beyond(before, quick)


def beyond(kill: dict[str, Any], bound: dict[str, Any]) -> bool:
    """Whether the program of this kill is none of those within that bound."""
    return kill["operations"] > bound["operations"] or any(
        size > most for size, most in zip(program_size(kill["program"]), (bound["capacity"], bound["threads"])))


def kills_beyond(published: dict[str, Any], bound: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(what, the weakening, the kill) of each that a sweep within that bound cannot find again."""
    for (file, row, role, order, weaker), tried in attempts(published).items():
        if tried["outcome"] == "killed" and beyond(tried, bound):
            yield f"{file}:{row}:{role} {order} -> {weaker}", f"{file}:{row}:{role}={weaker}", tried


def program_size(program: str) -> tuple[int, int]:
    """(capacity, threads) of "2/uuo/s"."""
    capacity, *threads = program.split("/")
    return int(capacity), len(threads)


def said(tried: dict[str, Any]) -> str:
    if tried["outcome"] != "killed":
        return "unneeded" if tried["outcome"] in SURVIVED else tried["outcome"]
    return f"needed ({tried['program']}: {tried['verdict']})"


def within(ledger: dict[str, Any]) -> str:
    return ", and within ".join(bound_text(bound) for bound in (ledger["bound"], *ledger.get("further", ())))


def bound_text(bound: dict[str, Any]) -> str:
    if "only" in bound:
        return f"these programs alone: {', '.join(bound['only'])}"
    return f"{bound['operations']} operations, {bound['threads']} threads, capacity {bound['capacity']}"


# What an order is -------------------------------------------------------------------------------------------------------

NEEDED, LOAD_BUFFERING, TOO_STRONG, UNDECIDED = "needed", "load buffering", "too strong", "undecided"
VERDICTS = {
    NEEDED: "every weaker order is killed",
    LOAD_BUFFERING: "a weaker one survives, but gives up an acquire or a release, whose need load buffering could hide",
    TOO_STRONG: "a weaker one survives that load buffering has nothing to do with",
    UNDECIDED: "a bound was hit, nothing is said",
}


def verdict_of(order: dict[str, Any]) -> str:
    outcomes = [(tried["outcome"], bool(tried.get("load_buffering"))) for tried in order["tried"]]
    if any(outcome in SURVIVED and not hidden for outcome, hidden in outcomes):
        return TOO_STRONG
    if any(outcome in SURVIVED for outcome, _ in outcomes):
        return LOAD_BUFFERING
    return UNDECIDED if any(outcome == "undecided" for outcome, _ in outcomes) else NEEDED


def stronger_than_relaxed(ledger: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in ledger["orders"] if each["tried"]]


def tally(ledger: dict[str, Any]) -> dict[str, int]:
    counts = dict.fromkeys(VERDICTS, 0)
    for each in stronger_than_relaxed(ledger):
        counts[verdict_of(each)] += 1
    return counts


def too_strong(ledger: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Each order that is too strong within the bound, and the weakest that would do and keeps what load buffering may need."""
    for each in stronger_than_relaxed(ledger):
        if verdict_of(each) == TOO_STRONG:
            yield each, next(tried["order"] for tried in each["tried"]
                             if tried["outcome"] in SURVIVED and not tried.get("load_buffering"))


def table_rows(header: str) -> list[str]:
    """The rows of a variant's table of orders."""
    return re.findall(r"^//   ([A-Z]\d+)\s", header.split("#pragma once")[0], re.MULTILINE)
