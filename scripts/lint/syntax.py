"""Scripts that nobody ran today still parse: bash -n, and Python's own compiler."""

from __future__ import annotations

import subprocess

from tree import finding, tree

ABOUT = "bash and Python scripts parse"


def check(of: tree) -> list[finding]:
    found = []
    for path in of.paths:
        text = of.text(path) if path.startswith(("scripts/", "stress/", "bench/", ".ci/")) and not path.endswith((".hpp", ".cpp", ".xml")) else ""
        first = text.partition("\n")[0]
        if first.startswith("#!") and "bash" in first:
            done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                found.append(finding(path, 0, " ".join(done.stderr.split())))
        elif path.endswith(".py") or (first.startswith("#!") and "python" in first):
            try:
                compile(text, path, "exec")
            except SyntaxError as error:
                found.append(finding(path, error.lineno or 0, error.msg))
    return found
