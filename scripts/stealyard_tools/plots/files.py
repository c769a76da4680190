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
_SVG_METADATA = {"Date": None, "Creator": "stealyard"}


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
    if file_format == "png":
        return _small_png(figure)
    figure.savefig(buffer, format=file_format, dpi=DOTS_PER_INCH, metadata=_SVG_METADATA)
    return buffer.getvalue()


def _small_png(figure: Figure) -> bytes:
    """No transparency, best compression. Not a palette: 256 colours would shift those that name a series."""
    dots, picture = io.BytesIO(), io.BytesIO()
    figure.savefig(dots, format="rgba", dpi=DOTS_PER_INCH)
    size = tuple(int(inches * DOTS_PER_INCH) for inches in figure.get_size_inches())
    Image.frombytes("RGBA", size, dots.getvalue()).convert("RGB").save(picture, format="PNG", optimize=True)
    return picture.getvalue()
