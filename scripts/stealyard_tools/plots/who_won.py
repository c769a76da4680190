"""The end of a run in words: who won each workload, and one sentence over all of them."""
from __future__ import annotations

import html

from .ratio_grid import kind_of, micro_anchor
from .view import OWN_SUBJECT, result_view, task
from ..statistics import comparison
from ..terminal import paragraph, prose
from ..winners import contest, counts_text, duel, tally

TITLE = "Who won"
NOTE = ("× is speed, the median over pairs with its 95 % interval. A part is named only where its pairs agree more often than chance would let any "
        "of those tried beside it; the tables judge each row alone.")


def against_peer(view: result_view) -> dict[str, list[comparison]]:
    """Our baseline configuration beside the peer, by workload."""
    label = next((cell["label"] for cell in view.cells if cell["subject"] == view.peer), None)
    return {} if label is None else _by_workload(view, [view.baseline], label)


def against_baseline(view: result_view) -> dict[str, list[comparison]]:
    """Every other configuration of ours beside the baseline, by workload."""
    theirs = {cell["label"] for cell in view.cells if cell["subject"] == view.peer}
    return _by_workload(view, [label for label in view.labels() if label not in theirs], view.baseline)


def _by_workload(view: result_view, labels: list[str], anchor: str) -> dict[str, list[comparison]]:
    found: dict[str, list[comparison]] = {}
    for which in view.tasks():
        rows = [row for label in labels if label != anchor for row in _compared(view, label, anchor, which)]
        found.setdefault(view.name(which), []).extend(rows)
    return {name: rows for name, rows in found.items() if rows}


def of_parts_alone(view: result_view) -> dict[str, tuple[str, list[comparison]]]:
    """Micro-benchmarks: the default variant of the kind, and the others beside it."""
    found: dict[str, tuple[str, list[comparison]]] = {}
    cells = view.cells_of("micro")
    for which in view.tasks("micro"):
        for kind in dict.fromkeys(kind_of(view, cell) for cell in cells if cell["workload"] == which.workload):
            anchor, labels = micro_anchor(view, kind, [cell for cell in cells if kind_of(view, cell) == kind])
            rows = [row for label in labels if label != anchor for row in _compared(view, label, anchor, which)]
            if rows:
                found[view.name(which)] = anchor, rows
    return found


def _compared(view: result_view, label: str, anchor: str, which: task) -> list[comparison]:
    return list(view.compare(view.cell(label, which), view.cell(anchor, which)).values())


def sentences(view: result_view) -> list[tuple[str, str]]:
    """(workload, who won it), in the order of the plan."""
    us, verb, again = _us(view)
    beside, exchanged = against_peer(view), against_baseline(view)
    said = []
    for name in dict.fromkeys([*beside, *exchanged]):
        first = duel(beside.get(name, []), f"{us} {verb}", str(view.peer))
        second = contest(exchanged.get(name, []), again if first else us, again=again)
        said.append((name, "; ".join(filter(None, (first, second)))))
    said += [(name, contest(rows, anchor, "variants")) for name, (anchor, rows) in of_parts_alone(view).items()]
    return said


def _us(view: result_view) -> tuple[str, str, str]:
    return ("the default parts", "are", "them") if view.baseline == OWN_SUBJECT else (view.baseline, "is", "it")


def in_all(view: result_view) -> str:
    """One sentence; empty where nothing was compared."""
    us, _, _ = _us(view)
    clauses = []
    if beside := against_peer(view):
        clauses.append(f"{us} against {view.peer}: {counts_text(tally(beside.values()), 'comparisons')}")
    if exchanged := against_baseline(view):
        clauses.append(f"other parts against {us}: {counts_text(tally(exchanged.values()), 'exchanges')}")
    return f"In all, {'; '.join(clauses)}." if clauses else ""


def as_text(view: result_view, columns: int) -> str:
    said = [prose(f"{name}: {text}.", columns) for name, text in sentences(view)]
    return "\n".join([TITLE, paragraph(NOTE, "", columns), "", *said, "", paragraph(in_all(view), "", columns)]).rstrip() if said else ""


def as_markdown(view: result_view) -> str:
    lines = [f"- **{name}**: {text}." for name, text in sentences(view)]
    return "\n".join([f"## {TITLE}", "", NOTE, "", *lines, "", in_all(view)]).rstrip() if lines else ""


def as_html(view: result_view) -> str:
    items = "".join(f"<li><b>{html.escape(name)}</b>: {html.escape(text)}.</li>" for name, text in sentences(view))
    return (f'<section id="won"><h2>{TITLE}</h2><p><b>{html.escape(in_all(view))}</b></p><details><summary>Workload by workload</summary>'
            f"<p>{html.escape(NOTE)}</p><ul>{items}</ul></details></section>" if items else "")
