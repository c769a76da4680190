"""How a tool refuses: one clear line on stderr and an exit status that scripts can rely on.

0 done, 1 a check failed (a wrong answer, a missed target), 2 usage or bad input, 3 a filter matched nothing, 130 interrupted.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

STATUS_CHECK_FAILED = 1
STATUS_USAGE = 2
STATUS_NOTHING_MATCHED = 3
STATUS_INTERRUPTED = 130


class refusal(Exception):
    """Ends the program with one line; `status` is the exit status."""

    status = STATUS_USAGE


class usage_error(refusal):
    """Something the caller gave cannot be used; the text names it and what is accepted."""


class check_failed(refusal):
    status = STATUS_CHECK_FAILED


class nothing_matched(refusal):
    status = STATUS_NOTHING_MATCHED


def unknown_name(what: str, given: str, known: Iterable[str]) -> usage_error:
    """The one wording for every unknown name: what was wrong, what is accepted, and a guess when one is close."""
    accepted = sorted(known)
    close = difflib.get_close_matches(given, accepted, n=1)
    guess = f" (did you mean '{close[0]}'?)" if close else ""
    return usage_error(f"unknown {what} '{given}'{guess}; known: {', '.join(accepted) or 'none'}")


def one_line(text: str, limit: int = 300) -> str:
    """A text from elsewhere (a compiler, a child) squeezed into one line of a message."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
