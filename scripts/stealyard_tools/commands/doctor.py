"""scripts/stealyard doctor: what on this machine will spoil a measurement, and the line that mends it."""

from __future__ import annotations

import argparse
import json
import pathlib
import sys

from ..errors import STATUS_CHECK_FAILED, usage_error
from ..machine_checks import finding, examine, machine_files
from ..terminal import paint, paragraph, width

ABOUT = "what on this machine will spoil measurements, and the line that mends it"
EPILOG = """\
examples:
  scripts/stealyard doctor                           look at this machine (takes a second)
  scripts/stealyard doctor --json | jq '.checks[] | select(.state == "bad")'
  scripts/stealyard doctor --root /tmp/copy          a copy of another machine's /proc and /sys

bad: moves or spreads the numbers, and can be mended. note: worth knowing when reading them. Nothing is changed.
exit status: 0 nothing bad was found, 1 something was, 2 usage
"""
COLOURS = {"bad": "red", "note": "yellow", "good": "green", "unknown": "faint"}
STATE_WIDTH, NAME_WIDTH = 8, 16


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--root", metavar="DIR", default="/", help="where proc/ and sys/ are (default: /)")
    parser.add_argument("--all", action="store_true", help="also what is good, with the reasons")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    if not (pathlib.Path(arguments.root) / "proc").is_dir():
        raise usage_error(f"--root {arguments.root}: there is no folder proc in it")
    found = examine(machine_files(arguments.root))
    bad = [each for each in found if each.state == "bad"]
    if arguments.json:
        json.dump({"schema": "stealyard.doctor/1", "bad": len(bad), "checks": [each.as_json() for each in found]}, sys.stdout, indent=1)
        print()
    else:
        print(shown(found, arguments.all))
    return STATUS_CHECK_FAILED if bad else 0


def shown(found: list[finding], everything: bool) -> str:
    lines = []
    for each in found:
        indent = " " * (STATE_WIDTH + NAME_WIDTH)
        value = paragraph(each.value, indent, width()).removeprefix(indent)
        lines.append(f"{paint(each.state.ljust(STATE_WIDTH), COLOURS[each.state], sys.stdout)}{each.name.ljust(NAME_WIDTH)}{value}")
        if each.state in ("bad", "note") or everything:
            lines += [paragraph(each.why, " " * STATE_WIDTH, width())] if each.why else []
            # Never wrapped: it is there to be copied.
            lines += [f"{' ' * STATE_WIDTH}mend: {each.mend}"] if each.mend else []
    bad = sum(each.state == "bad" for each in found)
    verdict = "nothing here spoils a measurement" if not bad else f"{bad} of {len(found)} will spoil measurements"
    return "\n".join([*lines, "", verdict])
