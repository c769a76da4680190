#!/usr/bin/env python3
"""Draws a machine: plot_topology.py FILE.svg|FILE.png < what `stealyard-topology --json` printed. Called by scripts/stealyard topology --svg,
under a Python that has matplotlib.

"round_trips" in that JSON, as stealyard-probe --matrix prints it, is drawn too. Exit status: 0 done, 2 bad input.
"""
from __future__ import annotations

import json
import pathlib
import sys

from stealyard_tools.errors import refusal, usage_error
from stealyard_tools.plots.files import FORMATS, render, write_atomically
from stealyard_tools.plots.topology import sheet_of
from stealyard_tools.terminal import survive_any_locale

WIDEST = 1024  # CPUs: more makes a sheet that nobody looks at


def main(words: list[str]) -> None:
    if len(words) != 1:
        raise usage_error("plot_topology takes one file to write")
    out = pathlib.Path(words[0])
    form = out.suffix.removeprefix(".")
    if form not in FORMATS:
        raise usage_error(f"cannot draw {out}: a name that ends in {' or '.join('.' + each for each in FORMATS)} is accepted")
    shown = json.load(sys.stdin)
    if len(shown["pus"]) > WIDEST:
        raise usage_error(f"{shown['origin']} has {len(shown['pus'])} CPUs; at most {WIDEST} are drawn")
    origin = shown["origin"] if shown["source"] != "xml" else pathlib.PurePath(shown["origin"]).name
    foot = [f"{origin} · {len(shown['pus'])} CPUs, {len(shown['cores'])} cores, {len(shown['nodes'])} NUMA nodes, {len(shown['packages'])} packages"]
    picture = render(sheet_of(shown, shown.get("round_trips"), [], foot), form)
    try:
        write_atomically(out, picture)
    except OSError as error:
        raise usage_error(f"cannot write {out}: {error.strerror}") from None
    print(out)


if __name__ == "__main__":
    survive_any_locale()
    try:
        main(sys.argv[1:])
    except refusal as reason:
        print(f"stealyard: {reason}", file=sys.stderr)
        sys.exit(reason.status)
