// condvar: a permit under a lock, and a condition to wait on: the textbook way.
// Source:     Mesa monitors: Lampson and Redell, CACM 1980: a wake-up is a hint, so the waiter looks again.
// Progress:   unpark blocks on a lock that is held for a few instructions, and by a sleeper never. park blocks.
// Deviates:   it notifies after unlocking, so that the woken owner does not run into the lock.
// Invariants: I1 permit_ is touched under mutex_ only. I2 whoever sets it notifies afterwards. The owner tests it under the same lock that
//             the wait gives up as it falls asleep, so no unpark fits in between.
// Coupling:   a parker outlives every unpark of it (the scheduler's live as long as it does): notify touches condition_ after the
//             unlock, when the owner may have left already.
// Orders
//   none: no atomic operation of its own
#pragma once
#include "core/contract/parker.hpp"

#include <utility>

namespace stealyard::parker {

template <class W>
class condvar {
 public:
  static constexpr parker_claims claims{
      .spins = false,
      .sleeps = true,
      .unpark = progress::blocking,
  };

  bool park(nanoseconds_t deadline) noexcept {
    mutex_.lock();
    while (!permit_) {
      if (deadline == never) {
        condition_.wait(mutex_);
      } else if (W::now() >= deadline) {
        break;
      } else {
        condition_.wait_until(mutex_, deadline);
      }
    }
    const bool got = std::exchange(permit_, false);
    mutex_.unlock();
    return got;
  }

  void unpark() noexcept {
    mutex_.lock();
    permit_ = true;
    mutex_.unlock();
    condition_.notify_one();
  }

 private:
  typename W::mutex mutex_;
  typename W::condition condition_;
  bool permit_ = false;
};

}  // namespace stealyard::parker
