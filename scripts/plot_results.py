#!/usr/bin/env python3
"""Draws the figures and the report of a result: plots/*.png, plots/*.svg, plots/report.html, plots/report.md.

Exit status: 0 done, 2 bad input (unknown name, unreadable, corrupt or newer result, unwritable folder), 3 nothing matched.
"""
from __future__ import annotations

import argparse
import importlib.util
import os
import pathlib
import sys

# matplotlib comes from Debian, and the python3 that is first in PATH may be another one.
_DEBIAN_PYTHON = "/usr/bin/python3"
_NEEDED = ("matplotlib", "numpy")


def _find_matplotlib() -> None:
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if not missing:
        return
    if "STEALYARD_PLOT_RESTARTED" not in os.environ and os.access(_DEBIAN_PYTHON, os.X_OK):
        os.environ["STEALYARD_PLOT_RESTARTED"] = "1"
        os.execv(_DEBIAN_PYTHON, [_DEBIAN_PYTHON, *sys.argv])
    print(f"plot_results: {sys.executable} has no {' and no '.join(missing)}; run scripts/setup", file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    _find_matplotlib()

from stealyard_tools.arguments import one_line_parser  # noqa: E402
from stealyard_tools.errors import STATUS_INTERRUPTED, nothing_matched, refusal, unknown_name, usage_error  # noqa: E402
from stealyard_tools.plots import FIGURES, nothing_to_draw  # noqa: E402
from stealyard_tools.plots.files import FORMATS, render, write_atomically  # noqa: E402
from stealyard_tools.plots.report import as_notes, as_page  # noqa: E402
from stealyard_tools.plots.tables import summary  # noqa: E402
from stealyard_tools.plots.view import make_view, result_view  # noqa: E402
from stealyard_tools.result_reader import read_result, result_file  # noqa: E402
from stealyard_tools.terminal import survive_any_locale, width  # noqa: E402

from matplotlib import pyplot  # noqa: E402  (after our own: they keep it quiet)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _counts(text: str) -> list[int]:
    counts = []
    for name in _names(text):
        if not name.isdecimal() or int(name) < 1:
            raise argparse.ArgumentTypeError(f"'{name}' is not a number of workers: whole numbers from 1, separated by commas, are accepted")
        counts.append(int(name))
    return counts


def _parse(arguments: list[str]) -> argparse.Namespace:
    figures = "\n".join(f"  {name:<9} {about}" for name, (_, about) in FIGURES.items())
    parser = one_line_parser(prog="plot_results", description=__doc__, epilog=f"figures:\n{figures}")
    parser.add_argument("result", type=pathlib.Path, help="a result folder or its result.json")
    parser.add_argument("--out", type=pathlib.Path, metavar="DIR", help="where to write (default: plots/ beside result.json)")
    parser.add_argument("--figure", type=_names, action="extend", metavar="NAME,...", help="only these figures, and no report")
    parser.add_argument("--format", type=_names, action="extend", metavar="FORMAT,...", help=f"{','.join(FORMATS)} (default: both)")
    parser.add_argument("--workload", type=_names, action="extend", metavar="NAME,...", help="only these workloads")
    parser.add_argument("--workers", type=_counts, action="extend", metavar="N,...", help="only these worker counts")
    parser.add_argument("--series", type=_names, action="extend", metavar="LABEL,...", help="only these, the baseline and the peer")
    parser.add_argument("--baseline", metavar="LABEL", help="what the heatmap's ratios are to (default: the default parts)")
    parser.add_argument("--peer", metavar="SUBJECT", help="whom the forest plot compares us with (default: the first peer measured)")
    parser.add_argument("--summary", nargs="?", const="plain", metavar="FORM", help="also print the tables: plain (default) or markdown")
    parser.add_argument("--only_report", action="store_true", help="write report.html alone")
    parser.add_argument("--no-figures", action="store_true", help="write nothing; with --summary")
    options = parser.parse_all(arguments)
    if options.only_report and (options.figure or options.format or options.no_figures):
        raise usage_error("--only_report excludes --figure, --format and --no-figures: a report has every figure in it")
    for what, given, known in (("figure", options.figure, FIGURES), ("format", options.format, FORMATS),
                               ("summary form", [options.summary] if options.summary else [], ("plain", "markdown"))):
        for name in given or ():
            if name not in known:
                raise unknown_name(what, name, known)
    return options


def _draw(view: result_view, names: list[str], formats: list[str], insist: bool) -> dict[str, dict[str, bytes]]:
    """The pictures by figure and format; a figure without data is refused when it was asked for by name, else told."""
    drawn = {}
    for name in names:
        try:
            figure = FIGURES[name][0](view)
        except nothing_to_draw as reason:
            if insist:
                raise nothing_matched(f"figure '{name}' has nothing to show: {reason}") from None
            print(f"{name}: not drawn, {reason}")
            continue
        drawn[name] = {form: render(figure, form) for form in formats}
        pyplot.close(figure)
    return drawn


def _write(folder: pathlib.Path, contents: dict[str, bytes]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            write_atomically(folder / name, content)
            print(folder / name)
    except OSError as error:
        raise usage_error(f"cannot write to {folder}: {error.strerror}; give a writable folder with --out") from None


def _run(arguments: list[str]) -> None:
    options = _parse(arguments)
    result = read_result(options.result)
    view = make_view(result, workload=options.workload, workers=options.workers, series=options.series, baseline=options.baseline,
                     peer=options.peer)
    if not options.no_figures:
        names = list(dict.fromkeys(options.figure or FIGURES))
        formats = [] if options.only_report else list(dict.fromkeys(options.format or FORMATS))
        for_report = ["svg"] if options.figure is None else []
        drawn = _draw(view, names, list(dict.fromkeys([*formats, *for_report])), insist=options.figure is not None)
        contents = {f"{name}.{form}": pictures[form] for name, pictures in drawn.items() for form in formats}
        if options.figure is None:
            described = {name: (FIGURES[name][1], pictures["svg"]) for name, pictures in drawn.items()}
            contents["report.html"] = as_page(view, described)
        if options.figure is None and not options.only_report:
            contents["report.md"] = as_notes(view, described, formats[0])
        _write(options.out or result_file(options.result).parent / "plots", contents)
    if options.summary:
        print(summary(view, options.summary, width()), end="")


def main(arguments: list[str]) -> int:
    survive_any_locale()
    try:
        _run(arguments)
    except refusal as error:
        print(f"plot_results: {error}", file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        print("plot_results: interrupted; every file written is whole", file=sys.stderr)
        return STATUS_INTERRUPTED
    except BrokenPipeError:  # the reader of --summary has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
