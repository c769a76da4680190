"""Files that are either the whole new content or what was there before."""
from __future__ import annotations

import io
import os
import pathlib
import tempfile

from matplotlib.figure import Figure
from PIL import Image  # matplotlib depends on it

from .style import DOTS_PER_INCH

FORMATS = ("png", "svg")
# No date and no software version inside the file: the same result gives the same bytes.
_METADATA = {"png": {"Software": None}, "svg": {"Date": None, "Creator": "stealyard"}}


def write_atomically(path: pathlib.Path, content: bytes) -> None:
    """Writes beside the target, syncs, renames; on any error the target is untouched and nothing is left behind."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)  # mkstemp makes it private, but plots are there to be shown
        os.replace(name, path)
    except BaseException:
        pathlib.Path(name).unlink(missing_ok=True)
        raise


def render(figure: Figure, file_format: str) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format=file_format, dpi=DOTS_PER_INCH, metadata=_METADATA[file_format])
    return _smaller(buffer) if file_format == "png" else buffer.getvalue()


def _smaller(picture: io.BytesIO) -> bytes:
    """No transparency, best compression. Not a palette: 256 colours would shift those that name a series."""
    smaller = io.BytesIO()
    Image.open(picture).convert("RGB").save(smaller, format="PNG", optimize=True)
    return smaller.getvalue()
