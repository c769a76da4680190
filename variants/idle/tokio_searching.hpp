// tokio_searching: Tokio's protocol. A worker searches while fewer than half of all workers do, by a count that nobody guards; a push wakes
//              one sleeper if nobody searches; the last searcher passes the search on.
// Source:     ours, after Idle in Tokio's scheduler (tokio/src/runtime/scheduler/multi_thread/idle.rs, Tokio 1.38).
// Progress:   begin_search wait-free: a load and an unconditional add; the rest blocks on a lock held for a few nanoseconds.
// Deviates:   whoever starts to sleep while nobody searches looks again, searcher or not (in Tokio only the last searcher does: a worker
//             above the limit may fall asleep beside a task pushed a moment before). The pusher's look is a plain load behind its
//             fence (Tokio: an add of nothing). From go_spinning it differs in the limit, which counts all workers and not those
//             awake, and in the add, by which several workers at once may go beyond it: hence searching_share = 1.
// Invariants: I1 sleepers_[0 .. count_), touched under mutex_ only, are the workers that sleep or are about to; the word's low half
//             equals count_ whenever mutex_ is free. I2 a worker leaves the set once a sleep: by itself, or chosen by a waker, who
//             then makes it a searcher in the same step as it leaves, and unparks it afterwards. I3 the searching half is changed by
//             anyone at any time, the sleeping half under mutex_ only.
//             Nothing is left behind, for the reasons that go_spinning.hpp gives: they rest on W1 and W9 there, K1 and K7 here.
// Orders
//   K1  fetch_add word_ relaxed  with the pusher's load   asleep, and no longer searching; the fence after it pairs with the fence
//                                            between the pusher's push and its load of the word
//   K2  fetch_sub word_ relaxed  -           leaves the set by itself; the set is guarded by mutex_
//   K3  load  word_ relaxed  -               nobody to wake, or somebody searches: spares the lock
//   K4  fetch_add word_ relaxed  -           one sleeper becomes a searcher. The chosen worker is synchronised with by mutex_ and the
//                                            parker
//   K5  load  word_ relaxed  -               the limit is a rule of thumb
//   K6  fetch_add word_ relaxed  -           one searcher more. What a searcher overlooks, the look after K1 finds
//   K7  fence seq_cst  with the pusher's fence   its push is seen by the look that follows, or K1 is seen by the pusher
//   K8  fetch_sub word_ relaxed  -           found something. Only its place among the operations on the word matters
//   K9  load  word_ relaxed  -               as K3, under the lock: another waker was quicker. A worker may begin to search between K9
//                                            and K4: one searcher more than was needed
//   K10 fetch_add word_ relaxed  -           everybody sleeping becomes a searcher
#pragma once
#include "core/contract/assert.hpp"
#include "core/contract/idle.hpp"

#include <memory>
#include <mutex>

namespace stealyard::idle {

template <class W>
class tokio_searching {
 public:
  static constexpr idle_claims claims{
      .woken_searches = true,
      .always_recheck = false,
      .wakes_one_at_a_time = true,
      .searching_share = 1,
  };

  tokio_searching(unsigned workers, idle_sleepers& parkers)
      : workers_(workers), parkers_(parkers), sleepers_(std::make_unique<unsigned[]>(workers)) {
    STEALYARD_ASSERT(workers >= 1 && workers <= 256, "tokio_searching: 1 .. 256 workers");
  }

  atomic<W, std::uint32_t>& word() noexcept { return word_; }

  void work_added() noexcept {
    if (!someone_should_wake(word_.load(relaxed))) return;  // K3
    unsigned chosen = 0;
    {
      guard lock(mutex_);
      if (!someone_should_wake(word_.load(relaxed))) return;  // K9
      word_.fetch_add(one_searching - one_sleeping, relaxed);  // K4
      chosen = sleepers_[--count_];  // the last to fall asleep: its caches are the warmest
    }
    parkers_.unpark(chosen);
  }

  bool begin_search(unsigned) noexcept {
    if (2 * searching_in(word_.load(relaxed)) >= workers_) return false;  // K5
    word_.fetch_add(one_searching, relaxed);  // K6
    return true;
  }

  void end_search_found(unsigned) noexcept {
    const std::uint32_t before = word_.fetch_sub(one_searching, relaxed);  // K8
    STEALYARD_ASSERT(searching_in(before) >= 1, "tokio_searching: end_search_found by a worker that does not search");
    if (searching_in(before) == 1) work_added();
  }

  bool prepare_sleep(unsigned me, bool searching) noexcept {
    const std::uint32_t step = searching ? one_sleeping - one_searching : one_sleeping;
    std::uint32_t before = 0;
    {
      guard lock(mutex_);
      STEALYARD_ASSERT(find(me) == count_ && count_ < workers_, "tokio_searching: prepare_sleep by a worker that sleeps already");
      sleepers_[count_++] = me;
      before = word_.fetch_add(step, relaxed);  // K1
    }
    W::fence(seq_cst);  // K7
    return searching_in(before + step) == 0;
  }

  bool cancel_sleep(unsigned me) noexcept {
    if (chosen_before_leaving(me)) return true;
    work_added();  // what the look found may not be all there is, and nobody may be searching for the rest
    return false;
  }

  bool commit_sleep(unsigned me, nanoseconds_t deadline) noexcept {
    while (parkers_.park(me, deadline)) {
      guard lock(mutex_);
      if (find(me) == count_) return true;
      // A permit from before this sleep: nobody chose me, sleep on.
    }
    return chosen_before_leaving(me);
  }

  void wake_all() noexcept {
    for (;;) {
      unsigned chosen = 0;
      {
        guard lock(mutex_);
        if (count_ == 0) return;
        chosen = sleepers_[--count_];
        word_.fetch_add(one_searching - one_sleeping, relaxed);  // K10
      }
      parkers_.unpark(chosen);
    }
  }

 private:
  using guard = std::lock_guard<typename W::mutex>;

  // I stop sleeping by myself. True: a waker had chosen me; its permit is consumed, so that it does not end my next sleep.
  bool chosen_before_leaving(unsigned me) noexcept {
    {
      guard lock(mutex_);
      const unsigned at = find(me);
      if (at != count_) {
        for (unsigned i = at + 1; i != count_; ++i) sleepers_[i - 1] = sleepers_[i];
        --count_;
        word_.fetch_sub(one_sleeping, relaxed);  // K2
        return false;
      }
    }
    parkers_.park(me, never);  // at most until the waker, out of the lock, has reached unpark
    return true;
  }

  // Under mutex_: where the worker is in the set; count_ if it is not. From the top, where the sleeper that leaves early usually is.
  unsigned find(unsigned me) const noexcept {
    for (unsigned i = count_; i != 0; --i) {
      if (sleepers_[i - 1] == me) return i - 1;
    }
    return count_;
  }

  alignas(line_size) atomic<W, std::uint32_t> word_{0};
  alignas(line_size) typename W::mutex mutex_;
  const unsigned workers_;
  idle_sleepers& parkers_;
  unsigned count_ = 0;
  const std::unique_ptr<unsigned[]> sleepers_;
};

}  // namespace stealyard::idle
