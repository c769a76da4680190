"""The numbers of a result as tables: who won, by how much, how sure; in plain text, markdown and HTML from the same rows."""
from __future__ import annotations

import collections
import dataclasses
import functools
import html
import textwrap
from collections.abc import Sequence

from . import who_won
from .footer import environment_rows, warnings
from .heatmap import number
from .ratio_grid import baseline_words, kind_of, micro_anchor
from .units import time_text
from .verdict import verdict
from .view import MODES, mode_of, result_view, task
from ..errors import one_line
from ..statistics import comparison
from ..terminal import paragraph, table_text

_COLUMNS = ("workload", "workers", "placement", "configuration", "its time", "baseline", "speed", "95 % interval", "pairs", "verdict")
_RIGHT = {"workers", "its time", "baseline", "speed", "95 % interval", "pairs", "measurements"}


_CELLS_BY_NAME = 8  # left out for one reason: more are counted


@dataclasses.dataclass(frozen=True)
class table:
    title: str
    note: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


_VERDICTS = {"faster": "faster", "slower": "slower", "faster?": "faster? (few pairs)", "slower?": "slower? (few pairs)",
             "undecided": "no difference shown", "one pair": "one pair only"}


def _line(view: result_view, which: task, row: comparison) -> list[str]:
    speedup = row.speedup
    interval = "" if speedup.low is None or speedup.high is None else f"{number(speedup.low)} to {number(speedup.high)}"
    return [view.name(which), str(which.workers), row.mode, row.candidate, time_text(row.candidate_value, row.unit),
            time_text(row.baseline_value, row.unit), f"{number(speedup.median)}×", interval, str(speedup.count), _VERDICTS[verdict(speedup)]]


def _lines(view: result_view, which: task, labels: Sequence[str], anchor: str) -> list[list[str]]:
    found = []
    for label in labels:
        if label != anchor:
            rows = view.compare(view.cell(label, which), view.cell(anchor, which))
            found += [_line(view, which, rows[mode]) for mode in MODES if mode in rows]
    return found


def peer_table(view: result_view) -> table | None:
    label = next((cell["label"] for cell in view.cells if cell["subject"] == view.peer), None)
    if label is None:
        return None
    rows = [line for which in view.tasks() for line in _lines(view, which, [view.baseline], label)]
    note = f"{baseline_words(view)} against {view.peer}: speed above 1 means that we are faster. Pairs in like placement only."
    return table(f"Beside {view.peer}", note, _COLUMNS, rows) if rows else None


def workload_table(view: result_view) -> table | None:
    ours = [label for label in view.labels() if _ours(view, label)]
    rows = [line for which in view.tasks() for line in _lines(view, which, ours, view.baseline)]
    note = f"Each configuration against {baseline_words(view)}: speed above 1 means faster than the baseline."
    return table("Configurations beside the baseline", note, _COLUMNS, rows) if rows else None


def _ours(view: result_view, label: str) -> bool:
    return any(cell["label"] == label and cell["subject"] != view.peer for cell in view.cells)


def micro_table(view: result_view) -> table | None:
    rows = []
    cells = view.cells_of("micro")
    for kind in dict.fromkeys(kind_of(view, cell) for cell in cells):
        of_kind = [cell for cell in cells if kind_of(view, cell) == kind]
        anchor, labels = micro_anchor(view, kind, of_kind)
        for which in view.tasks("micro"):
            if any(cell["workload"] == which.workload for cell in of_kind):
                rows += _lines(view, which, labels, anchor)
    return table("Micro-benchmarks", "Each variant against the default variant of its kind.", _COLUMNS, rows) if rows else None


def absent_table(view: result_view) -> table | None:
    """What a reader would look for and not find: failures, wrong answers, measurements that are missing or could not be paired."""
    counted: collections.Counter[tuple[str, str]] = collections.Counter()
    for entry in view.entries:
        if entry.why_unusable is not None:
            counted[entry.cell_id, one_line(entry.why_unusable, 160)] += 1
        elif mode_of(entry) in ("mixed", "unknown"):
            counted[entry.cell_id, f"placement {'changed during the measurement' if entry.mode == 'mixed' else 'unknown'}"] += 1
    known = {cell["id"] for cell in view.cells}
    for lost in view.result.missing:
        if lost["cell"] in known:
            counted[lost["cell"], "planned, not measured yet"] += 1
    by_reason: dict[str, dict[str, int]] = {}
    for (cell, reason), count in sorted(counted.items()):
        by_reason.setdefault(reason, {})[cell] = count
    rows = []
    for reason, cells in by_reason.items():
        if len(cells) > _CELLS_BY_NAME:  # a run cut short leaves most cells out, and says so once
            rows.append([f"{len(cells)} cells, {next(iter(cells))} the first", str(sum(cells.values())), reason])
        else:
            rows += [[cell, str(count), reason] for cell, count in cells.items()]
    return table("Left out", "Measurements that no figure shows, or that cannot be paired where placement matters.",
                 ("cell", "measurements", "why"), rows) if rows else None


def all_tables(view: result_view) -> list[table]:
    found = [peer_table(view), workload_table(view), micro_table(view), absent_table(view)]
    return [each for each in found if each is not None]


def environment_table(view: result_view) -> table:
    return table("Where this was measured", "", ("what", "value"), [list(row) for row in environment_rows(view)])


def as_text(content: table, columns: int) -> str:
    """Aligned where it fits; else each row as a small paragraph, its first three cells the title."""
    widths = [max(len(row[index]) for row in [content.columns, *content.rows]) for index in range(len(content.columns))]

    def line(row: Sequence[str]) -> str:
        cells = [text.rjust(width) if name in _RIGHT else text.ljust(width) for text, width, name in zip(row, widths, content.columns)]
        return "  ".join(cells).rstrip()

    note = [textwrap.fill(content.note, max(40, columns))] if content.note else []
    if sum(widths) + 2 * (len(widths) - 1) > columns:
        if len(content.columns) > 2:
            body = table_text([content.columns, *content.rows], columns, key=4 if len(content.columns) > 4 else 1)
        else:
            body = "\n".join(textwrap.fill(f"{name.ljust(widths[0])}  {text}", columns, break_on_hyphens=False, subsequent_indent=" " * (widths[0] + 2)
                                           if 2 * widths[0] < columns else "    ") for name, text in content.rows)
        return "\n".join([content.title, *note, "", body])
    head = [content.title, *note, "", line(content.columns), "  ".join("-" * width for width in widths)]
    return "\n".join([*head, *(line(row) for row in content.rows)])


def as_markdown(content: table) -> str:
    def line(row: Sequence[str]) -> str:
        return "| " + " | ".join(text.replace("|", "\\|") for text in row) + " |"

    rule = "|" + "|".join("---:" if name in _RIGHT else "---" for name in content.columns) + "|"
    head = [f"## {content.title}", "", *([content.note, ""] if content.note else [])]
    return "\n".join([*head, line(content.columns), rule, *(line(row) for row in content.rows)])


def as_html(content: table) -> str:
    def line(row: Sequence[str], tag: str) -> str:
        cells = []
        for text, name in zip(row, content.columns):
            classes = [kind for kind, holds in (("number", name in _RIGHT), (text, name == "verdict" and text in ("faster", "slower"))) if holds]
            label = f' class="{" ".join(classes)}"' if classes else ""
            cells.append(f"<{tag}{label}>{html.escape(text)}</{tag}>")
        return "<tr>" + "".join(cells) + "</tr>"

    note = f"<p>{html.escape(content.note)}</p>" if content.note else ""
    body = "\n".join(line(row, "td") for row in content.rows)
    return (f"<h2>{html.escape(content.title)}</h2>\n{note}\n<div class=\"wide\"><table>\n"
            f"<thead>{line(content.columns, 'th')}</thead>\n<tbody>\n{body}\n</tbody></table></div>")


def summary(view: result_view, form: str, columns: int = 10_000) -> str:
    """The whole report without pictures, for a terminal ("plain") or a page ("markdown")."""
    write = as_markdown if form == "markdown" else functools.partial(as_text, columns=columns)
    won = who_won.as_markdown(view) if form == "markdown" else who_won.as_text(view, columns)
    alarm = warnings(view) if form == "markdown" else [paragraph(text, "", columns) for text in warnings(view)]
    pieces = [*alarm, *(write(each) for each in all_tables(view)), write(environment_table(view)), won]
    return "\n\n".join(filter(None, pieces)) + "\n"
