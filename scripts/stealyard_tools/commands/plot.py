"""scripts/stealyard plot: scripts/plot_results.py under a Python that has matplotlib; every argument is passed on to it."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

from ..build_folder import REPOSITORY
from ..errors import usage_error

ABOUT = "figures from results (arguments go to scripts/plot_results.py; --help there)"
FIGURES = ("heatmap", "peer", "pareto", "scaling", "latency", "micro", "topology", "drift")
SWITCHES = ("--no-figures", "--only_report", "--help")  # flags without a value
FLAGS = ("--out", "--figure", "--format", "--workload", "--workers", "--series", "--baseline", "--peer", "--summary", *SWITCHES)
CANDIDATES = (sys.executable, os.environ.get("STEALYARD_PYTHON"), str(REPOSITORY / ".venv/bin/python"), "/usr/bin/python3")


def run_with(words: list[str]) -> int:
    python = find_python()
    sys.stdout.flush()
    os.execv(python, [python, str(REPOSITORY / "scripts" / "plot_results.py"), *words])


def find_python() -> str:
    """The first interpreter in PATH is often one without the plotting packages: ask each for them."""
    for candidate in CANDIDATES:
        if candidate and pathlib.Path(candidate).exists():
            asked = subprocess.run([candidate, "-c", "import matplotlib, numpy"], capture_output=True, check=False)
            if asked.returncode == 0:
                return candidate
    raise usage_error("no Python with matplotlib and numpy was found; run scripts/setup, or name one in STEALYARD_PYTHON")
