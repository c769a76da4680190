"""argparse, made to refuse in one line: what was wrong and what is accepted."""

from __future__ import annotations

import argparse
import os
import pathlib
import re
from collections.abc import Callable
from typing import Any, NoReturn

from .errors import one_line, unknown_name, usage_error
from .terminal import fitted, help_width

KINDS = ("run_queue", "channel_buffer", "channel", "parker", "idle", "victim", "stack", "context_switch", "timer_queue", "reclaim", "selector")


def _formatter(prog: str) -> argparse.HelpFormatter:
    return argparse.RawDescriptionHelpFormatter(prog, width=help_width())


class one_line_parser(argparse.ArgumentParser):
    def __init__(self, *positional: Any, **named: Any) -> None:
        super().__init__(*positional, allow_abbrev=False, formatter_class=_formatter, **named)

    def format_help(self) -> str:
        return fitted(super().format_help(), help_width())

    def error(self, message: str) -> NoReturn:
        raise usage_error(f"{one_line(message)}; see {self.prog} --help")

    def parse_all(self, words: list[str]) -> argparse.Namespace:
        for word in words:  # first: a flag nobody knows explains what else is missing
            if word.startswith("--") and word != "--" and word.partition("=")[0] not in self._option_string_actions:
                self.refuse_unknown([word])
        arguments, unknown = self.parse_known_args(words)
        self.refuse_unknown(unknown)
        return arguments

    def refuse_unknown(self, words: list[str]) -> None:
        for word in words:
            if word.startswith("-"):
                raise unknown_name("flag", word.partition("=")[0], self.known_flags())
            raise usage_error(f"unexpected argument '{word}'; see {self.prog} --help")

    def known_flags(self) -> list[str]:
        return sorted({option for action in self._actions for option in action.option_strings if option.startswith("--")} - {"--KIND"})


def add_build_flags(parser: Any, preset: str = "dev", needs: str = "") -> None:
    """--build, --no_build: of a command that runs what is compiled. `needs`: what not every build folder is."""
    parser.add_argument("--build", metavar="DIR", help=f"the build folder{needs} (default: STEALYARD_BUILD, else build/{preset})")
    parser.add_argument("--no_build", action="store_true", help="take the executables as they are")


def add_jobs_flag(parser: Any, of: str, most: int = 64, usual: int = 64) -> None:
    """--jobs: how many processes at a time, `usual` at most unless it is given."""
    parser.add_argument("--jobs", metavar="N", type=whole_number(1, most), default=min(usual, os.cpu_count() or 1), help=of)


def add_publishing_flags(parser: argparse.ArgumentParser, published: str, folder: pathlib.Path, whole: str = "") -> Any:
    """--folder; --write, --json, --pages, of which one. Returns the group of these, for what excludes them besides."""
    parser.add_argument("--folder", metavar="DIR", type=pathlib.Path, default=folder, help=f"in place of {published}")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--write", action="store_true", help=f"publish in {published}{whole}")
    what.add_argument("--json", action="store_true", help="print what would be published")
    what.add_argument("--pages", action="store_true", help="only the pages anew, from what is published")
    return what


def whole_number(low: int, high: int) -> Callable[[str], int]:
    def convert(text: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,20}", text) or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"'{text}' is not accepted: a whole number from {low} to {high} is")
        return int(text)
    return convert


def positive_number(high: float) -> Callable[[str], float]:
    def convert(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = 0.0
        if not 0 < value <= high:
            raise argparse.ArgumentTypeError(f"'{text}' is not accepted: a number above 0, at most {high:g}, is")
        return value
    return convert


def comma_list(convert: Callable[[str], Any] = str) -> Callable[[str], tuple[Any, ...]]:
    """'a,b' as ('a', 'b'), each once."""
    def split(text: str) -> tuple[Any, ...]:
        words = [word.strip() for word in text.split(",")]
        if not all(words):
            raise argparse.ArgumentTypeError(f"'{text}' is not accepted: names separated by commas are")
        return tuple(dict.fromkeys(convert(word) for word in words))
    return split
