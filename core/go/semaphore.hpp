// semaphore: a weighted semaphore, as golang.org/x/sync/semaphore.
#pragma once
#include "core/go/panic.hpp"
#include "core/go/semaphore_core.hpp"
#include "core/sched/product.hpp"

namespace stealyard {

// n units, taken in FIFO order: who wants many is not overtaken by those who want few. Goroutines and foreign threads alike may call
// anything. A release happens before the acquire that it lets go on returns.
// Panics: a negative n or k; acquire of more than n, which would wait for ever; `semaphore: released more than held`.
class semaphore {
  semaphore_core<sched::product> core_;
  [[no_unique_address]] fiber::sync_clock released_;  // Go's edge

  [[noreturn, gnu::noinline, gnu::cold]] void refuse(std::int64_t k) const {
    if (k < 0) panic("semaphore: ", k, " units: accepted is 0 or more");
    panic("semaphore: acquire of ", k, " units, of ", core_.units(), " that there are");
  }
  void check(std::int64_t k) const {
    if (k < 0 || k > core_.units()) [[unlikely]]
      refuse(k);
  }

 public:
  explicit semaphore(std::int64_t n) : core_(n) {
    if (n < 0) refuse(n);
  }
  semaphore(const semaphore&) = delete;
  semaphore& operator=(const semaphore&) = delete;

  void acquire(std::int64_t k = 1) {
    check(k);
    [[maybe_unused]] const fiber::runtime_section inside;
    core_.acquire(k, "semacquire");
    released_.acquire();
  }
  // False: not there, or others wait for theirs; of more than n too.
  bool try_acquire(std::int64_t k = 1) {
    if (k < 0) [[unlikely]]
      refuse(k);
    [[maybe_unused]] const fiber::runtime_section inside;
    const bool taken = core_.try_acquire(k);
    if (taken) released_.acquire();
    return taken;
  }
  void release(std::int64_t k = 1) {
    if (k < 0) [[unlikely]]
      refuse(k);
    [[maybe_unused]] const fiber::runtime_section inside;
    released_.merge();
    if (!core_.release(k)) [[unlikely]]
      panic_text("semaphore: released more than held");
  }
};

}  // namespace stealyard
