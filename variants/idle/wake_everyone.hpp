// wake_everyone: whoever pushes while somebody sleeps and nobody searches wakes every sleeper, and all of them search.
// Source:     ours; the thundering herd, registered as a negative control: a figure that does not rank it last where workers come and
//             go is suspect.
// Progress:   begin_search wait-free; the rest blocks on a lock held for a few nanoseconds.
// Deviates:   the usual name is wake_all, which the contract's method of that name keeps the type from having.
// Invariants: I1 asleep_[i] and count_ are touched under mutex_ only; count_ of the flags are set, and the word's low half equals
//             count_ whenever mutex_ is free. I2 a worker leaves the set once a sleep: by itself, or chosen by a waker, who then makes
//             it a searcher in the same step as it leaves, and unparks it afterwards.
//             Nothing is left behind: everybody who goes to sleep looks again after A1 and its fence, so a pusher that saw nobody
//             asleep is seen by that look; and whoever leaves the search by finding wakes everybody else.
// Orders
//   A1  fetch_add word_ relaxed  with the pusher's load   asleep, and no longer searching; the fence after it pairs with the fence
//                                            between the pusher's push and its load of the word
//   A2  fetch_sub word_ relaxed  -           leaves the set by itself; the set is guarded by mutex_
//   A3  load  word_ relaxed  -               a guess: nobody to wake, or somebody already at it
//   A4  fetch_add word_ relaxed  -           one sleeper becomes a searcher. The chosen worker is synchronised with by mutex_ and the
//                                            parker
//   A5  fetch_add word_ relaxed  -           one searcher more, without limit
//   A6  fetch_sub word_ relaxed  -           found something. Only its place among the operations on the word matters
//   A7  fence seq_cst  with the pusher's fence   its push is seen by the look that follows, or A1 is seen by the pusher
#pragma once
#include "core/contract/assert.hpp"
#include "core/contract/idle.hpp"

#include <memory>
#include <mutex>

namespace stealyard::idle {

template <class W>
class wake_everyone {
 public:
  static constexpr idle_claims claims{
      .woken_searches = true,
      .always_recheck = true,
      .wakes_one_at_a_time = false,
      .searching_share = 1,
  };

  wake_everyone(unsigned workers, idle_sleepers& parkers)
      : workers_(workers), parkers_(parkers), asleep_(std::make_unique<bool[]>(workers)) {
    STEALYARD_ASSERT(workers >= 1 && workers <= 256, "wake_everyone: 1 .. 256 workers");
  }

  atomic<W, std::uint32_t>& word() noexcept { return word_; }

  void work_added() noexcept {
    if (someone_should_wake(word_.load(relaxed))) wake_all();  // A3
  }

  bool begin_search(unsigned) noexcept {
    word_.fetch_add(one_searching, relaxed);  // A5
    return true;
  }

  void end_search_found(unsigned) noexcept {
    const std::uint32_t before = word_.fetch_sub(one_searching, relaxed);  // A6
    STEALYARD_ASSERT(searching_in(before) >= 1, "wake_everyone: end_search_found by a worker that does not search");
    if (searching_in(before) == 1) work_added();
  }

  bool prepare_sleep(unsigned me, bool searching) noexcept {
    const std::uint32_t step = searching ? one_sleeping - one_searching : one_sleeping;
    {
      guard lock(mutex_);
      STEALYARD_ASSERT(!asleep_[me], "wake_everyone: prepare_sleep by a worker that sleeps already");
      asleep_[me] = true;
      ++count_;
      word_.fetch_add(step, relaxed);  // A1
    }
    W::fence(seq_cst);  // A7
    return true;
  }

  bool cancel_sleep(unsigned me) noexcept {
    if (chosen_before_leaving(me)) return true;
    work_added();  // what the look found may not be all there is, and nobody may be searching for the rest
    return false;
  }

  bool commit_sleep(unsigned me, nanoseconds_t deadline) noexcept {
    while (parkers_.park(me, deadline)) {
      guard lock(mutex_);
      if (!asleep_[me]) return true;
      // A permit from before this sleep: nobody chose me, sleep on.
    }
    return chosen_before_leaving(me);
  }

  // As many as slept when it began: who falls asleep meanwhile has looked again by itself.
  void wake_all() noexcept {
    unsigned left = workers_;
    for (unsigned i = 0; i != workers_ && left != 0; ++i) {
      {
        guard lock(mutex_);
        left = count_;
        if (!asleep_[i]) continue;
        asleep_[i] = false;
        left = --count_;
        word_.fetch_add(one_searching - one_sleeping, relaxed);  // A4
      }
      parkers_.unpark(i);
    }
  }

 private:
  using guard = std::lock_guard<typename W::mutex>;

  // I stop sleeping by myself. True: a waker had chosen me; its permit is consumed, so that it does not end my next sleep.
  bool chosen_before_leaving(unsigned me) noexcept {
    {
      guard lock(mutex_);
      if (asleep_[me]) {
        asleep_[me] = false;
        --count_;
        word_.fetch_sub(one_sleeping, relaxed);  // A2
        return false;
      }
    }
    parkers_.park(me, never);  // at most until the waker, out of the lock, has reached unpark
    return true;
  }

  alignas(line_size) atomic<W, std::uint32_t> word_{0};
  alignas(line_size) typename W::mutex mutex_;
  const unsigned workers_;
  idle_sleepers& parkers_;
  unsigned count_ = 0;
  const std::unique_ptr<bool[]> asleep_;
};

}  // namespace stealyard::idle
