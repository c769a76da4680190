"""The zoo's page: instrument × bug, made of the published document and nothing else."""

from __future__ import annotations

from typing import Any

from .zoo import AS_WRITTEN_TIMES, INSTRUMENTS, PROPERTY_CASES, PROPERTY_PASSES, SOURCES


def page(document: dict[str, Any]) -> str:
    bugs, variants = document["bugs"], document["as_written"]
    asked = [name for name in INSTRUMENTS if any(name in each["cells"] for each in bugs)]
    lines = ["# The zoo: instrument × bug", "",
             "Made by `scripts/stealyard zoo --write`; do not edit. What was asked and what it said: [zoo.json](zoo.json); the machine:",
             "[environment.json](environment.json).", "",
             f"{len(bugs)} bugs that published code had, or was shown to need protection from, seeded into our variants"
             " ([stress/bugs](../../stress/bugs)), one at a time. "
             + ", ".join(how_many(name, bugs) for name in asked) + "; "
             + ("every bug is found by one at least." if all(any(cell["found"] for cell in each["cells"].values()) for each in bugs)
                else "**NOT EVERY BUG IS FOUND.**"), "",
             "**Bold: found**, after so many runs and seconds. Else: not found in so many. Seconds are of one loaded machine, and say little; runs",
             "are what compares, within a column. A wake-up that was lost on real threads is noticed after ten seconds, which count:", "", *budgets(document["effort"], asked),
             *not_asked(bugs, asked), ""]
    lines += table("bug", bugs, asked)
    lines += ["", "## As they are written", "",
              "The same instruments on the same variants without a bug: nothing may be found. The explorer's word is its verdict within the bound of the",
              "variant's test.", ""]
    lines += table("variant", variants, asked)
    lines += protocols(document.get("protocols", []))
    lines += ["", "## What each bug is, and where it was seen", "",
              "*Seen*: that bug, in the code named. *Class of*: one of its kind was seen there. *After*: what the source argues must be prevented.", ""]
    lines += [f"- `{each['label']}`: {each['what']}" + (f" (`{'`, `'.join(each['weakened'])}`)" if "weakened" in each else "")
              + f". *{SOURCES[each['source']['as']].capitalize()}*: {each['source']['text']}." for each in bugs]
    return "\n".join([*lines, ""])


def how_many(name: str, bugs: list[dict[str, Any]]) -> str:
    verdicts = [each["cells"][name]["found"] for each in bugs if name in each["cells"]]
    return f"{INSTRUMENTS[name].title} finds {sum(verdicts)}" + (f" of the {len(verdicts)} it is asked for" if len(verdicts) != len(bugs) else "")


def not_asked(bugs: list[dict[str, Any]], asked: list[str]) -> list[str]:
    """Why cells are missing: an instrument that has nothing for a kind."""
    said = []
    for name in asked:
        kinds = sorted({each["label"].partition(".")[0] for each in bugs if name not in each["cells"]})
        if kinds:
            said.append(f"{INSTRUMENTS[name].title} has no suite for {', '.join(kinds)}")
    return [f"- –: not asked. {'; '.join(said)}."] if said else []


def budgets(effort: dict[str, Any], asked: list[str]) -> list[str]:
    threads = f"seeded passes over the kind's conformance tests on real threads, until one fails or {effort['seconds']} s have gone by; \
on x86-64 a release or an acquire that is missing changes no instruction"
    said = {
        "property": f"a *case* is a generated sequence of calls by one thread against the sequential model (RapidCheck); {PROPERTY_CASES * PROPERTY_PASSES:,} of each property",
        "threads": f"a *round* is one object and its threads, up to some thousand calls; {threads}",
        "perturbed": "the same in a world that adds seeded delays, yields, migrations and stalls before atomic operations",
        "tsan": "both kinds of rounds under ThreadSanitizer, which also reports a race that did no harm; fences are modelled (core/world/native_checked.hpp)",
        "relacy_random": f"*executions* of generated programs, 120 programs of at most 250, on {effort['seeds']} seeds each: on how many, and the median; "
                         f"seconds a seed; as it is written: {AS_WRITTEN_TIMES} times that, on one seed",
        "relacy_pct": "the same with the scheduler of PCT, depth 3",
        "explorer": "*executions* of all programs from the smallest on, until the bug; the processor's seconds",
    }
    return [f"- {INSTRUMENTS[name].title}: {said[name]}." for name in asked]


def protocols(rows: list[dict[str, Any]]) -> list[str]:
    if not rows:
        return []
    asked = [name for name in INSTRUMENTS if any(name in row["cells"] for row in rows)]
    return ["", "## Mutants of the scheduler's protocols", "",
            "One patch each to the headers of core/sched or core/go ([stress/sched_model/mutants](../../stress/sched_model/mutants)), under Relacy by"
            " scenarios of a fixed shape (at most 3,000 executions of each; those of the one that failed are given), in the explorer by generated programs. On real threads such a mutant"
            " would be the whole runtime: not asked (–). Why the explorer is not asked for some:"
            " [explored.txt](../../stress/sched_model/explored.txt). As they are written: the tests `model.sched` and `explorer.protocol.*`.", "",
            *table("mutant", [{**row, "label": row["label"].partition("+")[2]} for row in rows], asked)]


def table(what: str, rows: list[dict[str, Any]], asked: list[str]) -> list[str]:
    lines = [f"| {what} | {' | '.join(INSTRUMENTS[name].title for name in asked)} |", "|---" * (len(asked) + 1) + "|"]
    lines += [f"| {row['label']} | " + " | ".join(cell_text(name, row["cells"][name]) if name in row["cells"] else "–" for name in asked) + " |" for row in rows]
    return lines + later(rows)


def later(rows: list[dict[str, Any]]) -> list[str]:
    """Which rows were asked after the whole matrix, and at which commit."""
    by_commit: dict[str, list[str]] = {}
    for row in rows:
        if "commit" in row:
            by_commit.setdefault(row["commit"], []).append(row["label"])
    marked = [(", ".join(labels), commit) for commit, labels in sorted(by_commit.items(), key=lambda each: len(each[1]))]
    if marked and sum(map(len, by_commit.values())) == len(rows):
        marked[-1] = ("the others" if len(marked) > 1 else "all", marked[-1][1])
    said = [f"{labels} at commit {commit[:7]}" for labels, commit in marked]
    return ["", f"Asked after the whole matrix: {'; '.join(said)}."] if said else []


def cell_text(name: str, cell: dict[str, Any]) -> str:
    unit = INSTRUMENTS[name].unit
    runs = "?" if cell["runs"] is None else f"{cell['runs']:,}"
    unit = unit.removesuffix("s") if cell["runs"] == 1 else unit
    took = cell["seconds"]
    seconds = "< 0.01 s" if took < 0.01 else f"{took:.2g} s" if took < 10 else f"{took:.0f} s"
    if cell["found"]:
        return f"**{cell['how']}**; {runs} {unit}, {seconds}"
    if cell["runs"] is None:
        return f"not found, {seconds}"
    status = f"{cell['status']}: " if "status" in cell else ""
    return f"{status}{runs} {unit}, {seconds}"
