"""Ctrl-C, SIGTERM and SIGHUP as one exception, which can be held back while something must not be cut in two."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class interrupted(BaseException):
    """Not an Exception: no handler of errors may swallow it."""


def _raise(number: int, frame: FrameType | None) -> None:
    raise interrupted(signal.Signals(number).name)


@contextlib.contextmanager
def raised_as_exception() -> Iterator[None]:
    before = {number: signal.signal(number, _raise) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """A signal that arrives inside is delivered at the end: a finished measurement is written before the run stops."""
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def ignore_from_now_on() -> None:
    """While saying goodbye: a second Ctrl-C must not cut the last words."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
