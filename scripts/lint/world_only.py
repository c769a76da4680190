"""Threads, atomics, locks, clocks and futexes are reached through a World: nothing else in core and variants names them."""

from __future__ import annotations

import re

from tree import cpp_files, finding, numbered, tree, without_comments

ABOUT = "atomics, threads, locks and clocks come from a World"

HEADERS = ("atomic", "thread", "condition_variable", "shared_mutex", "semaphore", "barrier", "latch", "future", "stop_token",
           "pthread.h", "threads.h", "stdatomic.h", "sys/time.h", "time.h", "ctime", "linux/futex.h", "linux/membarrier.h", "sched.h")
NAMES = re.compile(
    r"\bstd::(atomic\w*|thread|jthread|mutex|timed_mutex|recursive_mutex|shared_mutex|condition_variable\w*|counting_semaphore|"
    r"binary_semaphore|barrier|latch|this_thread|future|promise|async|memory_order\w*|"
    r"chrono::(?:steady_clock|system_clock|high_resolution_clock))\b"
    r"|\b(pthread_\w+|SYS_futex|SYS_membarrier|clock_gettime|nanosleep|usleep|sched_yield|__atomic_\w+|__sync_\w+|thread_local|"
    r"__rdtsc|gettimeofday)\b")
INCLUDE = re.compile(r"^\s*#\s*include\s*<([^>]*)>")

# Where the world itself ends: prefixes (a folder or a file), why, and what is allowed there (None: everything).
ALLOWED = (
    ("core/world/", "the World is made of them", None),
    ("core/fiber/", "fibers belong to real threads: their pointer, errno, stacks and signals", None),
    ("variants/stack/", "native by nature: memory of the operating system", None),
    ("variants/shared/stack_slab.hpp", "native by nature, as the stacks that share it", None),
    ("variants/context_switch/", "native by nature: registers and stacks", None),
    ("core/topology/", "native by nature: CPUs and affinity", ("thread_local", "sched.h", "pthread.h", "thread", "std::thread")),
    ("core/sched/fatal.cpp", "the process ends here: the first thread to die speaks, whatever world it lived in",
     ("atomic", "std::atomic_flag", "std::memory_order", "std::memory_order_relaxed", "std::memory_order_acq_rel")),
    ("core/sched/goroutine_pool.hpp", "of real goroutines only; its sections allocate, which is long for the World's spinning mutex", ("std::mutex",)),
    ("core/sched/crew.", "the threads of real workers; a thread is started under its lock", ("thread", "std::thread", "std::mutex")),
    ("core/sched/netpoll.", "the poller's thread; its lists allocate under their lock", ("thread", "std::thread", "std::mutex")),
    ("core/go/run.cpp", "starts the workers' threads, and pins them", ("thread", "std::thread", "std::this_thread", "sched.h", "pthread.h")),
    ("core/go/time.hpp", "the API speaks std::chrono; the time itself is W::now()", ("std::chrono::steady_clock",)),
)


def check(of: tree) -> list[finding]:
    found = []
    for path in cpp_files(of, "core", "variants", "stress/outside/good"):
        for line, text in numbered(without_comments(of.text(path))):
            include = INCLUDE.match(text)
            named = [include[1]] if include and include[1] in HEADERS else [match[0] for match in NAMES.finditer(text)]
            found += [finding(path, line, f"names {name}: reach it through the World, or argue for a line in scripts/lint/world_only.py")
                      for name in named if not allowed(path, name)]
    return found


def allowed(path: str, name: str) -> bool:
    return any(path.startswith(prefix) and (names is None or name in names) for prefix, _, names in ALLOWED)
