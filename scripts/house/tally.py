"""What passed, what failed, what was skipped and why: from ctest's JUnit file, from lints, from builds."""

from __future__ import annotations

import pathlib
import re
import xml.etree.ElementTree
from dataclasses import dataclass, field

SHOWN_LINES = 60
# GoogleTest's words: an executable whose filter matches nothing ends well, and a case that skips itself is no failure.
NOTHING_RAN = re.compile(r"^\[=+\] Running 0 tests", re.MULTILINE)
SKIPPED_INSIDE = re.compile(r": Skipped\n(.*)\n+(?:.*\n)*?\[ +SKIPPED +\] (\S+) \(", re.MULTILINE)

# GoogleTest's, unittest's, a sanitizer's.
FIRST_COMPLAINT = re.compile(r": Failure$|^(FAIL|ERROR): |(ERROR|WARNING): (Address|Thread|Leak)Sanitizer|runtime error: ")


@dataclass
class tally:
    passed: int = 0
    failed: list[str] = field(default_factory=list)  # names
    skipped: list[str] = field(default_factory=list)  # "name: reason"

    def add(self, other: tally) -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def check(self, name: str, ok: bool) -> None:
        if ok:
            self.passed += 1
        else:
            self.failed.append(name)

    def told_skips(self) -> list[str]:
        """One line for all the rows in which a case does not apply for the same reason."""
        rows: dict[tuple[str, str], int] = {}
        for name, _, reason in (each.partition(": ") for each in self.skipped):
            case = re.sub(r"^(rows/[^/]+)/.*", r"\1", name)
            rows[case, reason] = rows.get((case, reason), 0) + 1
        return [f"{case}{f' in {n} rows' if n > 1 else ''}: {reason}" for (case, reason), n in rows.items()]

    @property
    def count(self) -> int:
        return self.passed + len(self.failed) + len(self.skipped)

    def __str__(self) -> str:
        return f"{self.passed} passed, {len(self.failed)} failed, {len(self.skipped)} skipped"


@dataclass
class ctest_result:
    counts: tally
    outputs: dict[str, str]  # of what failed


def read_ctest(junit: pathlib.Path, expected: int, name: str) -> ctest_result:
    """A file that is absent, cut short or holds fewer tests than ctest listed is a failure itself: nothing is lost silently."""
    result = ctest_result(tally(), {})
    try:
        cases = list(xml.etree.ElementTree.parse(junit).getroot().iter("testcase"))
    except (OSError, xml.etree.ElementTree.ParseError) as error:
        result.counts.check(f"{name}: ctest left no readable result ({error})", False)
        return result
    for case in cases:
        _add(result, case)
    if len(cases) != expected:
        result.counts.check(f"{name}: ctest listed {expected} tests and reported {len(cases)}", False)
    return result


def _add(result: ctest_result, case: xml.etree.ElementTree.Element) -> None:
    name, status = case.get("name", "?"), case.get("status")
    output = case.findtext("system-out") or ""
    if status == "run" and NOTHING_RAN.search(output):
        result.counts.check(name, False)
        result.outputs[name] = "it ran no test: its filter matches nothing"
    elif status == "run":
        result.counts.check(name, True)
        result.counts.skipped += [f"{inside}: {reason.strip()}" for reason, inside in SKIPPED_INSIDE.findall(output)]
    elif status in ("notrun", "disabled") and _was_skipped(case):
        result.counts.skipped.append(f"{name}: {_reason(case, output)}")
    else:
        result.counts.check(name, False)
        failure = case.find("failure")
        why = failure.get("message", "") if failure is not None else ""
        result.outputs[name] = "\n".join(part for part in (output.strip(), why) if part)


def _was_skipped(case: xml.etree.ElementTree.Element) -> bool:
    """A test whose executable is missing is 'notrun' as well, and that is a failure."""
    skipped = case.find("skipped")
    message = skipped.get("message", "") if skipped is not None else ""
    return case.get("status") == "disabled" or message.upper().startswith("SKIP")


def _reason(case: xml.etree.ElementTree.Element, output: str) -> str:
    said = re.search(r"skipped:? *(.*)", output, re.IGNORECASE)
    if said and said[1].strip():
        return said[1].strip()
    skipped = case.find("skipped")
    return (skipped.get("message") if skipped is not None else None) or case.get("status") or "no reason given"


def tail(text: str) -> str:
    """The end; of what is long also the place where a test framework first says that something is wrong."""
    lines = text.splitlines()
    if len(lines) <= SHOWN_LINES:
        return "\n".join(lines)
    half = SHOWN_LINES // 2
    first = next((i for i, line in enumerate(lines) if FIRST_COMPLAINT.search(line)), len(lines))
    if first >= len(lines) - SHOWN_LINES:
        return "\n".join([f"… {len(lines) - SHOWN_LINES} lines above", *lines[-SHOWN_LINES:]])
    between = len(lines) - first - 2 * half
    return "\n".join([f"… {first} lines above", *lines[first : first + half], f"… {between} lines between", *lines[-half:]])
