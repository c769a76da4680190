"""How far a run is: one line that is rewritten on a terminal, a plain line now and then elsewhere (NO_COLOR is honoured)."""

from __future__ import annotations

import shutil
import statistics as standard_statistics
import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

from .terminal import has_colour, on_terminal, paragraph, width

PLAIN_LINE_EVERY_SECONDS = 15
ENOUGH_TO_TELL = 24  # measurements in random order, whose mean tells how long the rest takes; or a quarter of the time


def duration(seconds: float) -> str:
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"


class progress_line:
    def __init__(self, total: int, already_done: int, seconds_each: float, stream: TextIO | None = None, *, blocks: int = 1,
                 limit_seconds: float | None = None, go_on: str = "", clock: Callable[[], float] = time.monotonic) -> None:
        """`limit_seconds`: when measuring stops, done or not; `go_on`: the command that measures what is then missing."""
        self._total, self._done = total, already_done
        self._guess = seconds_each
        self._stream = stream or sys.stderr
        self._blocks, self._limit, self._go_on, self._clock = blocks, limit_seconds, go_on, clock
        self._live = on_terminal(self._stream)
        self._colour = has_colour(self._stream)
        self._took: list[float] = []
        self._begun = self._last_plain = clock()
        self._warned = False

    def measuring(self, block: int, cell: dict[str, Any]) -> None:
        if self._live:
            what = f"block {block + 1}/{self._blocks}  {cell['subject']} {cell['workload']} workers {cell['workers']} {cell['label']}"
            self._rewrite(f"[{self._done}/{self._total}] {self.left()}  {what}")

    def measured(self, seconds: float) -> None:
        self._done += 1
        self._took.append(seconds)
        self._warn_once()
        if not self._live and self._clock() - self._last_plain >= PLAIN_LINE_EVERY_SECONDS:
            self._last_plain = self._clock()
            self._plain(f"[{self._done}/{self._total}] {self.left()}")

    def left(self) -> str:
        """The time left; where that is too short for the plan, what fits into it."""
        fitting = self.blocks_that_will_fit()
        if fitting == self._blocks:
            return f"{duration(self._each() * (self._total - self._done))} left"
        return f"{duration(self._limit_left())} left, time for {fitting} of {self._blocks} blocks"

    def blocks_that_will_fit(self) -> int:
        if self._limit is None or self._each() * (self._total - self._done) <= self._limit_left():
            return self._blocks
        reached = self._done + self._limit_left() / self._each()
        return min(self._blocks - 1, int(reached * self._blocks / self._total))

    def _each(self) -> float:
        return standard_statistics.fmean(self._took) if self._took else self._guess

    def _limit_left(self) -> float:
        return max(0.0, (self._limit or 0.0) - (self._clock() - self._begun))

    def _warn_once(self) -> None:
        if self._warned or self._limit is None or (fitting := self.blocks_that_will_fit()) == self._blocks:
            return
        if len(self._took) < ENOUGH_TO_TELL and self._limit_left() > 0.75 * self._limit:
            return
        self._warned = True
        text = (f"stealyard: slower than planned: about {fitting} of {self._blocks} blocks fit into {self._limit:g} s of measuring, so intervals "
                "will be wider; what is left out, this measures later:")
        self.note(f"{paragraph(text, '', width(self._stream))}\n  {self._go_on}")

    def note(self, text: str, *, bad: bool = False) -> None:
        """A line that stays."""
        self.clear()
        self._plain(f"\x1b[31m{text}\x1b[0m" if bad and self._colour else text)

    def clear(self) -> None:
        if self._live:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _rewrite(self, text: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        text = text[:width]
        count = text.index("]") + 1 if "]" in text else 0
        shown = f"\x1b[36m{text[:count]}\x1b[0m{text[count:]}" if self._colour and count else text
        self._stream.write(f"\r\x1b[K{shown}")
        self._stream.flush()

    def _plain(self, text: str) -> None:
        self._stream.write(text + "\n")
        self._stream.flush()
