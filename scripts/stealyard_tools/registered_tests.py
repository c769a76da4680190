"""What ctest knows of a build: each registered test with its command, labels and folder."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from .build_folder import build_folder
from .errors import usage_error


@dataclass(frozen=True)
class registered_test:
    name: str
    command: tuple[str, ...]  # empty: its executable is not built
    labels: tuple[str, ...]
    environment: tuple[str, ...]

    @property
    def instrument(self) -> str:
        return self.name.partition(".")[0]


def registered_tests(build: build_folder, label: str | None = None, selection: Sequence[str] = ()) -> list[registered_test]:
    """All of them, or those with that label, or that ctest selects by those arguments."""
    asked = subprocess.run(["ctest", "--test-dir", str(build.path), "--show-only=json-v1", *selection], capture_output=True, text=True, check=False)
    try:
        listed = json.loads(asked.stdout)["tests"]
    except (ValueError, KeyError):
        raise usage_error(f"ctest lists no tests in {build.path}: {(asked.stderr or asked.stdout).strip()[-200:]}") from None
    found = []
    for each in listed:
        properties = {one["name"]: one["value"] for one in each.get("properties", ())}
        test = registered_test(each["name"], tuple(each.get("command") or ()), tuple(properties.get("LABELS", ())),
                               tuple(properties.get("ENVIRONMENT", ())))
        if label is None or label in test.labels:
            found.append(test)
    return found
