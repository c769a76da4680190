// wait_group: Go's sync.WaitGroup.
#pragma once
#include "core/go/run.hpp"
#include "core/go/wait_group_core.hpp"
#include "core/sched/product.hpp"

namespace stealyard {

// Waits for a collection of goroutines. Must not be copied, and must outlive its waiters. Goroutines and foreign threads alike may
// call anything. Each done happens before the wait that it ends returns.
//
// Misuse panics, in Go's words: `sync: negative WaitGroup counter` (the counter stays as it was), and, as far as it is noticed,
// `sync: WaitGroup misuse: Add called concurrently with Wait` and `sync: WaitGroup is reused before previous Wait has returned`
// (after these two the group must not be used any more).
class wait_group {
  using fault = wait_group_fault;
  wait_group_core<sched::product> core_;
  [[no_unique_address]] fiber::sync_clock done_;  // Go's edge

  [[noreturn, gnu::noinline, gnu::cold]] static void refuse(fault what) {
    switch (what) {
      case fault::negative:
        panic_text("sync: negative WaitGroup counter");
      case fault::reused:
        panic_text("sync: WaitGroup is reused before previous Wait has returned");
      default:
        panic_text("sync: WaitGroup misuse: Add called concurrently with Wait");
    }
  }

 public:
  wait_group() = default;
  wait_group(const wait_group&) = delete;
  wait_group& operator=(const wait_group&) = delete;

  // n may be negative.
  STEALYARD_FORCE_INLINE void add(std::int64_t n) {
    [[maybe_unused]] const fiber::runtime_section inside;
    if (n < 0) done_.merge();
    const fault what = core_.add(n);
    if (what != fault::none) [[unlikely]]
      refuse(what);
  }
  STEALYARD_FORCE_INLINE void done() { add(-1); }
  // Returns once the counter is zero.
  STEALYARD_FORCE_INLINE void wait() {
    [[maybe_unused]] const fiber::runtime_section inside;
    const fault what = core_.wait("sync.WaitGroup.Wait");
    done_.acquire();
    if (what != fault::none) [[unlikely]]
      refuse(what);
  }

  // add(1), and a goroutine that runs f and calls done(), however f ends.
  template <class F>
  STEALYARD_FORCE_INLINE void go(F&& f, std::source_location site = std::source_location::current()) {
    add(1);
    stealyard::go(
        [this, call = std::decay_t<F>(std::forward<F>(f))]() mutable {
          struct finally {
            wait_group& group;
            ~finally() { group.done(); }
          } at_the_end{*this};
          call();
        },
        site);
  }
};

}  // namespace stealyard
