"""The builds a test run can take: {plain, ASan+UBSan, TSan} x {g++, clang-19}; one a commit, all of them under --full."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

SANITIZERS = {"plain": "dev", "asan": "asan", "tsan": "tsan-runtime", "tsan-go": "tsan-go", "perturbed": "perturbed"}
COMPILERS = {"g++": "", "clang-19": "-clang"}
ROTATED = tuple((sanitizer, compiler) for compiler in COMPILERS for sanitizer in ("plain", "asan", "tsan"))


@dataclass(frozen=True)
class configuration:
    sanitizer: str
    compiler: str

    @property
    def preset(self) -> str:
        return SANITIZERS[self.sanitizer] + COMPILERS[self.compiler]

    @property
    def plain(self) -> bool:
        return self.sanitizer == "plain"

    def __str__(self) -> str:
        return f"{self.sanitizer} with {self.compiler}"


def by_commit(commit: str | None) -> tuple[configuration, str]:
    """The configuration whose turn it is, and why."""
    if commit is None:
        return configuration(*ROTATED[0]), "no commit to choose by"
    turn = int(commit, 16) % len(ROTATED)
    return configuration(*ROTATED[turn]), f"commit {commit[:12]} mod {len(ROTATED)} = {turn}"


def every() -> list[configuration]:
    return [configuration(sanitizer, compiler) for compiler in COMPILERS for sanitizer in SANITIZERS]


def head(folder: str = ".") -> str | None:
    try:
        asked = subprocess.run(["git", "-C", folder, "rev-parse", "--verify", "HEAD"], capture_output=True, text=True, check=False)
    except OSError:
        return None
    return asked.stdout.strip() if asked.returncode == 0 else None
