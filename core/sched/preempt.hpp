// preempt: a goroutine that computes without calling the runtime is made to yield, by signal, where its author said that it may be.
//
//   1. the monitor finds a worker that has been in one goroutine for a time slice, while others could run, and nudges its thread
//   2. the handler (on the signal stack) looks where the thread was; unless all of 3 holds, it leaves it alone
//   3. the instruction lies in a function declared STEALYARD_PREEMPTIBLE that holds no code of the runtime (core/world/runtime_site.hpp);
//      no no_preempt is open; the stack has room; it is a worker's thread, in a goroutine
//   4. it makes the thread go on in `stealyard_preempted_here`, as if the interrupted instruction had called it: below the red
//      zone, saving every register, the flags and the vector state
//   5. that yields, as the goroutine itself could have; when it is resumed, perhaps by another thread, everything is put back
//
// x86-64, and not under ThreadSanitizer, which delivers signals at its own convenience. errno is kept by value.
#pragma once
#include "core/sched/product.hpp"

namespace stealyard::sched {

// Whether this program declares preemptible functions, in a build that can preempt them.
bool can_preempt() noexcept;

// Calls of the runtime that do not wait (a channel with room, a free mutex) look here: 1 while some worker was asked to let others run. One
// load of a line that nobody writes, and a branch never taken.
extern atomic<real, std::uint32_t> somebody_is_asked;
// Yields, if this goroutine's worker was asked to: its time slice is over and others wait.
[[gnu::cold, gnu::noinline]] void yield_if_asked();
STEALYARD_FORCE_INLINE inline void cooperate() {
  if (somebody_is_asked.load(relaxed) != 0) [[unlikely]]
    yield_if_asked();
}
// By the monitor.
void ask_to_yield(product_worker& w) noexcept;
// Once the scheduler stops or pauses: every goroutine that runs yields at such a call, until the scheduler goes on.
void ask_everybody_home() noexcept;
// While no goroutine runs.
void nobody_is_asked() noexcept;

// Reads the program's tables. Once, before the first nudge.
void prepare_preemption();

// In the signal handler: machine is its ucontext_t.
void interrupted_by_monitor(void* machine) noexcept;

// How often a goroutine was made to yield, in this process. For tests and metrics.
std::uint64_t preemptions() noexcept;

}  // namespace stealyard::sched
