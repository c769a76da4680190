// claim_word: enlist in one channel after the other, look at all of them again, and only then sleep; a word decides who serves which case.
// Source:     ours; the claim word is Reppy's event state (Concurrent ML, CUP 1999, chapter 10), the second look the eventcount's.
// Progress:   blocking, by the channels' locks, one at a time. Two selects that meet each other's half-enlisted cases on channels with a
//             lock send each other back to the start; they wait a random while, so that one gets through.
// Deviates:   nothing.
// Invariants: I1 while it enlists, nobody serves a case; whoever meets one makes sleep() refuse.
//             I2 whoever pushes or pops after K1 sees the case enlisted (and makes sleep refuse), or K1's second look sees what it did.
// Orders
//   K1 fence seq_cst  with F2 of core/go/chan_core.hpp  a waiter registers (W1), then looks; an operation happens, then looks for waiters
#pragma once
#include "core/contract/selector.hpp"

#include <algorithm>
#include <cstdint>

namespace stealyard::selector {

template <class W>
class claim_word {
  template <class Cases>
  static std::size_t poll(Cases& cases) noexcept {
    for (std::size_t k = 0; k != cases.size(); ++k) {
      const std::size_t i = cases.draw(k);
      if (cases.attempt(i)) return i;
    }
    return no_case;
  }

  // All cases enlisted, or one that proceeded meanwhile.
  template <class Cases>
  static std::size_t enlist(Cases& cases) noexcept {
    const std::size_t proceeded = cases.enlist();
    if (proceeded != no_case || !cases.any_lock_free()) return proceeded;
    W::fence(seq_cst);  // K1
    for (std::size_t k = 0; k != cases.size(); ++k) {
      const std::size_t i = cases.at(k);
      if (cases.lock_free(i) && cases.attempt(i)) return i;
    }
    return no_case;
  }

  static void wait_a_while(std::uint32_t failures) noexcept {
    for (std::uint32_t pauses = W::random(1u << std::min(failures, 8u)); pauses != 0; --pauses) W::pause();
    if (failures > 8) W::yield();
  }

 public:
  static constexpr selector_claims claims{
      .lock_free_channels = true,
      .snapshot = false,
      .uniform = true,
      .sleeps = true,
  };

  template <class Cases>
  static std::size_t choose(Cases& cases, bool may_wait) {
    for (std::uint32_t failures = 0;; ++failures) {
      const std::size_t ready = poll(cases);
      if (ready != no_case || !may_wait) return ready;
      if (failures != 0) wait_a_while(failures);
      cases.join();
      const std::size_t found = enlist(cases);
      const std::size_t served = found != no_case ? found : cases.sleep();
      cases.withdraw();
      if (served != no_case) return served;
    }
  }
};

}  // namespace stealyard::selector
