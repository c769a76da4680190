// uniform: every try draws a victim anew, independently and uniformly among the other workers.
// Source:     Blumofe and Leiserson, JACM 1999: the analysis of randomized work stealing is of this rule.
// Progress:   wait-free.
// Deviates:   nothing.
// Invariants: I1 no state: a pass may name a worker twice and miss another, which is why the idle protocol re-checks every queue.
// Orders
//   none: W::random is the thief's own
#pragma once
#include "core/contract/assert.hpp"
#include "core/contract/victim.hpp"

namespace stealyard::victim {

template <class W>
class uniform {
 public:
  static constexpr victim_claims claims{
      .covers = false,
      .unbiased = true,
      .nearest_first = false,
  };

  explicit uniform(const victim_view& view) : workers_(view.workers()) {}

  void begin_pass(unsigned) noexcept {}

  unsigned next(unsigned thief) noexcept {
    STEALYARD_ASSERT(workers_ >= 2 && thief < workers_, "uniform: a thief below workers, and somebody to rob");
    const unsigned drawn = W::random(workers_ - 1);
    return drawn + (drawn >= thief ? 1 : 0);
  }

 private:
  const unsigned workers_;
};

}  // namespace stealyard::victim
