"""Subcommands by name; every refusal ends here as one line on stderr and an exit status."""

from __future__ import annotations

import sys

from .arguments import one_line_parser
from .commands import bench, compare, list as list_command, plot, stress, topology
from .errors import refusal, unknown_name, usage_error

PARSED = {"list": list_command, "bench": bench, "stress": stress, "compare": compare}
PASSED_ON = {"topology": topology, "plot": plot}
ORDER = ("list", "topology", "bench", "compare", "plot", "stress")

EXAMPLES = """\
examples:
  scripts/stealyard list                                  which parts there are, what each claims, where it comes from
  scripts/stealyard topology                              this machine as the scheduler sees it
  scripts/stealyard bench --profile quick --out /tmp/run  measure everything in two minutes
  scripts/stealyard plot /tmp/run                         figures of it
  scripts/stealyard compare /tmp/run --baseline go        how many times faster than Go, with intervals
  scripts/stealyard stress --variant chase_lev            every test of one variant

`scripts/stealyard COMMAND --help` says more. Exit status: 0 done, 1 a check failed, 2 usage, 3 nothing matched.
"""


def help_text() -> str:
    about = {**PARSED, **PASSED_ON}
    commands = "\n".join(f"  {name:<10}{about[name].ABOUT}" for name in ORDER)
    return f"usage: scripts/stealyard COMMAND ...\n\ncommands:\n{commands}\n\n{EXAMPLES}"


def main(words: list[str]) -> int:
    try:
        return dispatch(words)
    except refusal as reason:
        print(f"stealyard: {reason}", file=sys.stderr)
        return reason.status
    except BrokenPipeError:
        return quiet_broken_pipe()


def quiet_broken_pipe() -> int:
    """`stealyard list | head` is no error; but Python would complain when it flushes stdout at its end."""
    sys.stdout = None  # type: ignore[assignment]
    return 0


def dispatch(words: list[str]) -> int:
    if not words or words[0] in ("-h", "--help", "help"):
        print(help_text(), end="")
        return 0 if words else 2
    name, rest = words[0], words[1:]
    if name in PASSED_ON:
        return pass_on(name, rest)
    if name not in PARSED:
        raise unknown_name("flag" if name.startswith("-") else "command", name, ["--help"] if name.startswith("-") else ORDER)
    module = PARSED[name]
    parser = one_line_parser(prog=f"scripts/stealyard {name}", description=module.ABOUT, epilog=module.EPILOG)
    module.add_arguments(parser)
    return module.run(parser.parse_all(rest))


def pass_on(name: str, words: list[str]) -> int:
    if name == "plot":
        return plot.run_with(words)
    build = None
    if "--build" in words:
        at = words.index("--build")
        if at + 1 == len(words):
            raise usage_error("--build needs a folder")
        build, words = words[at + 1], words[:at] + words[at + 2:]
    return topology.run_with(words, build)
