// wake_everyone: whoever pushes while somebody sleeps and nobody searches wakes every sleeper, and all of them search.
// Source:     ours; the thundering herd, registered as a negative control: a figure that does not rank it last where workers come and
//             go is suspect.
// Progress:   begin_search wait-free; the rest blocks on a lock held for a few nanoseconds.
// Deviates:   the usual name is wake_all, which the contract's method of that name keeps the type from having.
// Invariants: the set's (variants/shared/sleeping_set.hpp, with Z1 and Z2).
//             Nothing is left behind: everybody who goes to sleep looks again after Z1 and its fence, so a pusher that saw nobody
//             asleep is seen by that look; and whoever leaves the search by finding wakes everybody else.
// Orders
//   A1  load  word relaxed  -                a guess: nobody to wake, or somebody already at it
//   A2  fetch_add word relaxed  -            one searcher more, without limit
//   A3  fetch_sub word relaxed  -            found something. Only its place among the operations on the word matters
#pragma once
#include "core/contract/assert.hpp"
#include "core/contract/idle.hpp"
#include "variants/shared/sleeping_set.hpp"

namespace stealyard::idle {

template <class W>
class wake_everyone {
 public:
  static constexpr idle_claims claims{
      .woken_searches = true,
      .always_recheck = true,
      .wakes_one_at_a_time = false,
      .searching_share = 1,
      .begin_search = progress::wait_free,
      .work_added = progress::blocking,
  };

  wake_everyone(unsigned workers, idle_sleepers& parkers) : set_(workers, parkers) {}

  atomic<W, std::uint32_t>& word() noexcept { return set_.word; }

  void work_added() noexcept {
    if (someone_should_wake(set_.word.load(relaxed))) set_.wake_all();  // A1
  }

  bool begin_search(unsigned) noexcept {
    set_.word.fetch_add(one_searching, relaxed);  // A2
    return true;
  }

  void end_search_found(unsigned) noexcept {
    const std::uint32_t before = set_.word.fetch_sub(one_searching, relaxed);  // A3
    STEALYARD_ASSERT(searching_in(before) >= 1, "wake_everyone: end_search_found by a worker that does not search");
    if (searching_in(before) == 1) work_added();
  }

  bool prepare_sleep(unsigned me, bool searching) noexcept {
    set_.enter(me, searching);
    return true;
  }

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
