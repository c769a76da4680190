"""How far a run is: one line that is rewritten on a terminal, a plain line now and then elsewhere (NO_COLOR is honoured)."""

from __future__ import annotations

import shutil
import statistics as standard_statistics
import sys
import time
from typing import Any, TextIO

from .terminal import has_colour, on_terminal

PLAIN_LINE_EVERY_SECONDS = 15


def duration(seconds: float) -> str:
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"


class progress_line:
    def __init__(self, total: int, already_done: int, seconds_each: float, stream: TextIO = sys.stderr) -> None:
        self._total, self._done = total, already_done
        self._guess = seconds_each
        self._stream = stream
        self._live = on_terminal(stream)
        self._colour = has_colour(stream)
        self._took: list[float] = []
        self._last_plain = time.monotonic()

    def measuring(self, block: int, blocks: int, cell: dict[str, Any]) -> None:
        if self._live:
            what = f"block {block + 1}/{blocks}  {cell['subject']} {cell['workload']} workers {cell['workers']} {cell['label']}"
            self._rewrite(f"[{self._done}/{self._total}] {duration(self.seconds_left())} left  {what}")

    def measured(self, seconds: float) -> None:
        self._done += 1
        self._took.append(seconds)
        if not self._live and time.monotonic() - self._last_plain >= PLAIN_LINE_EVERY_SECONDS:
            self._last_plain = time.monotonic()
            self._plain(f"[{self._done}/{self._total}] {duration(self.seconds_left())} left")

    def seconds_left(self) -> float:
        each = standard_statistics.fmean(self._took) if self._took else self._guess
        return each * (self._total - self._done)

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
