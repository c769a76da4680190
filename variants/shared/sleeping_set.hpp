// sleeping_set: which workers sleep, and the word that says how many do and how many search: what idle policies have in common.
// Source:     ours, after the comment "Worker thread parking/unparking" of Go's runtime/proc.go (Go 1.24).
// Progress:   blocks on a lock held for a few nanoseconds (a walk over the sleepers where one leaves by itself), and in park.
// Deviates:   a part of idle policies, no policy: whom to wake, and when, is theirs. They change the word's searching half themselves.
// Invariants: I1 sleepers_[0 .. count_), touched under mutex_ only, are the workers that sleep or are about to; the word's low half
//             equals count_ whenever mutex_ is free. I2 a worker leaves the set once a sleep: by itself, or chosen by a waker, who
//             then makes it a searcher in the same step as it leaves, and unparks it afterwards. I3 the searching half is changed by
//             anyone at any time, the sleeping half under mutex_ only.
// Orders
//   Z1  fetch_add word relaxed  with the pusher's load   asleep, and no longer searching; the fence after it pairs with the fence
//                                            between the pusher's push and its load of the word
//   Z2  fence seq_cst  with the pusher's fence   its push is seen by the look that follows, or Z1 is seen by the pusher
//   Z3  fetch_sub word relaxed  -            leaves the set by itself; the set is guarded by mutex_
//   Z4  fetch_add word relaxed  -            one sleeper becomes a searcher. The chosen worker is synchronised with by mutex_ and the
//                                            parker
#pragma once
#include "core/contract/assert.hpp"
#include "core/contract/idle.hpp"

#include <algorithm>
#include <memory>
#include <mutex>

namespace stealyard::shared {

template <class W>
class sleeping_set {
 public:
  sleeping_set(unsigned workers, idle_sleepers& parkers)
      : workers_(workers), parkers_(parkers), sleepers_(std::make_unique<unsigned[]>(workers)) {
    STEALYARD_ASSERT(workers >= 1 && workers <= 256, "idle: 1 .. 256 workers");
  }

  unsigned workers() const noexcept { return workers_; }

  // Registers the caller as sleeping; full fence. The word as it then was: with no searcher left in it, nobody else looks again.
  std::uint32_t enter(unsigned me, bool searching) noexcept {
    const std::uint32_t step = searching ? one_sleeping - one_searching : one_sleeping;
    std::uint32_t before = 0;
    {
      guard lock(mutex_);
      STEALYARD_ASSERT(find(me) == count_ && count_ < workers_, "idle: prepare_sleep by a worker that sleeps already");
      sleepers_[count_++] = me;
      before = word.fetch_add(step, relaxed);  // Z1
    }
    W::fence(seq_cst);  // Z2
    return before + step;
  }

  // I stop sleeping by myself. True: a waker had chosen me; its permit is consumed, so that it does not end my next sleep.
  bool chosen_before_leaving(unsigned me) noexcept {
    {
      guard lock(mutex_);
      const unsigned at = find(me);
      if (at != count_) {
        take(at);
        word.fetch_sub(one_sleeping, relaxed);  // Z3
        return false;
      }
    }
    parkers_.park(me, never);  // at most until the waker, out of the lock, has reached unpark
    return true;
  }

  // Sleeps. True: a waker chose me, and I count as searching; false: the deadline passed, and I neither sleep nor search.
  bool sleep(unsigned me, nanoseconds_t deadline) noexcept {
    while (parkers_.park(me, deadline)) {
      guard lock(mutex_);
      if (find(me) == count_) return true;
      // A permit from before this sleep: nobody chose me, sleep on.
    }
    return chosen_before_leaving(me);
  }

  // Wakes the last to fall asleep, whose caches are the warmest, if `claim()` says so. It is called under the lock, where the sleeping
  // half stands still, and has then turned one sleeper in the word into a searcher.
  template <class Claim>
  void wake_one_if(Claim claim) noexcept {
    unsigned chosen = 0;
    {
      guard lock(mutex_);
      if (!claim()) return;
      chosen = take(count_ - 1);
    }
    parkers_.unpark(chosen);
  }

  // Whoever slept when it began, as searchers, the first to fall asleep first: so it ends, though some fall asleep again meanwhile.
  void wake_all() noexcept {
    for (unsigned left = workers_; left != 0; --left) {
      unsigned chosen = 0;
      {
        guard lock(mutex_);
        left = std::min(left, count_);
        if (left == 0) return;
        chosen = take(0);
        word.fetch_add(one_searching - one_sleeping, relaxed);  // Z4
      }
      parkers_.unpark(chosen);
    }
  }

  alignas(line_size) atomic<W, std::uint32_t> word{0};

 private:
  using guard = std::lock_guard<typename W::mutex>;

  // Under mutex_: out of the set, with the order of the others kept.
  unsigned take(unsigned at) noexcept {
    const unsigned worker = sleepers_[at];
    for (unsigned i = at + 1; i != count_; ++i) sleepers_[i - 1] = sleepers_[i];
    --count_;
    return worker;
  }

  // Under mutex_: where the worker is in the set; count_ if it is not. From the top, where the sleeper that leaves early usually is.
  unsigned find(unsigned me) const noexcept {
    for (unsigned i = count_; i != 0; --i) {
      if (sleepers_[i - 1] == me) return i - 1;
    }
    return count_;
  }

  alignas(line_size) typename W::mutex mutex_;
  const unsigned workers_;
  idle_sleepers& parkers_;
  unsigned count_ = 0;
  const std::unique_ptr<unsigned[]> sleepers_;
};

}  // namespace stealyard::shared
