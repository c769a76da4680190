// spin_yield: never sleeps: looks, pauses, and now and then gives the processor away.
// Source:     ours; what a busy-waiting runtime does, and the floor of wake-up latency.
// Progress:   unpark wait-free: one exchange, never a system call. park spins until the permit comes.
// Deviates:   nothing.
// Invariants: I1 permit_ is 0 or 1; only the owner takes it.
// Orders
//   Y1  load  permit_ relaxed  -         spins without a locked instruction; Y2 decides
//   Y2  exchange permit_ acquire with Y3  consumes the permit with all its unparks wrote
//   Y3  exchange permit_ release with Y2  the permit. A read-modify-write even if one is there: the owner that takes it acquires
//                                         from every unpark that made it (release sequence)
#pragma once
#include "core/contract/parker.hpp"

#include <cstdint>

namespace stealyard::parker {

template <class W>
class spin_yield {
 public:
  static constexpr parker_claims claims{
      .spins = true,
      .sleeps = false,
      .unpark = progress::wait_free,
  };

  bool park(nanoseconds_t deadline) noexcept {
    for (unsigned turn = 1;; ++turn) {
      if (take_permit()) return true;
      if (deadline != never && W::now() >= deadline) return false;
      if (turn % turns_between_yields == 0) {
        W::yield();  // whoever is to unpark us may need this very processor
      } else {
        W::pause();
      }
    }
  }

  void unpark() noexcept {
    permit_.exchange(1, release);  // Y3
  }

 private:
  static constexpr unsigned turns_between_yields = 16;  // of some 24 ns each: as long as the yield itself takes

  bool take_permit() noexcept {
    if (permit_.load(relaxed) == 0) return false;  // Y1
    return permit_.exchange(0, acquire) != 0;      // Y2
  }

  alignas(line_size) atomic<W, std::uint32_t> permit_{0};
};

}  // namespace stealyard::parker
