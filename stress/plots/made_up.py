"""What the tests of figures share: made-up results on disk, opened or altered, and the command under test."""
from __future__ import annotations

import contextlib
import functools
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
COMMAND = REPOSITORY / "scripts" / "plot_results.py"
if str(REPOSITORY / "scripts") not in sys.path:
    sys.path.insert(0, str(REPOSITORY / "scripts"))

from stealyard_tools.plots.view import make_view, result_view  # noqa: E402
from stealyard_tools.result_reader import read_result  # noqa: E402

from . import synthetic_results  # noqa: E402


@functools.cache
def document_text(*arguments: str) -> str:
    return json.dumps(synthetic_results.build(synthetic_results.parse(["unused", *arguments])))


@contextlib.contextmanager
def result_folder(*arguments: str, change: Callable[[dict], None] | None = None) -> Iterator[pathlib.Path]:
    """A result as synthetic_results makes it, after `change` has been at the document."""
    document = json.loads(document_text(*arguments))
    if change is not None:
        change(document)
    with tempfile.TemporaryDirectory(prefix="stealyard-plots-") as name:
        folder = pathlib.Path(name)
        (folder / "result.json").write_text(json.dumps(document))
        yield folder


def view_of(*arguments: str, change: Callable[[dict], None] | None = None, **filters: object) -> result_view:
    with result_folder(*arguments, change=change) as folder:
        return make_view(read_result(folder), **filters)


def run_command(*arguments: str | pathlib.Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-B", str(COMMAND), *map(str, arguments)], capture_output=True, text=True, check=False,
                          timeout=120, env={**os.environ, **environment})


def call_command(*arguments: str | pathlib.Path) -> tuple[int, str, str]:
    """The same in this process, which saves the second that importing matplotlib takes. Status, stdout, stderr."""
    import plot_results

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = plot_results.main([str(argument) for argument in arguments])
    return status, out.getvalue(), err.getvalue()


def set_times(document: dict, time_of: Callable[[dict, dict], float | None]) -> None:
    """Gives each measurement the one sample that time_of(block record, cell) returns; None leaves it alone."""
    cells = {cell["id"]: cell for cell in document["plan"]["cells"]}
    for record in document["measurements"]:
        value = time_of(record, cells[record["cell"]])
        if value is not None and "measurement" in record:
            record["measurement"]["samples"] = [value]
