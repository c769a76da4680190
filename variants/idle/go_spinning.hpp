// go_spinning: Go's protocol. At most half of the awake workers search; a push wakes one sleeper only if nobody searches; the last
//              searcher passes the search on when it finds something, and looks again at every queue when it does not.
// Source:     ours, after the comment "Worker thread parking/unparking" of Go's runtime/proc.go (Go 1.24).
// Progress:   begin_search lock-free; the rest blocks on a lock held for a few nanoseconds, and never while pushes alone go on.
// Deviates:   both counters share one word, so that "I sleep and no longer search" is one step, and whoever starts to sleep while
//             nobody searches looks again, searcher or not (in Go only the last spinner does: a worker above the spinning limit may
//             fall asleep beside a task pushed a moment before). A look that finds something passes the search on.
// Invariants: the set's (variants/shared/sleeping_set.hpp, with Z1 and Z2).
//             Nothing is left behind: a pusher that wakes nobody read, after its fence, (a) searching > 0. The last of these
//             searchers leaves by finding (it wakes another, who searches), or by Z1 in prepare_sleep, and looks again; or
//             (b) searching = sleeping = 0. Whoever sleeps later does Z1 after the pusher's read. If it then finds searching = 0 it
//             looks again, and its fence makes it see the push; otherwise (a) holds for the searchers it found.
// Orders
//   W1  load  word relaxed  -                a guess that W2 repeats under the lock
//   W2  load  word relaxed  -                as W1, under the lock; a guess that W3 checks
//   W3  cas   word relaxed  -                0 -> 1 searcher and one sleeper fewer: of many wakers one wins. The chosen worker is
//                                            synchronised with by the set's lock and the parker
//   W4  load  word relaxed  -                a guess that W5 checks
//   W5  cas   word relaxed  -                one searcher more. What a searcher overlooks, the look after Z1 finds
//   W6  fetch_sub word relaxed  -            found something. Only its place among the operations on the word matters
#pragma once
#include "core/contract/assert.hpp"
#include "core/contract/idle.hpp"
#include "variants/shared/sleeping_set.hpp"

namespace stealyard::idle {

template <class W>
class go_spinning {
 public:
  static constexpr idle_claims claims{
      .woken_searches = true,
      .always_recheck = false,
      .wakes_one_at_a_time = true,
      .searching_share = 2,
      .begin_search = progress::lock_free,
      .work_added = progress::blocking,
  };

  go_spinning(unsigned workers, idle_sleepers& parkers) : set_(workers, parkers) {}

  atomic<W, std::uint32_t>& word() noexcept { return set_.word; }

  void work_added() noexcept {
    if (!someone_should_wake(set_.word.load(relaxed))) return;  // W1
    set_.wake_one_if([&] {
      std::uint32_t seen = set_.word.load(relaxed);  // W2
      do {
        if (!someone_should_wake(seen)) return false;
      } while (!set_.word.compare_exchange_weak(seen, seen + one_searching - one_sleeping, relaxed, relaxed));  // W3
      return true;
    });
  }

  bool begin_search(unsigned) noexcept {
    std::uint32_t seen = set_.word.load(relaxed);  // W4
    do {
      if (2 * searching_in(seen) >= set_.workers() - sleeping_in(seen)) return false;
    } while (!set_.word.compare_exchange_weak(seen, seen + one_searching, relaxed, relaxed));  // W5
    return true;
  }

  void end_search_found(unsigned) noexcept {
    const std::uint32_t before = set_.word.fetch_sub(one_searching, relaxed);  // W6
    STEALYARD_ASSERT(searching_in(before) >= 1, "go_spinning: end_search_found by a worker that does not search");
    if (searching_in(before) == 1) work_added();
  }

  bool prepare_sleep(unsigned me, bool searching) noexcept { return searching_in(set_.enter(me, searching)) == 0; }

  bool cancel_sleep(unsigned me) noexcept {
    if (set_.chosen_before_leaving(me)) return true;
    work_added();  // what the look found may not be all there is, and nobody may be searching for the rest
    return false;
  }

  bool commit_sleep(unsigned me, nanoseconds_t deadline) noexcept { return set_.sleep(me, deadline); }

  void wake_all() noexcept { set_.wake_all(); }

 private:
  shared::sleeping_set<W> set_;
};

}  // namespace stealyard::idle
