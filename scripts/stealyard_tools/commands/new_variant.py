"""scripts/stealyard new-variant: a header that compiles, its line in the list, and tests that say what is still to be written."""

from __future__ import annotations

import argparse
import pathlib
import re
import shlex

from ..arguments import KINDS
from ..atomic_file import write_text
from ..build_folder import REPOSITORY
from ..errors import unknown_name, usage_error

ABOUT = "begin a part of your own: makes the file and its line"
EPILOG = """\
examples:
  scripts/stealyard new-variant run_queue my_deque               in this tree: variants/run_queue/my_deque.hpp
  scripts/stealyard new-variant parker my_parker --out ~/parts   outside: a folder for -DSTEALYARD_EXTRA_VARIANTS
  scripts/stealyard stress --variant my_deque                    its tests: each names what is not written yet

exit status: 0 done, 2 usage (an unknown kind, a name that is taken or is no name)
"""
TEMPLATES = pathlib.Path(__file__).resolve().parents[1] / "new_variants"
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST_NAME = 40
# What compiles as a file name, but not as a type.
RESERVED = frozenset("""alignas alignof and asm auto bool break case catch char class concept const consteval constexpr constinit continue
decltype default delete do double else enum explicit export extern false float for friend goto if inline int long mutable namespace new
noexcept not nullptr operator or private protected public register requires return short signed sizeof static struct switch template this
throw true try typedef typeid typename union unsigned using virtual void volatile while xor claims""".split())


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", metavar="KIND", help=f"one of {', '.join(sorted(known_kinds()))}")
    parser.add_argument("name", metavar="NAME", help="of the type, the file and the label: snake_case")
    parser.add_argument("--out", metavar="DIR", help="a folder outside this tree, made if need be (default: variants/)")


def known_kinds() -> list[str]:
    return [path.name.removesuffix(".hpp.in") for path in TEMPLATES.glob("*.hpp.in")]


def run(arguments: argparse.Namespace) -> int:
    check_kind(arguments.kind)
    check_name(arguments.name)
    inside = REPOSITORY / "variants"
    folder = pathlib.Path(arguments.out) if arguments.out is not None else inside
    header = folder / arguments.kind / f"{arguments.name}.hpp"
    for taken in dict.fromkeys((inside / arguments.kind / header.name, header)):
        if taken.exists():
            raise usage_error(f"the {arguments.kind} {arguments.name} exists: {taken}; choose another name")
    text = (TEMPLATES / f"{arguments.kind}.hpp.in").read_text(encoding="utf-8")
    lines = listed(folder / "CMakeLists.txt", arguments.kind, arguments.name)
    try:
        header.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise usage_error(f"cannot make {header.parent}: {error.strerror}; choose a writable folder with --out") from None
    write_text(header, text.replace("@name@", arguments.name).replace("@kind@", arguments.kind))
    try:
        write_text(folder / "CMakeLists.txt", lines)
    except usage_error:
        header.unlink(missing_ok=True)  # a header without its line would stop every later configuration
        raise
    print(next_steps(arguments, header, folder if arguments.out is not None else None))
    return 0


def check_kind(kind: str) -> None:
    if kind in known_kinds():
        return
    if kind in KINDS:
        raise usage_error(f"no instrument checks variants of kind {kind} yet (there is no stress/*/{kind}.hpp); "
                          f"known: {', '.join(sorted(known_kinds()))}")
    raise unknown_name("kind", kind, known_kinds())


def check_name(name: str) -> None:
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise usage_error(f"the name '{name}' is not accepted: snake_case (a-z, 0-9, _) of at most {LONGEST_NAME} characters is")
    if name in RESERVED:
        raise usage_error(f"the name '{name}' is not accepted: it means something else in C++")


def listed(file: pathlib.Path, kind: str, name: str) -> str:
    """The list with the new line in its place: the lines `stealyard_variant(…)` stay sorted, the rest stays as it is."""
    line = f"stealyard_variant({kind} {name})"
    try:
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else ["# Variants from outside Stealyard's tree: one line each."]
    except (OSError, UnicodeDecodeError) as error:
        raise usage_error(f"cannot read {file}: {error}") from None
    entries = [at for at, text in enumerate(lines) if text.startswith("stealyard_variant(")]
    place = next((at for at in entries if lines[at] > line), entries[-1] + 1 if entries else len(lines))
    return "\n".join([*lines[:place], line, *lines[place:]]) + "\n"


def next_steps(arguments: argparse.Namespace, header: pathlib.Path, outside: pathlib.Path | None) -> str:
    build, configure = "", ""
    if outside is not None:
        extra = outside.resolve()
        build = " --build build/mine"
        configure = "  " + shlex.join(["cmake", "--preset", "dev", "-B", "build/mine", f"-DSTEALYARD_EXTRA_VARIANTS={extra}"]) + "\n"
    return f"""made {header} and its line in {header.parents[1] / 'CMakeLists.txt'}
next:
{configure}  scripts/stealyard stress{build} --variant {arguments.name}
                         fails, and names what is not written yet
  core/contract/{arguments.kind}.hpp
                         says what each operation must do
  scripts/stealyard bench{build} --workload spawn_join,ping_pong --{arguments.kind} {arguments.name}
                         once it passes"""
