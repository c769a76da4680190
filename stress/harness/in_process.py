"""scripts/stealyard in this very process: most commands do less than a start of Python costs.

What becomes another program, is to be stopped, or is about the environment takes a process of its own.
"""

import contextlib
import io
import subprocess

from stress.harness import sample_result as sample  # noqa: F401 (the path to the tools)
from stealyard_tools.front_door import main


def front_door(*words):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = main([str(word) for word in words])
        except SystemExit as end:  # --help
            status = end.code or 0
    return subprocess.CompletedProcess(words, status, out.getvalue(), err.getvalue())
