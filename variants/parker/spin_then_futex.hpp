// spin_then_futex: looks for a while before it sleeps, because a wake-up that finds a spinner costs its waker nothing.
// Source:     ours, on the competitive argument of Karlin, Manasse, McGeoch, Owicki, SODA 1991: spin as long as a sleep would cost, and
//             the wait costs at most twice what the best choice in hindsight would have.
// Progress:   unpark wait-free: one exchange, and a wake only if the owner announced its sleep. park blocks.
// Deviates:   the budget is fixed at what a sleep and its wake-up cost here (21 us for the sleeper, 7 us for the waker), not learnt.
// Invariants: I1 only the owner writes empty and asleep. I2 asleep is there only while the owner is inside park, after its spin.
//             I3 each exchange to permit that found asleep is followed by a wake.
// Orders
//   T1  load  word_ relaxed  -               spins without a locked instruction; T2 decides
//   T2  exchange word_ acquire  with T6      a poll: consumes the permit with all its unparks wrote
//   T3  fetch_sub word_ acquire with T6      consumes the permit, or announces the sleep
//   T4  cas  word_ acquire / relaxed  with T6   awake: consumes the permit; a failure is a spurious return or the deadline
//   T5  exchange word_ acquire  with T6      the deadline passed: withdraws the announcement, unless a permit has come
//   T6  exchange word_ release  with T2 to T5   the permit. A read-modify-write even if one is there: the owner that takes it
//                                            acquires from every unpark that made it (release sequence)
#pragma once
#include "core/contract/parker.hpp"

#include <cstdint>

namespace stealyard::parker {

template <class W>
class spin_then_futex {
 public:
  static constexpr parker_claims claims{
      .spins = true,
      .sleeps = true,
      .unpark = progress::wait_free,
  };

  bool park(nanoseconds_t deadline) noexcept {
    if (spin(deadline)) return true;
    if (deadline != never && W::now() >= deadline) return false;
    if (word_.fetch_sub(1u, acquire) == permit) return true;  // T3
    for (;;) {
      const bool in_time = sleep(deadline);
      std::uint32_t expected = permit;
      if (word_.compare_exchange_strong(expected, empty, acquire, relaxed)) return true;  // T4
      if (!in_time) return word_.exchange(empty, acquire) == permit;                      // T5
    }
  }

  void unpark() noexcept {
    const std::uint32_t was = word_.exchange(permit, release);  // T6
    if (was == asleep) W::wake(word_, 1u);
  }

 private:
  static constexpr std::uint32_t empty = 0;
  static constexpr std::uint32_t permit = 1;
  static constexpr std::uint32_t asleep = UINT32_MAX;  // empty - 1: T3 is one instruction
  static constexpr nanoseconds_t budget = 25'000;
  static constexpr unsigned looks_a_round = 2;  // between two readings of the clock, which take about as long

  // True: took the permit.
  bool spin(nanoseconds_t deadline) noexcept {
    const nanoseconds_t start = W::now();
    const nanoseconds_t until = deadline > start && deadline - start > budget ? start + budget : deadline;
    do {
      for (unsigned look = 0; look != looks_a_round; ++look) {
        if (take_permit()) return true;
        W::pause();
      }
    } while (W::now() < until);
    return false;
  }
  bool take_permit() noexcept {
    if (word_.load(relaxed) != permit) return false;  // T1
    return word_.exchange(empty, acquire) == permit;  // T2
  }

  bool sleep(nanoseconds_t deadline) noexcept {
    if (deadline != never) return W::wait_until(word_, asleep, deadline);
    W::wait(word_, asleep);
    return true;
  }

  alignas(line_size) atomic<W, std::uint32_t> word_{empty};
};

}  // namespace stealyard::parker
