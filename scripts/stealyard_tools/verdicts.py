"""What an instrument's output means: a verdict, one line of what was done, and of a failure the part a person should read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .bounded_process import ending

PASSED, COMPLETE, INCOMPLETE, FAILED, NOT_APPLICABLE, NOT_BUILT = "passed", "COMPLETE", "INCOMPLETE", "FAILED", "not applicable", "not built"
MOST_LINES = 120  # of a failure


@dataclass
class verdict:
    instrument: str
    is_: str
    what: str
    seconds: float = 0.0
    report: str = ""                    # readable; of a failure
    command: tuple[str, ...] = ()
    more: dict = field(default_factory=dict)  # for --json
    processor_seconds: float = 0.0

    @property
    def bad(self) -> bool:
        return self.is_ in (FAILED, NOT_BUILT)

    def as_json(self) -> dict:
        return {"instrument": self.instrument, "verdict": self.is_, "what": self.what, "seconds": round(self.seconds, 2),
                "processor_seconds": round(self.processor_seconds, 2),
                **({"report": self.report} if self.report else {}), **({"command": list(self.command)} if self.command else {}), **self.more}


def judge(instrument: str, command: tuple[str, ...], end: ending) -> verdict:
    """Of an instrument that ran once."""
    if end.status == 0 and not end.over:
        is_, what = passed(instrument, end.said)
        return verdict(instrument, is_, what, end.seconds, command=command, processor_seconds=end.processor_seconds)
    return verdict(instrument, FAILED, why_failed(instrument, end), end.seconds, excerpt(end.said), command, processor_seconds=end.processor_seconds)


def passed(instrument: str, said: str) -> tuple[str, str]:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if instrument in ("conformance", "property", "fiber"):
        count = re.search(r"\[  PASSED  \] (\d+) tests?", said)
        skipped = re.search(r"\[  SKIPPED \] (\d+) tests?", said)
        return PASSED, f"{count[1] if count else 'no'} tests" + (f", {skipped[1]} skipped" if skipped else "")
    if instrument == "explorer":
        all_found = list(re.finditer(r"^(COMPLETE|INCOMPLETE) +\S+ +(.*)$", said, re.MULTILINE))
        found = next((each for each in all_found if each[1] == INCOMPLETE), all_found[0] if all_found else None)
        hit = (line.removeprefix("bound hit: ") for line in lines if line.startswith("bound hit"))
        bounds = "; ".join(dict.fromkeys(hit))  # a selector is swept once a buffer, and each may say the same
        return (found[1], found[2].split(", 0 cut")[0] + (f"; bound hit: {bounds}" if bounds else "")) if found else (PASSED, lines[-1])
    if instrument == "model":
        found = re.search(r"^ok +\S+ (.*)$", said, re.MULTILINE)
        return PASSED, f"random and PCT: {found[1]}" if found else lines[-1]
    if instrument == "bugs":
        names = re.findall(r"^found +\S+?\+(\S+)", said, re.MULTILINE)
        return PASSED, f"all {len(names)} of its kind found: {', '.join(names)}"
    if instrument == "ledger":
        return PASSED, lines[-1].partition(": ")[2] if lines else ""
    if instrument == "meter" and "0 measured" in said:
        return NOT_APPLICABLE, next((line.partition("not applicable, ")[2] for line in lines if "not applicable" in line), lines[-1])
    if instrument == "meter":
        return PASSED, "its claims of progress are exact: " + next((line.partition(": ")[2] for line in lines), "")
    return PASSED, lines[-1] if lines else ""


# The line of it that does; the rest is in the report.
SAYS_WHAT_FAILED = {
    "model": r"^FAILED model\.\S+: (.*)$",
    "explorer": r"^FAILED \S+: (.*)$",
    "meter": r"^  (.* claims .*: FAILED, .*)$",
    "ledger": r"^  ((?!if that is meant).*)$",
}


def why_failed(instrument: str, end: ending) -> str:
    """One line that names what failed, and how."""
    test = running_test(end.said)
    if end.over:
        return end.over + (f", in {test}" if test else "")
    failed = re.search(r"^(?:CRASH|HANG|FAILED)\b.*$", end.said, re.MULTILINE)
    if end.status < 0 or (end.status not in (1, 2, 3) and not failed):
        asserted = re.search(r"^.*(?:assertion|contract breach|terminate called|what\(\)).*$", end.said, re.MULTILINE | re.IGNORECASE)
        return end.how + (f", in {test}" if test else "") + (f": {asserted[0].strip()}" if asserted else "")
    if instrument in ("conformance", "property", "fiber"):
        names = list(dict.fromkeys(re.findall(r"^\[  FAILED  \] (\S+?)(?:,| \(|$)", end.said, re.MULTILINE)))
        if names:
            return ", ".join(name.split(".", 3)[-1] for name in names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    if instrument in SAYS_WHAT_FAILED and (said := re.search(SAYS_WHAT_FAILED[instrument], end.said, re.MULTILINE)):
        return said[1]
    return failed[0] if failed else (end.said.strip().splitlines() or [end.how])[-1]


def running_test(said: str) -> str:
    """The test of GoogleTest that began and did not end."""
    begun = re.findall(r"^\[ RUN      \] (\S+)", said, re.MULTILINE)
    ended = set(re.findall(r"^\[       OK \] (\S+)|^\[  (?:FAILED|SKIPPED) {1,2}\] (\S+)", said, re.MULTILINE))
    names = {name for pair in ended for name in pair}
    return begun[-1] if begun and begun[-1] not in names else ""


def excerpt(said: str) -> str:
    """From where it says what failed; of GoogleTest, only the tests that failed."""
    blocks = re.findall(r"^\[ RUN      \] .*\n(?:(?!\[ ).*\n)*\[  FAILED  \].*", said, re.MULTILINE)
    if blocks:
        lines = "\n".join(blocks).splitlines()
    else:
        lines = said.splitlines()
        at = next((i for i, line in enumerate(lines) if re.match(r"FAILED|CRASH|HANG", line) and not line.startswith("FAILED     ")), None)
        lines = lines[at:] if at is not None else lines[-30:]
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES - 20], f"[… {len(lines) - MOST_LINES} lines …]", *lines[-20:]]
    return "\n".join(lines)
