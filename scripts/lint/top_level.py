"""The top level holds what it has always held."""

from __future__ import annotations

from tree import finding, tree

ABOUT = "the top level stays small"

ALLOWED = {"core", "variants", "stress", "bench", "results", "scripts", "CMakeLists.txt", "CMakePresets.json", "README.md", "LICENSE",
           "CONTRIBUTING.md"}


def check(of: tree) -> list[finding]:
    tops = {path.split("/")[0] for path in of.paths}
    return [finding(top, 0, f"does not belong at the top level; known: {', '.join(sorted(ALLOWED))}, dotfiles")
            for top in sorted(tops) if top not in ALLOWED and not top.startswith(".")]
