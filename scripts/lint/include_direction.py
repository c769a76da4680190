"""world <- contract <- fiber, topology <- sched <- go; variants see world and contract; stress and bench reach variants by the registry."""

from __future__ import annotations

import re

from tree import cpp_files, finding, numbered, tree, without_comments

ABOUT = "includes point one way"

CORE = {
    "world": {"world"},
    "contract": {"world", "contract"},
    "fiber": {"world", "contract", "fiber"},
    "topology": {"world", "contract", "topology"},
    "sched": {"world", "contract", "fiber", "topology", "sched"},
    "go": {"world", "contract", "fiber", "topology", "sched", "go"},
}
VARIANT_SEES = {"world", "contract"}
# (including file, included file as written): why it may.
EXCEPTIONS = {
    ("core/fiber/chosen_switch.hpp", "variants/context_switch/"): "the context switch is chosen at build time",
    ("core/fiber/chosen_stack.hpp", "variants/stack/"): "the stack is chosen at build time",
    ("core/go/chan.hpp", "registry/channel_buffers.hpp"): "a table of every buffer is made for T where T is known",
    ("core/go/select.cpp", "registry/selectors.hpp"): "a table of every selector, made for the product's cases",
    ("core/go/chan_core.hpp", "variants/channel_buffer/mutex_ring.hpp"): "the default buffer is concrete and inlined",
    ("core/sched/parts.cpp", "registry/"): "names become parts here, for every kind that is chosen at run time",
    ("core/sched/timers.hpp", "variants/timer_queue/"): "the timer queue is chosen at build time",
    ("core/sched/parts.hpp", "registry/static_run_queue.hpp"): "the run queue compiled in by STEALYARD_STATIC_RUN_QUEUE",
}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]((?:core|variants|stress|bench|registry|generated)/[^>"]*)[>"]')


def check(of: tree) -> list[finding]:
    found = []
    for path in cpp_files(of, "core", "variants", "stress", "bench"):
        for line, text in numbered(without_comments(of.text(path))):
            match = INCLUDE.match(text)
            why = match and refused(path, match[1])
            if why:
                found.append(finding(path, line, f"includes {match[1]}: {why}"))
    return found


def refused(path: str, included: str) -> str | None:
    if any(path == user and included.startswith(what) for user, what in EXCEPTIONS):
        return None
    top, part = path.split("/")[0], path.split("/")[1]
    target = included.split("/")
    if top == "core":
        return _from_core(part, target)
    if top == "variants":
        return _from_variant(part, target)
    if target[0] == "variants":
        return "a suite or benchmark names no variant: it reaches them through the generated registry"
    if top == "stress" and target[0] == "bench":
        return "stress does not see bench"
    return None


def _from_core(part: str, target: list[str]) -> str | None:
    if target[0] != "core":
        return "core sees nothing outside core, but for the exceptions of scripts/lint/include_direction.py"
    if part not in CORE:  # core/go.hpp
        return None
    if target[1] not in CORE[part]:
        return f"core/{part} sees {', '.join(sorted(CORE[part]))} only"
    return None


def _from_variant(kind: str, target: list[str]) -> str | None:
    if target[0] == "core" and target[1] in VARIANT_SEES:
        return None
    if target[:2] == ["variants", "shared"]:
        return None
    if kind == "shared" and target[0] == "variants":
        return "variants/shared sees no variant"
    return "a variant sees core/world, core/contract and variants/shared only"
