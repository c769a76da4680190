// native's mutex and condition. The mutex spins, then yields: it guards critical sections of a few nanoseconds, its
// unlock is a plain release store, and it is four bytes. Included by native.hpp only.
#pragma once
#include "core/world/native.hpp"
#include "core/world/runtime_site.hpp"

namespace stealyard {

class native::mutex {
  atomic<std::uint32_t> locked_{0};

  [[gnu::noinline, gnu::cold]] void lock_slow() noexcept {
    unsigned spins = 0;
    do {
      while (locked_.load(relaxed) != 0) {
        if (++spins < 64) {
          pause();
        } else {
          yield();  // the holder may have lost its processor
        }
      }
    } while (locked_.exchange(1, acquire) != 0);
  }

 public:
  STEALYARD_FORCE_INLINE void lock() noexcept {
    STEALYARD_MARK_RUNTIME_SITE();
    if (locked_.exchange(1, acquire) != 0) [[unlikely]]
      lock_slow();
  }
  STEALYARD_FORCE_INLINE bool try_lock() noexcept { return locked_.load(relaxed) == 0 && locked_.exchange(1, acquire) == 0; }
  STEALYARD_FORCE_INLINE void unlock() noexcept { locked_.store(0, release); }
};

class native::condition {
  atomic<std::uint32_t> sequence_{0};

 public:
  // Called with the lock held; returns with it held. May return spuriously.
  void wait(mutex& m) noexcept { wait_until(m, never); }
  // False if the deadline passed.
  bool wait_until(mutex& m, nanoseconds_t deadline) noexcept {
    const std::uint32_t seen = sequence_.load(relaxed);
    m.unlock();
    const bool in_time = native::wait_until(sequence_, seen, deadline);
    m.lock();
    return in_time;
  }
  // The caller changed the condition under the lock, and notifies under it or after it.
  void notify_one() noexcept { notify(1); }
  void notify_all() noexcept { notify(UINT32_MAX >> 1); }

 private:
  void notify(unsigned n) noexcept {
    sequence_.fetch_add(1u, relaxed);
    native::wake(sequence_, n);
  }
};

}  // namespace stealyard
