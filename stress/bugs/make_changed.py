"""make_changed.py LABEL FOLDER: the headers that the bug KIND.VARIANT+NAME changes, in FOLDER as they lie in the source tree.

FOLDER comes first on the include path of the bug's programs. A patch or a row that no longer fits fails the build: a seeded bug cannot drift.
"""

from __future__ import annotations

import json
import pathlib
import re
import shutil
import subprocess
import sys

BUGS = pathlib.Path(__file__).resolve().parent
ROOT = BUGS.parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

from stealyard_tools.order_text import replaced  # noqa: E402

WEAKER = re.compile(r"(?P<file>[\w/]+\.hpp):(?P<row>[A-Z]\d+)(?::(?P<role>\w+))?=(?P<order>\w+)")


def make(label: str, folder: pathlib.Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    bug = next(each for each in json.loads((BUGS / "bugs.json").read_text())["bugs"]
               if f"{each['kind']}.{each['variant']}+{each['name']}" == label)
    if "weakened" in bug:
        for text in bug["weakened"]:
            weaken(folder, WEAKER.fullmatch(text))
    else:
        copied(folder, f"{bug['kind']}/{bug['variant']}.hpp")
        patch = BUGS / f"{bug['kind']}.{bug['variant']}.{bug['name']}.patch"
        subprocess.run(["patch", "--quiet", "--force", "--no-backup-if-mismatch", "-p1", "-d", folder, "-i", patch], check=True)
    (folder / "made").touch()


def copied(folder: pathlib.Path, header: str) -> pathlib.Path:
    path = folder / "variants" / header
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "variants" / header, path)
    return path


def weaken(folder: pathlib.Path, what: re.Match[str]) -> None:
    path = copied(folder, what["file"])
    path.write_text(replaced(path.read_text(), what["row"], what["role"] or "", what["order"]))


if __name__ == "__main__":
    make(sys.argv[1], pathlib.Path(sys.argv[2]))
