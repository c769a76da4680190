"""Subcommands by name; every refusal ends here as one line on stderr and an exit status."""

from __future__ import annotations

import sys

from . import completing
from .arguments import one_line_parser
from .commands import bench, compare, completion, doctor, ledger, list as list_command, new_variant, plot, report, stress, topology, verify, zoo
from .errors import refusal, unknown_name
from .terminal import fitted, help_width, survive_any_locale

PARSED = {"doctor": doctor, "list": list_command, "bench": bench, "compare": compare, "stress": stress, "verify": verify, "ledger": ledger, "zoo": zoo, "new-variant": new_variant,
          "completion": completion}
PASSED_ON = {"topology": topology, "plot": plot, "report": report}
ORDER = ("doctor", "list", "topology", "bench", "compare", "plot", "report", "stress", "verify", "ledger", "zoo", "new-variant", "completion")

EXAMPLES = """\
examples:
  scripts/stealyard doctor                                what on this machine will spoil measurements, and what mends it
  scripts/stealyard list                                  which parts there are, what each claims, where it comes from
  scripts/stealyard topology                              this machine as the scheduler sees it
  scripts/stealyard bench --profile quick --out /tmp/run  measure every variant in two minutes
  scripts/stealyard plot /tmp/run                         figures of it
  scripts/stealyard report /tmp/run                       everything about it on one page that works offline
  scripts/stealyard compare /tmp/run --baseline go        how many times faster than Go, with intervals
  scripts/stealyard stress --variant chase_lev            every test of one variant
  scripts/stealyard verify chase_lev                      one verdict on one variant, by every instrument
  scripts/stealyard ledger --variant chase_lev            which of its memory orders are needed
  scripts/stealyard zoo --bug slot_read_late              which instrument finds a seeded bug, and how soon
  scripts/stealyard new-variant run_queue my_deque        begin a part of your own
  source <(scripts/stealyard completion bash)             complete commands, flags and names

`scripts/stealyard COMMAND --help` says more. Exit status: 0 done, 1 a check failed, 2 usage, 3 nothing matched.
"""


def help_text() -> str:
    about = {**PARSED, **PASSED_ON}
    commands = "\n".join(f"  {name:<13}{about[name].ABOUT}" for name in ORDER)
    return fitted(f"usage: scripts/stealyard COMMAND ...\n\ncommands:\n{commands}\n\n{EXAMPLES}", help_width())


def main(words: list[str]) -> int:
    survive_any_locale()
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
    if name == "completion" and rest[:1] == ["--words"]:  # not for argparse: half a command line is its argument
        print("\n".join(completing.candidates(rest[1:])))
        return 0
    if name in PASSED_ON:
        return PASSED_ON[name].run_with(rest)
    if name not in PARSED:
        raise unknown_name("flag" if name.startswith("-") else "command", name, ["--help"] if name.startswith("-") else ORDER)
    module = PARSED[name]
    parser = one_line_parser(prog=f"scripts/stealyard {name}", description=module.ABOUT, epilog=module.EPILOG)
    module.add_arguments(parser)
    return module.run(parser.parse_all(rest))
