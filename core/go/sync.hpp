// wait_group and mutex: core/go/wait_group_core.hpp and mutex_core.hpp with Go's names and messages.
#pragma once
#include "core/go/mutex_core.hpp"
#include "core/go/run.hpp"
#include "core/go/wait_group_core.hpp"
#include "core/sched/product.hpp"

namespace stealyard {

namespace detail {
[[noreturn, gnu::cold]] void fatal_unlock_of_unlocked();
}

// Waits for a collection of goroutines. Must not be copied, and must outlive its waiters.
class wait_group {
  wait_group_core<sched::product> core_;

 public:
  wait_group() = default;
  wait_group(const wait_group&) = delete;
  wait_group& operator=(const wait_group&) = delete;

  // n may be negative. Panics `sync: negative WaitGroup counter`.
  [[gnu::always_inline]] void add(std::int64_t n) {
    if (!core_.add(n)) [[unlikely]]
      panic_text("sync: negative WaitGroup counter");
  }
  [[gnu::always_inline]] void done() { add(-1); }
  // Returns once the counter is zero; sees everything done before each done().
  [[gnu::always_inline]] void wait() noexcept { core_.wait("sync.WaitGroup.Wait"); }

  // add(1), and a goroutine that runs f and calls done().
  template <class F>
  [[gnu::always_inline]] void go(F&& f, std::source_location site = std::source_location::current()) {
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

// Lockable: std::lock_guard, unique_lock and scoped_lock work. Unlocking one that is not locked is fatal, as in Go.
class mutex {
  mutex_core<sched::product> core_;

 public:
  mutex() = default;
  mutex(const mutex&) = delete;
  mutex& operator=(const mutex&) = delete;

  [[gnu::always_inline]] void lock() noexcept { core_.lock("sync.Mutex.Lock"); }
  [[gnu::always_inline]] bool try_lock() noexcept { return core_.try_lock(); }
  [[gnu::always_inline]] void unlock() {
    if (!core_.unlock()) [[unlikely]]
      detail::fatal_unlock_of_unlocked();
  }
};

}  // namespace stealyard
