"""Files that are either there in full or not at all: written beside their place, flushed to the disk, then renamed into it."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import pathlib
from typing import Any

from .errors import usage_error

TEMPORARY_SUFFIX = ".tmp"

_REASONS = {
    errno.ENOSPC: "no space left there; free some or choose another folder",
    errno.EDQUOT: "the disk quota is used up; free some space or choose another folder",
    errno.EFBIG: "the file would exceed the size limit of this process",
    errno.EROFS: "the file system is read-only; choose another folder",
    errno.EACCES: "permission denied; choose a folder you may write to",
    errno.EPERM: "permission denied; choose a folder you may write to",
    errno.ENOTDIR: "a part of its path is a file, not a folder",
}


def cannot_write(path: pathlib.Path, error: OSError) -> usage_error:
    return usage_error(f"cannot write {path}: {_REASONS.get(error.errno or 0, error.strerror or str(error))}")


def write_text(path: pathlib.Path, text: str) -> None:
    """Atomic. Raises usage_error; whatever stood at `path` before is then still there, and no temporary file is left."""
    temporary = path.with_name(path.name + TEMPORARY_SUFFIX)
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        _flush_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise cannot_write(path, error) from None


def write_json(path: pathlib.Path, document: Any) -> None:
    write_text(path, json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def make_folder(path: pathlib.Path) -> None:
    """With those above it. Raises usage_error."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise usage_error(f"cannot make {path}: {_REASONS.get(error.errno or 0, error.strerror or str(error))}") from None


def _flush_folder(folder: pathlib.Path) -> None:
    """Makes the rename itself durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
