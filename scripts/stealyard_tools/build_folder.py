"""The CMake build folder: where executables are, and how they come to be."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys

from .errors import usage_error

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
SEARCH_DEPTH = 4


class build_folder:
    """One build: --build DIR, else STEALYARD_BUILD, else build/<preset>."""

    def __init__(self, given: str | None, preset: str) -> None:
        chosen = given or os.environ.get("STEALYARD_BUILD")
        self.preset = preset
        self.by_preset = not chosen
        self.path = pathlib.Path(chosen) if chosen else REPOSITORY / "build" / preset
        if self.path.exists() and not self.path.is_dir():
            raise usage_error(f"the build folder {self.path} is a file; give a folder (--build, STEALYARD_BUILD)")

    @property
    def configured(self) -> bool:
        return (self.path / "CMakeCache.txt").exists()

    @property
    def has_variants_from_outside(self) -> bool:
        return self.configured and bool(re.search(r"^STEALYARD_EXTRA_VARIANTS:\w+=.", (self.path / "CMakeCache.txt").read_text(encoding="utf-8",
                                                                                                                     errors="replace"), re.MULTILINE))

    def configure(self) -> None:
        if self.configured:
            return
        if self.by_preset:
            self._run(["cmake", "--preset", self.preset], "configuring")
        else:
            generator = ["-G", "Ninja"] if shutil.which("ninja") else []
            settings = ["-DCMAKE_BUILD_TYPE=Release"] if self.preset == "release" else ["-DCMAKE_BUILD_TYPE=RelWithDebInfo"]
            self._run(["cmake", "-S", str(REPOSITORY), "-B", str(self.path), *generator, *settings], "configuring")

    def refresh(self) -> None:
        """Configures anew where what configuring reads has changed: a variant was added, a claim."""
        self.configure()
        if (self.path / "build.ninja").exists():
            self._run(["cmake", "--build", str(self.path), "--target", "build.ninja"], "configuring")
        else:
            self._run(["cmake", str(self.path)], "configuring")

    def build(self, targets: list[str]) -> None:
        """Brings the targets up to date; with nothing to do this takes a fraction of a second. No target: everything."""
        self.configure()
        chosen = ["--target", *targets] if targets else []
        self._run(["cmake", "--build", str(self.path), *chosen, "--parallel", str(os.cpu_count() or 1)],
                  f"building {', '.join(targets) if len(targets) < 10 else f'{len(targets)} targets'}" if targets else "building everything")

    def find(self, name: str) -> pathlib.Path | None:
        """The executable of that name: in bin/, else anywhere near the top."""
        for pattern in (f"bin/{name}", *("*/" * depth + name for depth in range(SEARCH_DEPTH + 1))):
            for path in sorted(self.path.glob(pattern)):
                if path.is_file() and os.access(path, os.X_OK):
                    return path
        return None

    def _run(self, command: list[str], doing: str) -> None:
        log = self.path / "stealyard-build.log"
        print(f"{doing} in {self._shown()} …", file=sys.stderr, flush=True)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with open(log, "w", encoding="utf-8") as output:
                status = subprocess.run(command, cwd=REPOSITORY, stdout=output, stderr=subprocess.STDOUT, check=False).returncode
        except FileNotFoundError:
            raise usage_error("cmake is not installed; run scripts/setup") from None
        except OSError as error:
            raise usage_error(f"cannot use the build folder {self.path}: {error.strerror}") from None
        if status != 0:
            sys.stderr.write("".join(log.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)[-20:]))
            raise usage_error(f"{doing} failed; the whole output is in {log}")

    def _shown(self) -> str:
        try:
            return str(self.path.resolve().relative_to(REPOSITORY))
        except ValueError:
            return str(self.path)
