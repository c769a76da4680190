"""scripts/stealyard compare: how many times faster each cell is than the baseline, by paired blocks, with intervals.

With --targets the ratios are held against a list of what they must reach; a target that is missed is exit status 1.
"""

from __future__ import annotations

import argparse
import json
import math
import pathlib
import sys
from typing import Any

from ..arguments import comma_list, whole_number
from ..documents import check_document, parse_json, read_text
from ..errors import STATUS_CHECK_FAILED, nothing_matched, unknown_name, usage_error
from ..result_reader import read_result, run_result
from ..statistics import DEFAULT_SEED, compare_runs, compare_with_baseline, comparison, is_baseline
from ..terminal import paragraph, prose, table_text, width
from ..winners import contest, counts_text, duel, tally

ABOUT = "ratios to a baseline with bootstrap intervals, paired by block and placement"
EPILOG = """\
examples:
  scripts/stealyard compare results/beside_go --baseline go
  scripts/stealyard compare results/reference --baseline mutex_deque --workload spawn_join,skynet --workers 2
  scripts/stealyard compare results/beside_go --baseline go --targets bench/harness/targets.json
  scripts/stealyard compare results/reference results/beside_go       cell by cell; two runs: a weaker, unpaired comparison

A ratio above 1 says: faster than the baseline. Placement "any": one worker, where the distance between CPUs plays no part.
exit status: 0 done, 1 a target was missed, 2 usage or an unreadable result, 3 nothing matched
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("result", metavar="RESULT", help="a result folder or its result.json")
    parser.add_argument("after", metavar="AFTER", nargs="?", help="a second result, held against the first cell by cell")
    parser.add_argument("--baseline", metavar="NAME", help="a label or a subject (default: go)")
    parser.add_argument("--workload", metavar="NAMES", type=comma_list(), help="only these workloads")
    parser.add_argument("--workers", metavar="COUNTS", type=comma_list(whole_number(1, 1024)), help="only these worker counts")
    parser.add_argument("--label", metavar="NAMES", type=comma_list(), help="only these series against the baseline")
    parser.add_argument("--targets", metavar="FILE", help="hold the ratios against a list of targets")
    parser.add_argument("--seed", metavar="N", type=whole_number(0, 2**63 - 1), default=DEFAULT_SEED, help="of the bootstrap")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    result = read_result(arguments.result)
    rows = _within(result, arguments) if arguments.after is None else _between(result, arguments)
    if arguments.label:
        result.select(label=arguments.label)
        rows = [row for row in rows if row.candidate in arguments.label]
    if not rows:
        raise nothing_matched(f"no cell of {result.source} can be compared under these filters")
    verdicts = judge(read_targets(pathlib.Path(arguments.targets)), rows) if arguments.targets else []
    if arguments.json:
        json.dump({"source": str(result.source), "complete": result.complete, "comparisons": [row.as_json() for row in rows],
                   "unusable": len(result.unusable), "targets": verdicts}, sys.stdout, indent=1)
        print()
    elif arguments.after is not None:
        _print_change(result, rows)
    else:
        _print(result, rows, verdicts)
        print(f"\n{who_won(rows)}")
    return STATUS_CHECK_FAILED if any(not verdict["met"] for verdict in verdicts) else 0


def _within(result: run_result, arguments: argparse.Namespace) -> list[comparison]:
    baseline = arguments.baseline or "go"
    _check_baseline(result, baseline, arguments.baseline is not None)
    entries = result.select(workload=arguments.workload, workers=arguments.workers)
    return compare_with_baseline(result, baseline, entries, seed=arguments.seed)


def _between(before: run_result, arguments: argparse.Namespace) -> list[comparison]:
    for option in ("baseline", "targets"):
        if getattr(arguments, option) is not None:
            raise usage_error(f"--{option} is not accepted with two results: the first is the baseline")
    before.select(workload=arguments.workload, workers=arguments.workers)
    return [row for row in compare_runs(before, read_result(arguments.after), seed=arguments.seed)
            if (arguments.workload is None or row.workload in arguments.workload)
            and (arguments.workers is None or row.workers in arguments.workers)]


def _check_baseline(result: run_result, baseline: str, given: bool) -> None:
    known = {name for entry in result.usable for name in (entry.label, entry.subject)}
    if any(is_baseline(entry, baseline) for entry in result.usable):
        return
    if not given:
        raise usage_error(f"{result.source} holds no {baseline} to compare with; name a series of it: --baseline {' or '.join(sorted(known))}")
    raise unknown_name("baseline", baseline, known)


def number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _print(result: run_result, rows: list[comparison], verdicts: list[dict[str, Any]]) -> None:
    heads = ("workload", "workers", "series", "placement", "ratio", "95 % interval", "blocks", "left out", "value", "baseline", "unit")
    cells = [(row.workload, str(row.workers), row.candidate, row.mode, number(row.speedup.median),
              f"{number(row.speedup.low)} .. {number(row.speedup.high)}", str(row.speedup.count), str(row.pairs_left_out),
              number(row.candidate_value), number(row.baseline_value), row.unit) for row in rows]
    print(table_text([heads, *cells], width(), key=4))
    _say(f"\nratio: {rows[0].baseline} / series, so above 1 is faster; in like placement; median and bootstrap interval over blocks")
    if result.unusable:
        _say(f"{len(result.unusable)} measurements are left out as wrong or failed, the first: {result.unusable[0].why_unusable}")
    if not result.complete:
        print(f"the run is not complete: {len(result.missing)} measurements are missing")
    if verdicts:
        print()
        judged = [(each["target"], each["found"], "met" if each["met"] else "MISSED") for each in verdicts]
        print(table_text([("target", "found", "verdict"), *judged], width()))


def who_won(rows: list[comparison]) -> str:
    """A sentence a workload, and one over all."""
    by_workload: dict[str, list[comparison]] = {}
    for row in rows:
        by_workload.setdefault(row.workload, []).append(row)
    lines = []
    for workload, found in by_workload.items():
        candidates = {row.candidate for row in found}
        text = duel(found, f"{found[0].candidate} is", found[0].baseline) if len(candidates) == 1 else contest(found, found[0].baseline, "series")
        lines.append(prose(f"{workload}: {text}.", width()))
    counted = counts_text(tally(by_workload.values()), "comparisons")
    return "\n".join([*lines, "", paragraph(f"In all, against {rows[0].baseline}: {counted}.", "", width())])


def _print_change(before: run_result, rows: list[comparison]) -> None:
    """As benchstat does: before, after, by how much, and ~ where that may be chance."""
    cells = [(row.workload, str(row.workers), row.candidate, row.mode, number(row.baseline_value), number(row.candidate_value), row.unit,
              _change(row), _change_interval(row), str(row.speedup.count)) for row in rows]
    print(table_text([("workload", "workers", "series", "placement", "before", "after", "unit", "change", "95 % interval", "blocks"), *cells],
                     width(), key=4))
    middle = math.exp(sum(math.log(row.speedup.median) for row in rows) / len(rows))
    _say(f"\ngeometric mean of {len(rows)}: {_percent(1 / middle)}. Costs: below 0 is faster; ~ the interval holds 0, or one side has one block.")
    changes = [_change(row) for row in rows]
    faster, same = sum(change.startswith("-") for change in changes), changes.count("~")
    _say(f"{faster} faster, {len(rows) - faster - same} slower, {same} may be chance; and chance alone moves one of 20 that far.")
    _say("Two runs are not paired: whatever the machine did in between is in these numbers. Measure both in one run to be sure.")
    if before.unusable:
        print(f"{len(before.unusable)} measurements of the first are left out as wrong or failed")


def _say(text: str) -> None:
    blank = "\n" if text.startswith("\n") else ""
    print(blank + paragraph(text.strip(), "", width()))


def _percent(ratio: float) -> str:
    return f"{100 * (ratio - 1):+.1f} %"


def _change(row: comparison) -> str:
    low, high = row.speedup.low, row.speedup.high
    return "~" if low is None or high is None or low <= 1 <= high else _percent(1 / row.speedup.median)


def _change_interval(row: comparison) -> str:
    low, high = row.speedup.low, row.speedup.high
    return "-" if low is None or high is None else f"{_percent(1 / high)} .. {_percent(1 / low)}"


def read_targets(path: pathlib.Path) -> list[dict[str, Any]]:
    return check_document(parse_json(read_text(path), str(path)), "targets", str(path))["targets"]


def judge(targets: list[dict[str, Any]], rows: list[comparison]) -> list[dict[str, Any]]:
    """A target must be met in every placement that was compared; one without a comparison is missed."""
    verdicts = []
    for target in targets:
        of_target = [row for row in rows if (row.workload, row.workers, row.candidate) ==
                     (target["workload"], target["workers"], target.get("label", "stealyard"))]
        for statistic in ("median", "low"):
            if f"{statistic}_at_least" in target:
                verdicts.append(_verdict(target, statistic, of_target))
    return verdicts


def _verdict(target: dict[str, Any], statistic: str, rows: list[comparison]) -> dict[str, Any]:
    """A placement seen in too few blocks is shown and not judged; with no placement left the target is missed."""
    wanted = target[f"{statistic}_at_least"]
    enough = max(2, target.get("blocks_at_least", 2))
    judged = [getattr(row.speedup, statistic) for row in rows if row.speedup.count >= enough]
    shown = [f"{number(getattr(row.speedup, statistic))} ({row.mode}{'' if row.speedup.count >= enough else ', too few blocks'})" for row in rows]
    return {"target": f"{target['workload']} on {target['workers']}: {statistic} ≥ {wanted:g}", "found": ", ".join(shown) or "no comparison",
            "met": bool(judged) and all(value >= wanted for value in judged)}
