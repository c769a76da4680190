"""What may follow the words typed so far. Nothing is built or configured for it, and nothing here may fail: no answer is an answer."""

from __future__ import annotations

import argparse

from .arguments import KINDS
from .known_names import variants, workloads
from .profiles import PROFILES


def candidates(words: list[str]) -> list[str]:
    """`words`: after the program's name; the last is unfinished, perhaps empty. Empty: let the shell offer files."""
    from . import front_door  # it knows every command, and imports this

    *typed, last = unbroken(words) or [""]
    if not typed:
        return matching([*front_door.ORDER, "--help"], last)
    command, before = typed[0], typed[-1] if len(typed) > 1 else ""
    if command not in front_door.ORDER:
        return []
    flag, equals, begun = last.partition("=")
    if equals and flag.startswith("--"):
        return [f"{flag}={each}" for each in in_list(command, flag, begun)]
    if before.startswith("--") and takes_a_value(command, before):
        return in_list(command, before, last)
    if last.startswith("-"):
        return matching(flags(command), last)
    return matching(positional(command, len([word for word in typed[1:] if not word.startswith("-")])), last)


def unbroken(words: list[str]) -> list[str]:
    """bash breaks --flag=value into three words; and completes the last alone."""
    pieces = list(words)
    if len(pieces) >= 2 and pieces[-1] == "=" and pieces[-2].startswith("--"):
        return [*pieces[:-1], ""]
    if len(pieces) >= 3 and pieces[-2] == "=" and pieces[-3].startswith("--"):
        return [*pieces[:-2], pieces[-1]]
    return pieces


def matching(known: list[str] | tuple[str, ...], begun: str) -> list[str]:
    return sorted(name for name in known if name.startswith(begun))


def in_list(command: str, flag: str, begun: str) -> list[str]:
    """Values may be lists: what stands before the last comma is kept, and not offered again."""
    head, comma, last = begun.rpartition(",")
    taken = head.split(",") if head else []
    return [f"{head}{comma}{name}" for name in matching(values(command, flag), last) if name not in taken]


def parser_of(command: str) -> argparse.ArgumentParser | None:
    from . import front_door

    module = front_door.PARSED.get(command)
    if module is None:
        return None
    parser = argparse.ArgumentParser(prog=command)
    module.add_arguments(parser)
    return parser


def flags(command: str) -> list[str]:
    from . import front_door

    parser = parser_of(command)
    if parser is None:
        return [*front_door.PASSED_ON[command].FLAGS, "--help"]
    found = {option for action in parser._actions for option in action.option_strings if option.startswith("--")} - {"--KIND"}
    return sorted(found | ({f"--{kind}" for kind in KINDS} if command == "bench" else set()))


def takes_a_value(command: str, flag: str) -> bool:
    from . import front_door

    parser = parser_of(command)
    if parser is None:
        return flag not in front_door.PASSED_ON[command].SWITCHES
    return any(flag in action.option_strings and action.nargs != 0 for action in parser._actions)


def values(command: str, flag: str) -> list[str]:
    from . import zoo
    from .commands import plot, verify

    name = flag.removeprefix("--")
    if name in KINDS:
        return variants(name)
    if command == "zoo" and name in ("bug", "instrument"):
        return list(zoo.INSTRUMENTS) if name == "instrument" else [each.name or each.label for each in zoo.specimens()]
    known = {"kind": list(KINDS), "variant": variants(), "workload": workloads(), "profile": list(PROFILES), "group": ["workload", "micro"],
             "subject": ["stealyard", "go"], "workers": ["1", "2"], "figure": list(plot.FIGURES),
             "format": ["png", "svg"], "instrument": ["conformance", "property", "model", "go", "fiber", "topology", "house", "harness"],
             "only": list(verify.INSTRUMENTS), "policy": ["compact", "scatter", "one_per_core", "by_node"], "summary": ["plain", "markdown"]}
    return known.get(name, [])


def positional(command: str, position: int) -> list[str]:
    from .commands import completion, new_variant

    if command == "new-variant":
        return new_variant.known_kinds() if position == 0 else []
    if command == "verify":
        return variants()
    if command == "list":
        return [*(kind for kind in KINDS if variants(kind)), *variants()]
    return list(completion.SHELLS) if command == "completion" and position == 0 else []
