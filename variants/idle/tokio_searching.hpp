// tokio_searching: Tokio's protocol. A worker searches while fewer than half of all workers do, by a count that nobody guards; a push wakes
//              one sleeper if nobody searches; the last searcher passes the search on.
// Source:     ours, after Idle in Tokio's scheduler (tokio/src/runtime/scheduler/multi_thread/idle.rs, Tokio 1.38).
// Progress:   begin_search wait-free: a load and an unconditional add; the rest blocks on a lock held for a few nanoseconds.
// Deviates:   whoever starts to sleep while nobody searches looks again, searcher or not (in Tokio only the last searcher does: a worker
//             above the limit may fall asleep beside a task pushed a moment before). The pusher's look is a plain load behind its
//             fence (Tokio: an add of nothing). From go_spinning it differs in the limit, which counts all workers and not those
//             awake, and in the add, by which several workers at once may go beyond it: hence searching_share = 1.
// Invariants: the set's (variants/shared/sleeping_set.hpp, with Z1 and Z2). Nothing is left behind, for the reasons that
//             go_spinning.hpp gives.
// Orders
//   K1  load  word relaxed  -                nobody to wake, or somebody searches: spares the lock
//   K2  load  word relaxed  -                as K1, under the lock: another waker was quicker. A worker may begin to search between K2
//                                            and K3: one searcher more than was needed
//   K3  fetch_add word relaxed  -            one sleeper becomes a searcher. The chosen worker is synchronised with by the set's lock
//                                            and the parker
//   K4  load  word relaxed  -                the limit is a rule of thumb
//   K5  fetch_add word relaxed  -            one searcher more. What a searcher overlooks, the look after Z1 finds
//   K6  fetch_sub word relaxed  -            found something. Only its place among the operations on the word matters
#pragma once
#include "core/contract/assert.hpp"
#include "core/contract/idle.hpp"
#include "variants/shared/sleeping_set.hpp"

namespace stealyard::idle {

template <class W>
class tokio_searching {
 public:
  static constexpr idle_claims claims{
      .woken_searches = true,
      .always_recheck = false,
      .wakes_one_at_a_time = true,
      .searching_share = 1,
      .begin_search = progress::wait_free,
      .work_added = progress::blocking,
  };

  tokio_searching(unsigned workers, idle_sleepers& parkers) : set_(workers, parkers) {}

  atomic<W, std::uint32_t>& word() noexcept { return set_.word; }

  void work_added() noexcept {
    if (!someone_should_wake(set_.word.load(relaxed))) return;  // K1
    set_.wake_one_if([&] {
      if (!someone_should_wake(set_.word.load(relaxed))) return false;  // K2
      set_.word.fetch_add(one_searching - one_sleeping, relaxed);  // K3
      return true;
    });
  }

  bool begin_search(unsigned) noexcept {
    if (2 * searching_in(set_.word.load(relaxed)) >= set_.workers()) return false;  // K4
    set_.word.fetch_add(one_searching, relaxed);  // K5
    return true;
  }

  void end_search_found(unsigned) noexcept {
    const std::uint32_t before = set_.word.fetch_sub(one_searching, relaxed);  // K6
    STEALYARD_ASSERT(searching_in(before) >= 1, "tokio_searching: end_search_found by a worker that does not search");
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
