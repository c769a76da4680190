// round_robin: a pass goes once around the other workers, and each pass starts one worker further on.
// Source:     ours; the cheapest policy that meets everybody, and the regular one that random choice is weighed against.
// Progress:   wait-free.
// Deviates:   nothing.
// Invariants: I1 first is the victim that a pass starts with, next the one it goes on with, both counted ahead from the thief.
//             Thieves start their first passes at different distances, or they would all rob one worker after the other together.
// Orders
//   none: a thief's state is its own
#pragma once
#include "core/contract/assert.hpp"
#include "core/contract/victim.hpp"

#include <memory>

namespace stealyard::victim {

template <class W>
class round_robin {
 public:
  static constexpr victim_claims claims{
      .covers = true,
      .unbiased = true,
      .nearest_first = false,
  };

  explicit round_robin(const victim_view& view) : workers_(view.workers()), thieves_(std::make_unique<thief_state[]>(view.workers())) {
    for (unsigned i = 0; i != workers_; ++i) thieves_[i].first = workers_ < 2 ? 0 : i % (workers_ - 1);
  }

  void begin_pass(unsigned thief) noexcept {
    thief_state& mine = thieves_[thief];
    mine.first = after(mine.first);
    mine.next = mine.first;
  }

  unsigned next(unsigned thief) noexcept {
    STEALYARD_ASSERT(workers_ >= 2 && thief < workers_, "round_robin: a thief below workers, and somebody to rob");
    thief_state& mine = thieves_[thief];
    const unsigned victim = thief + 1 + mine.next;
    mine.next = after(mine.next);
    return victim < workers_ ? victim : victim - workers_;
  }

 private:
  // How far ahead of the thief, less one: 0 .. workers - 2.
  struct alignas(line_size) thief_state {
    unsigned first = 0;
    unsigned next = 0;
  };

  unsigned after(unsigned ahead) const noexcept { return ahead + 2 < workers_ ? ahead + 1 : 0; }

  const unsigned workers_;
  const std::unique_ptr<thief_state[]> thieves_;
};

}  // namespace stealyard::victim
