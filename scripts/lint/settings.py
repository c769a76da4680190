"""How a lint is run."""

from __future__ import annotations

import pathlib
from dataclasses import dataclass


@dataclass(frozen=True)
class settings:
    full: bool
    fix: bool
    build_root: pathlib.Path
