"""The folder of one run: its lock, its plan, its block files, and the result made from them.

Every file is written atomically, and a block file's name says which (block, position) it is. So a run that was killed at any
moment is continued by measuring the (block, position)s without a file, and each is there exactly once at the end.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pathlib
import re
from collections.abc import Iterator
from typing import Any

from .atomic_file import TEMPORARY_SUFFIX, cannot_write, write_json
from .documents import check_document, read_document
from .errors import usage_error
from .json_schema import load_schema


class run_folder:
    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        self.plan_file = path / "plan.json"
        self.environment_file = path / "environment.json"
        self.result_file = path / "result.json"
        self.blocks = path / "blocks"
        self.lock_file = path / ".lock"

    def block_file(self, block: int, position: int) -> pathlib.Path:
        return self.blocks / f"{block:04d}-{position:03d}.json"

    def create(self) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except FileExistsError:
            raise usage_error(f"--out {self.path} is a file; give a folder that is empty or does not exist") from None
        except OSError as error:
            raise cannot_write(self.path, error) from None

    def refuse_contents(self) -> None:
        """A new run starts in an empty folder. Asked under the lock: a run that just ended here may have filled it."""
        held = sorted(entry.name for entry in self.path.iterdir() if entry.name != self.lock_file.name)
        if held:
            how = f"continue it with --resume {self.path}, or " if "plan.json" in held else ""
            raise usage_error(f"--out {self.path} is not empty (it holds {held[0]}); {how}give a folder that is empty or does not exist")

    def make_blocks(self) -> None:
        try:
            self.blocks.mkdir(exist_ok=True)
            for leftover in self.path.rglob(f"*{TEMPORARY_SUFFIX}"):
                leftover.unlink()
        except OSError as error:
            raise cannot_write(self.blocks, error) from None

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Holds the folder for this process. The kernel drops the lock with the process, so no stale lock can be left."""
        descriptor = self._open_lock()
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                self.lock_file.unlink()
            os.close(descriptor)

    def _open_lock(self) -> int:
        while True:
            try:
                descriptor = os.open(self.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            except OSError as error:
                raise cannot_write(self.lock_file, error) from None
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(descriptor)
                raise usage_error(f"{self.path} is in use by another run; wait for it to end or choose another folder") from None
            with contextlib.suppress(OSError):
                if os.fstat(descriptor).st_ino == self.lock_file.stat().st_ino:
                    return descriptor
            os.close(descriptor)  # its last holder removed the file between our opening and our locking it

    def read_plan(self) -> dict[str, Any]:
        if not self.path.is_dir():
            raise usage_error(f"--resume {self.path}: there is no such folder")
        if not self.plan_file.exists():
            raise usage_error(f"--resume {self.path}: it holds no plan.json, so nothing was begun there; start with --out {self.path}")
        plan = read_document(self.plan_file, "plan")
        check_plan(plan, str(self.plan_file))
        return plan

    def read_blocks(self, plan: dict[str, Any]) -> dict[tuple[int, int], dict[str, Any]]:
        """The measurements that are there, by (block, position)."""
        found = {}
        names = sorted(self.blocks.glob("*.json")) if self.blocks.is_dir() else []
        for file in names:
            match = re.fullmatch(r"(\d{4,})-(\d{3,})", file.stem)
            document = read_document(file, "block", versioned=False)
            if "measurement" in document:
                check_document(document["measurement"], "measurement", str(file))
            at = (int(match[1]), int(match[2])) if match else None
            if at is None or at != (document["block"], document["position"]) or planned_cell(plan, at) != document["cell"]:
                raise usage_error(f"{file} is corrupt: it is not what the plan has at this place; delete it to measure it again")
            found[at] = document
        return found

    def write_block(self, document: dict[str, Any]) -> None:
        write_json(self.block_file(document["block"], document["position"]), document)

    def write_result(self, plan: dict[str, Any]) -> dict[str, Any]:
        """Made from the files alone, so that a resumed run and an uninterrupted one give the same."""
        found = self.read_blocks(plan)
        missing = [{"block": block, "cell": cell} for block, position, cell in planned(plan) if (block, position) not in found]
        result = {
            "schema": load_schema("result")["title"], "plan": plan, "environment": read_document(self.environment_file, "environment"),
            "measurements": [found[at] for at in sorted(found)], "complete": not missing, "missing": missing,
        }
        write_json(self.result_file, result)
        return result


def planned(plan: dict[str, Any]) -> Iterator[tuple[int, int, str]]:
    for block, order in enumerate(plan["order"]):
        for position, cell in enumerate(order):
            yield block, position, cell


def planned_cell(plan: dict[str, Any], at: tuple[int, int]) -> str | None:
    block, position = at
    if block < len(plan["order"]) and position < len(plan["order"][block]):
        return plan["order"][block][position]
    return None


def check_plan(plan: dict[str, Any], source: str) -> None:
    """What the schema cannot say: unique ids, and every block a permutation of them."""
    ids = sorted(cell["id"] for cell in plan["cells"])
    if len(set(ids)) != len(ids):
        raise usage_error(f"{source} is corrupt: a cell id occurs twice")
    if len(plan["order"]) != plan["blocks"]:
        raise usage_error(f"{source} is corrupt: {plan['blocks']} blocks but {len(plan['order'])} orders")
    for block, order in enumerate(plan["order"]):
        if sorted(order) != ids:
            raise usage_error(f"{source} is corrupt: block {block} does not hold every cell once")
