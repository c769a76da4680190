// mutex_core: a mutual exclusion lock for goroutines, FIFO among those that wait. One locked instruction to lock, one to unlock.
// Source:     the state machine of Go's sync.Mutex (normal and starvation mode), without its semaphore.
//
// A waiter that is woken competes with newcomers, which run already and usually win: good for throughput. One that has waited for
// more than a millisecond makes the mutex starving: from then on ownership is handed over in FIFO order, until a waiter gets it
// that waited less, or the last one.
// Orders
//   M1  cas/rmw state_ acquire  with M2: what the last owner did
//   M2  cas/rmw state_ release  with M1
//   M3  rmw     state_ relaxed  - flags, under queue_lock_
#pragma once
#include "core/sched/waiter.hpp"

namespace stealyard {

template <class P>
class mutex_core {
  using W = typename P::world;
  using waiter = sched::waiter<P>;
  enum : std::uint32_t { locked = 1, queued = 2, starving = 4 };
  static constexpr nanoseconds_t patience = 1'000'000;

 public:
  [[gnu::always_inline]] void lock(typename P::reason why) noexcept {
    std::uint32_t seen = 0;
    if (!state_.compare_exchange_strong(seen, locked, acquire, relaxed)) [[unlikely]]
      lock_slow(why);  // M1
  }

  [[gnu::always_inline]] bool try_lock() noexcept {
    std::uint32_t seen = state_.load(relaxed);
    return (seen & (locked | starving)) == 0 && state_.compare_exchange_strong(seen, seen | locked, acquire, relaxed);  // M1
  }

  // False: it was not locked.
  [[gnu::always_inline]] bool unlock() noexcept {
    std::uint32_t seen = locked;
    if (state_.compare_exchange_strong(seen, 0u, release, relaxed)) [[likely]]
      return true;  // M2
    return unlock_slow(seen);
  }

 private:
  [[gnu::noinline]] void lock_slow(typename P::reason why) noexcept {
    nanoseconds_t since = 0;
    bool waited = false;
    for (;;) {
      queue_lock_.lock();
      std::uint32_t seen = state_.load(relaxed);
      // Free, and nobody must be preferred: take it.
      while ((seen & locked) == 0 && (waited || (seen & starving) == 0)) {
        if (state_.compare_exchange_weak(seen, seen | locked, acquire, relaxed)) {  // M1
          queue_lock_.unlock();
          return;
        }
      }
      if ((state_.fetch_or(queued, relaxed) & locked) == 0 && (seen & starving) == 0) {  // M3
        queue_lock_.unlock();
        continue;  // it was unlocked just now, by somebody who saw nobody queued
      }
      if (since == 0) {
        since = W::now();
      } else if (W::now() - since > patience) {
        state_.fetch_or(starving, relaxed);  // M3
      }
      waiter me;
      me.slot = &since;
      if (waited) {
        queue_.push_front(me);  // it keeps its place
      } else {
        queue_.push(me);
      }
      me.wait(queue_lock_, why);
      if (me.result == outcome::closed) return;  // handed over: it is ours
      waited = true;
    }
  }

  [[gnu::noinline]] bool unlock_slow(std::uint32_t seen) noexcept {
    if ((seen & locked) == 0) return false;
    queue_lock_.lock();
    waiter* w = queue_.pop();
    if (w == nullptr) {
      state_.fetch_and(~(locked | queued | starving), release);  // M2
      queue_lock_.unlock();
      return true;
    }
    std::uint32_t flags = queue_.empty() ? 0u : std::uint32_t{queued};
    if ((state_.load(relaxed) & starving) != 0) {
      const bool still = !queue_.empty() && W::now() - *static_cast<nanoseconds_t*>(w->slot) > patience;
      state_.store(locked | flags | (still ? std::uint32_t{starving} : 0u),
                   release);  // M2, on its behalf; only we change a locked, queued word
      w->result = outcome::closed;
    } else {
      state_.store(flags, release);  // M2
      w->result = outcome::ok;
    }
    queue_lock_.unlock();
    w->wake();
    return true;
  }

  atomic<W, std::uint32_t> state_{0};
  typename W::mutex queue_lock_;
  sched::waiter_list<P> queue_;  // under queue_lock_
};

}  // namespace stealyard
