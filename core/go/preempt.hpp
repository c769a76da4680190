// Preemption: which functions may be interrupted for others to run, and where not.
#pragma once
#include "core/fiber/fiber.hpp"

// Before a function's definition: a goroutine that has computed in it for a whole time slice (options.preempt_slice) while others could
// run is made to yield, wherever in the function it is. Whatever holds at any instruction of it must therefore stand another
// goroutine running in between, and going on upon another thread:
//   - no lock of a foreign kind (std::mutex) is held that other goroutines take: bracket that with a no_preempt
//   - no thread_local variable is used, nor errno across instructions of its own
//   - 8 KiB of the stack are free, or it is not interrupted
// What it calls is interrupted only if declared itself (or inlined into it). A function into which the runtime's own code was inlined
// (send, recv, go, lock, …) is never interrupted: let the loop that computes be a function by itself. No templates, no inline functions.
// x86-64 only, and without effect under ThreadSanitizer.
#if defined(__x86_64__)
#define STEALYARD_PREEMPTIBLE [[gnu::section("stealyard_preemptible"), gnu::noinline]]
#else
#define STEALYARD_PREEMPTIBLE [[gnu::noinline]]
#endif

namespace stealyard {

// While one lives, the goroutine that made it is not preempted. Nests. It may block meanwhile, and go on upon another thread.
class no_preempt {
  fiber::fiber* stack_ = nullptr;

 public:
  no_preempt() noexcept;
  ~no_preempt();
  no_preempt(const no_preempt&) = delete;
  no_preempt& operator=(const no_preempt&) = delete;
};

}  // namespace stealyard
