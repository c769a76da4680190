// mutex: Go's sync.Mutex.
#pragma once
#include "core/go/mutex_core.hpp"
#include "core/sched/preempt.hpp"
#include "core/sched/product.hpp"

namespace stealyard {

namespace detail {
// `fatal error: text`, and the goroutine that runs: misuse that cannot be caught, as in Go.
[[noreturn, gnu::cold]] void fatal_misuse(const char* text);
}  // namespace detail

// Lockable: std::lock_guard, unique_lock and scoped_lock work. Belongs to nobody: one goroutine or foreign thread may lock it, and
// another unlock it. The n-th unlock happens before the m-th lock returns, n < m; a try_lock that fails orders nothing.
// Uncontended 10 ns a pair. A waiter of more than a millisecond is served before any newcomer (mutex_core.hpp).
class mutex {
  mutex_core<sched::product> core_;
  [[no_unique_address]] fiber::sync_clock unlocked_;  // Go's edge; whoever has the mutex has it

 public:
  mutex() = default;
  mutex(const mutex&) = delete;
  mutex& operator=(const mutex&) = delete;

  STEALYARD_FORCE_INLINE void lock() {
    [[maybe_unused]] const fiber::runtime_section inside;
    sched::cooperate();  // while it holds nothing yet
    core_.lock("sync.Mutex.Lock");
    unlocked_.acquire();
  }
  STEALYARD_FORCE_INLINE bool try_lock() noexcept {
    [[maybe_unused]] const fiber::runtime_section inside;
    const bool taken = core_.try_lock();
    if (taken) unlocked_.acquire();
    return taken;
  }
  // One that is not locked: `fatal error: sync: unlock of unlocked mutex`.
  STEALYARD_FORCE_INLINE void unlock() noexcept {
    [[maybe_unused]] const fiber::runtime_section inside;
    unlocked_.release();
    if (!core_.unlock()) [[unlikely]]
      detail::fatal_misuse("sync: unlock of unlocked mutex");
  }
};

}  // namespace stealyard
