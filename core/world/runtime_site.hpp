// runtime_site: where the runtime's own code was inlined into somebody's function.
//
// A goroutine must not be made to yield in the middle of the runtime: it may hold a worker pointer, or a lock that the next one spins on.
// What is inlined cannot be told from its surroundings by address. So each place from which all such code begins (asking for the worker,
// taking a native lock) leaves its address in a table, and a function that holds one is never preempted by signal (core/sched/preempt.cpp).
// The table costs four bytes a place and not an instruction.
//
// "?": the table's part goes with the function if the linker keeps one copy of several.
#pragma once

#define STEALYARD_RUNTIME_SITE ".pushsection stealyard_sites,\"a?\",@progbits\n\t.long 7771f - .\n\t.popsection\n7771:\n\t"
#if defined(__x86_64__)
#define STEALYARD_MARK_RUNTIME_SITE() asm inline volatile(STEALYARD_RUNTIME_SITE)
#else
#define STEALYARD_MARK_RUNTIME_SITE() static_cast<void>(0)
#endif
