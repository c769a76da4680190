"""Who won, in one plain sentence a workload: by how much, how sure, and how many cannot be told apart.

A table judges each row alone, and of twenty rows one looks certain by chance. A sentence picks the best of many, so it has to be stricter:
a candidate counts only where its pairs agree on one side more often than chance would let any of those tried beside it (a sign test,
which asks nothing of the noise but that it has no side; 5 % a workload and worker count, divided by the candidates).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .statistics import CONFIDENCE, comparison

FASTER, SLOWER, UNDECIDED, TOO_FEW = "faster", "slower", "undecided", "too few"
PLACES = {"near": ", near", "far": ", far"}  # of the first two CPUs; "any" and "single" need no word
MOST_NAMED = 3  # of the faster, of the slower: more are counted


@dataclass(frozen=True)
class judgement:
    row: comparison
    is_: str

    @property
    def ratio(self) -> str:
        return f"{digits(self.row.speedup.median)}×"

    @property
    def interval(self) -> str:
        found = self.row.speedup
        return "(one pair)" if found.low is None or found.high is None else f"({digits(found.low)} to {digits(found.high)})"


def digits(value: float) -> str:
    """Two decimals, or three digits: what a ratio of times can bear."""
    return f"{value:.2f}" if 0.0995 < value < 9.995 else f"{value:.0f}" if value >= 99.5 else f"{value:.3g}"


def chance(pairs: int, agreeing: int) -> float:
    """Two-sided: how often a fair coin tossed `pairs` times falls at least `agreeing` times on one side."""
    tail = sum(math.comb(pairs, heads) for heads in range(agreeing, pairs + 1))
    return min(1.0, 2 * tail / 2**pairs)


def judge(row: comparison, tried: int) -> str:
    """`tried`: how many candidates the sentence chooses from."""
    allowed = (1 - CONFIDENCE) / tried
    pairs = row.speedup.count
    if chance(pairs, pairs) > allowed:
        return TOO_FEW
    for agreeing, word in ((row.pairs_faster, FASTER), (row.pairs_slower, SLOWER)):
        if chance(pairs, agreeing) <= allowed:
            return word
    return UNDECIDED


def judged(rows: Iterable[comparison]) -> dict[int, list[judgement]]:
    """By worker count, each candidate once: in the placement it was paired in most often."""
    best: dict[tuple[int, str], comparison] = {}
    for row in rows:
        kept = best.get((row.workers, row.candidate))
        if kept is None or row.speedup.count > kept.speedup.count:
            best[row.workers, row.candidate] = row
    by_workers: dict[int, list[comparison]] = {}
    for (workers, _), row in best.items():
        by_workers.setdefault(workers, []).append(row)
    return {workers: [judgement(row, judge(row, len(found))) for row in found] for workers, found in sorted(by_workers.items())}


def duel(rows: Iterable[comparison], us: str, them: str) -> str:
    """One candidate against one baseline, at every worker count."""
    doubts = {TOO_FEW: ", too few pairs to tell", UNDECIDED: ", which may be chance"}
    found = [(workers, each) for workers, of_count in judged(rows).items() for each in of_count]
    last = ""
    if len(found) > 1 and len({each.is_ for _, each in found}) == 1:  # one doubt of all is said once
        last, doubts = doubts.get(found[0][1].is_, ""), {}
    pieces = [f"{each.ratio}{'' if number else f' as fast as {them}'} on {place(workers, [each])} {each.interval}{doubts.get(each.is_, '')}"
              for number, (workers, each) in enumerate(found)]
    return f"{us} {', '.join(pieces)}{last}" if pieces else ""


def place(workers: int, found: Sequence[judgement]) -> str:
    modes = {each.row.mode for each in found}
    return f"{workers} worker{'s' * (workers != 1)}{PLACES.get(modes.pop(), '') if len(modes) == 1 else ''}"


def contest(rows: Iterable[comparison], baseline: str, noun: str = "parts", again: str = "it") -> str:
    """Many candidates against one baseline, at the most workers that any was measured on. `again`: the baseline's pronoun."""
    by_workers = judged(rows)
    if not by_workers:
        return ""
    workers, found = max(by_workers.items())
    where = f" on {place(workers, found)}" if len(by_workers) > 1 else ""
    if all(each.is_ == TOO_FEW for each in found):
        pairs = max(each.row.speedup.count for each in found)
        return f"{pairs} pair{'s are' if pairs != 1 else ' is'} too few to tell {len(found)} other {noun} from {baseline}{where}"
    chosen = {word: [each for each in found if each.is_ == word] for word in (FASTER, SLOWER)}
    rest = len(found) - sum(map(len, chosen.values()))
    if rest == len(found):
        return f"none of {rest} other {noun} can be told from {baseline}{where}" if rest > 1 else f"{found[0].row.candidate} cannot be told from {baseline}{where}"
    if len(found) == 1:
        return f"{found[0].is_} than {baseline}: {named(found, found[0].is_)}{where}"
    (first, those), *more = [(word, those) for word, those in chosen.items() if those]
    pieces = [f"{len(those)} {'is' if len(those) == 1 else 'are'} {first} than {baseline}: {named(those, first)}",
              *(f"{len(those)} {word}: {named(those, word)}" for word, those in more)]
    return f"of {len(found)} other {noun}{where + ',' if where else ''} " + ", ".join([*pieces, *([f"{rest} cannot be told from {again}"] if rest else [])])


def named(chosen: Sequence[judgement], word: str) -> str:
    ordered = sorted(chosen, key=lambda each: each.row.speedup.median, reverse=word == FASTER)
    more = len(ordered) - MOST_NAMED
    names = [f"{each.row.candidate} {each.ratio} {each.interval}" for each in ordered[:MOST_NAMED]] + ([f"{more} more"] if more > 0 else [])
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def tally(rows_of: Iterable[Iterable[comparison]]) -> dict[str, list[comparison]]:
    """Over workloads: which comparisons were won, lost, or cannot be told."""
    counted: dict[str, list[comparison]] = {FASTER: [], SLOWER: [], UNDECIDED: []}
    for rows in rows_of:
        for found in judged(rows).values():
            for each in found:
                counted[UNDECIDED if each.is_ == TOO_FEW else each.is_].append(each.row)
    return counted


def counts_text(counted: dict[str, list[comparison]], what: str) -> str:
    """'faster in 9 of 11 comparisons, slower in 1 (timer_storm), 1 cannot be told'."""
    every = sum(map(len, counted.values()))
    if len(counted[UNDECIDED]) == every:
        return f"none of {every} {what} can be told"
    pieces = [f"faster in {len(counted[FASTER])} of {every} {what}"]
    if counted[SLOWER]:
        pieces.append(f"slower in {len(counted[SLOWER])} ({', '.join(dict.fromkeys(row.workload for row in counted[SLOWER]))})")
    if counted[UNDECIDED]:
        pieces.append(f"{len(counted[UNDECIDED])} cannot be told")
    return ", ".join(pieces)
