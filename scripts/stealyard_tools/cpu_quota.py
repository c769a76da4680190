"""How much CPU time the control groups of this process allow, cgroup v1 and v2: as core/topology/quota.cpp reads it for the runtime."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


class readable(Protocol):
    """/proc and /sys below some root."""

    def text(self, path: str) -> str: ...
    def get(self, path: str) -> str | None: ...


@dataclass(frozen=True)
class cpu_quota:
    cpus: float
    file: str  # that states it
    none: str  # what, written there, lifts it


def tightest(files: readable) -> cpu_quota | None:
    """Of this process's groups and all their ancestors that can be seen from here."""
    found = [quota for top, below, unified in group_folders(files) for level in (below, *below.parents)
             if (quota := stated(files, f"{top}/{level}".removesuffix("/."), unified)) is not None]
    return min(found, key=lambda quota: quota.cpus, default=None)


def group_folders(files: readable) -> Iterator[tuple[str, pathlib.PurePosixPath, bool]]:
    """Mount point, group below it, and whether it is v2, of each hierarchy that has quotas of CPU time."""
    own = {}
    # hierarchy:controllers:path; v2's is 0::path
    for controllers, group in re.findall(r"^(?:0|[0-9]+(?=:[^:])):([^:\n]*):(/.*)$", files.text("proc/self/cgroup"), re.MULTILINE):
        if not controllers or "cpu" in controllers.split(","):
            own[not controllers] = group
    # id parent major:minor root mount_point options [optional fields] - type source super_options
    mounts = re.findall(r"^(?:\S+ ){3}(\S+) (\S+) .*- (cgroup2?) \S+ (\S+)$", files.text("proc/self/mountinfo"), re.MULTILINE)
    for root, mount_point, kind, controllers in mounts:
        unified = kind == "cgroup2"
        if unified not in own or not unified and "cpu" not in controllers.split(","):
            continue
        root, mount_point = (re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), text) for text in (root, mount_point))
        group = pathlib.PurePosixPath(own[unified])
        # A group outside what is mounted here (a namespace's /..) leaves only the mount point to look at.
        below = group.relative_to(root) if group.is_relative_to(root) and ".." not in group.parts else pathlib.PurePosixPath()
        yield mount_point.lstrip("/"), below, unified


def stated(files: readable, folder: str, unified: bool) -> cpu_quota | None:
    if unified:
        quota, _, period = (files.get(f"{folder}/cpu.max") or "").partition(" ")
    else:
        quota, period = (files.get(f"{folder}/cpu.cfs_{which}_us") or "" for which in ("quota", "period"))
    if not (re.fullmatch("[0-9]{1,18}", quota) and re.fullmatch("[1-9][0-9]{0,17}", period)):
        return None
    return cpu_quota(int(quota) / int(period), f"/{folder}/{'cpu.max' if unified else 'cpu.cfs_quota_us'}", "max" if unified else "-1")
