// semaphore_core: so many units; who wants some that are not there waits its turn. One locked instruction an operation.
// Source:     ours, after golang.org/x/sync/semaphore: strictly FIFO, so that a large request is not starved by small ones.
// Progress:   blocking: try_acquire and release on a section of a few nanoseconds only.
//   Invariants: I1 while lock_ is free, the first in the queue wants more than free_
// Orders
//   none: everything happens under lock_
#pragma once
#include "core/sched/waiter.hpp"

namespace stealyard {

template <class P>
class semaphore_core {
  using W = typename P::world;
  using waiter = sched::waiter<P>;

 public:
  explicit semaphore_core(std::int64_t units) noexcept : free_(units), units_(units) {}

  // 0 <= k <= units(). Returns when k units are ours; throws, without them, if the goroutine is told to unwind while it waits.
  void acquire(std::int64_t k, typename P::reason why) {
    lock_.lock();
    if (take(k)) return lock_.unlock();
    waiter me;
    me.slot = &k;
    queue_.push(me);
    try {
      me.wait(lock_, why);
    } catch (const sched::goexit_signal&) {
      release(me.leave(lock_, queue_) ? 0 : k);  // it may have been in the way of smaller ones
      throw;
    }
  }

  bool try_acquire(std::int64_t k) noexcept {
    lock_.lock();
    const bool taken = take(k);
    lock_.unlock();
    return taken;
  }

  // k >= 0. False: more than were taken; nothing changes.
  bool release(std::int64_t k) noexcept {
    lock_.lock();
    if (k > units_ - free_) {
      lock_.unlock();
      return false;
    }
    free_ += k;
    sched::waiter_list<P> woken;
    while (waiter* w = queue_.front()) {
      const std::int64_t wanted = *static_cast<std::int64_t*>(w->slot);
      if (wanted > free_) break;
      free_ -= wanted;
      queue_.pop();
      woken.push_taken(*w);
    }
    lock_.unlock();
    wake_all(woken);
    return true;
  }

  std::int64_t units() const noexcept { return units_; }
  // A snapshot.
  std::int64_t taken() noexcept {
    lock_.lock();
    const std::int64_t n = units_ - free_;
    lock_.unlock();
    return n;
  }

 private:
  bool take(std::int64_t k) noexcept {
    if (k > free_ || !queue_.empty()) return false;
    free_ -= k;
    return true;
  }

  typename W::mutex lock_;
  std::int64_t free_;
  const std::int64_t units_;
  sched::waiter_list<P> queue_;
};

}  // namespace stealyard
