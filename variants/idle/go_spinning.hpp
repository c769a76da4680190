// go_spinning: Go's protocol. At most half of the awake workers search; a push wakes one sleeper only if nobody searches; the last
//              searcher passes the search on when it finds something, and looks again at every queue when it does not.
// Source:     ours, after the comment "Worker thread parking/unparking" of Go's runtime/proc.go (Go 1.24).
// Progress:   begin_search lock-free; the rest blocks on a lock held for a few nanoseconds, and never while pushes alone go on.
// Deviates:   both counters share one word, so that "I sleep and no longer search" is one step, and whoever starts to sleep while
//             nobody searches looks again, searcher or not (in Go only the last spinner does: a worker above the spinning limit may
//             fall asleep beside a task pushed a moment before). A look that finds something passes the search on.
// Invariants: I1 sleepers_[0 .. count_), touched under mutex_ only, are the workers that sleep or are about to; the word's low half
//             equals count_ whenever mutex_ is free. I2 a worker leaves the set once a sleep: by itself, or chosen by a waker, who
//             then makes it a searcher in the same step as it leaves, and unparks it afterwards. I3 the searching half is changed by
//             anyone at any time, the sleeping half under mutex_ only.
//             Nothing is left behind: a pusher that wakes nobody read, after its fence, (a) searching > 0. The last of these
//             searchers leaves by finding (it wakes another, who searches), or by W1 in prepare_sleep, and looks again; or
//             (b) searching = sleeping = 0. Whoever sleeps later does W1 after the pusher's read. If it then finds searching = 0 it
//             looks again, and its fence makes it see the push; otherwise (a) holds for the searchers it found.
// Orders
//   W1  fetch_add word_ relaxed  with the pusher's load   asleep, and no longer searching; the fence after it pairs with the fence
//                                            between the pusher's push and its load of the word
//   W2  fetch_sub word_ relaxed  -           leaves the set by itself; the set is guarded by mutex_
//   W3  load  word_ relaxed  -               a guess that W10 repeats under the lock
//   W4  cas   word_ relaxed  -               0 -> 1 searcher and one sleeper fewer: of many wakers one wins. The chosen worker is
//                                            synchronised with by mutex_ and the parker
//   W5  load  word_ relaxed  -               a guess that W6 checks
//   W6  cas   word_ relaxed  -               one searcher more. What a searcher overlooks, the look after W1 finds
//   W7  fetch_sub word_ relaxed  -           found something. Only its place among the operations on the word matters
//   W8  fetch_add word_ relaxed  -           everybody sleeping becomes a searcher
//   W9  fence seq_cst  with the pusher's fence   its push is seen by the look that follows, or W1 is seen by the pusher
//   W10 load  word_ relaxed  -               as W3, under the lock; a guess that W4 checks
#pragma once
#include "core/contract/assert.hpp"
#include "core/contract/idle.hpp"

#include <memory>
#include <mutex>

namespace stealyard::idle {

template <class W>
class go_spinning {
 public:
  static constexpr idle_claims claims{
      .woken_searches = true,
      .always_recheck = false,
      .wakes_one_at_a_time = true,
      .searching_share = 2,
  };

  go_spinning(unsigned workers, idle_sleepers& parkers)
      : workers_(workers), parkers_(parkers), sleepers_(std::make_unique<unsigned[]>(workers)) {
    STEALYARD_ASSERT(workers >= 1 && workers <= 256, "go_spinning: 1 .. 256 workers");
  }

  atomic<W, std::uint32_t>& word() noexcept { return word_; }

  void work_added() noexcept {
    if (!someone_should_wake(word_.load(relaxed))) return;  // W3
    unsigned chosen = 0;
    {
      guard lock(mutex_);
      if (!claim_search()) return;
      chosen = sleepers_[--count_];  // the last to fall asleep: its caches are the warmest
    }
    parkers_.unpark(chosen);
  }

  bool begin_search(unsigned) noexcept {
    std::uint32_t seen = word_.load(relaxed);  // W5
    do {
      if (2 * searching_in(seen) >= workers_ - sleeping_in(seen)) return false;
    } while (!word_.compare_exchange_weak(seen, seen + one_searching, relaxed, relaxed));  // W6
    return true;
  }

  void end_search_found(unsigned) noexcept {
    const std::uint32_t before = word_.fetch_sub(one_searching, relaxed);  // W7
    STEALYARD_ASSERT(searching_in(before) >= 1, "go_spinning: end_search_found by a worker that does not search");
    if (searching_in(before) == 1) work_added();
  }

  bool prepare_sleep(unsigned me, bool searching) noexcept {
    const std::uint32_t step = searching ? one_sleeping - one_searching : one_sleeping;
    std::uint32_t before = 0;
    {
      guard lock(mutex_);
      STEALYARD_ASSERT(find(me) == count_ && count_ < workers_, "go_spinning: prepare_sleep by a worker that sleeps already");
      sleepers_[count_++] = me;
      before = word_.fetch_add(step, relaxed);  // W1
    }
    W::fence(seq_cst);  // W9
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
        word_.fetch_add(one_searching - one_sleeping, relaxed);  // W8
      }
      parkers_.unpark(chosen);
    }
  }

 private:
  using guard = std::lock_guard<typename W::mutex>;

  // Under mutex_: the sleeping half stands still, only searchers come and go.
  bool claim_search() noexcept {
    std::uint32_t seen = word_.load(relaxed);  // W10
    do {
      if (!someone_should_wake(seen)) return false;
    } while (!word_.compare_exchange_weak(seen, seen + one_searching - one_sleeping, relaxed, relaxed));  // W4
    return true;
  }

  // I stop sleeping by myself. True: a waker had chosen me; its permit is consumed, so that it does not end my next sleep.
  bool chosen_before_leaving(unsigned me) noexcept {
    {
      guard lock(mutex_);
      const unsigned at = find(me);
      if (at != count_) {
        for (unsigned i = at + 1; i != count_; ++i) sleepers_[i - 1] = sleepers_[i];
        --count_;
        word_.fetch_sub(one_sleeping, relaxed);  // W2
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
