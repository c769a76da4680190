// futex: one word of three states: empty, permit, asleep. No system call unless somebody sleeps or is about to.
// Source:     ours; the state machine is the common one of thread parkers (Rust's std::thread::park has the same).
// Progress:   unpark wait-free: one exchange, and a wake only if the owner announced its sleep. park blocks.
// Deviates:   nothing.
// Invariants: I1 only the owner writes empty and asleep. I2 asleep is there only while the owner is inside park.
//             I3 each exchange to permit that found asleep is followed by a wake.
//             A permit stays in the word until it is consumed, so park needs no look at any condition between announcing
//             and sleeping: the announcement (F2) is itself the operation that finds a permit already there.
// Orders
//   F1  exchange word_ acquire  with F5   a poll: consumes the permit with all its unparks wrote
//   F2  fetch_sub word_ acquire with F5   consumes the permit, or announces the sleep
//   F3  cas  word_ acquire / relaxed  with F5   awake: consumes the permit; a failure is a spurious return or the deadline
//   F4  exchange word_ acquire  with F5   the deadline passed: withdraws the announcement, unless a permit has come
//   F5  exchange word_ release  with F1 to F4   the permit. A read-modify-write even if one is there: the owner that takes it
//                                         acquires from every unpark that made it (release sequence)
#pragma once
#include "core/contract/parker.hpp"

#include <cstdint>

namespace stealyard::parker {

template <class W>
class futex {
 public:
  static constexpr parker_claims claims{
      .spins = false,
      .sleeps = true,
      .unpark = progress::wait_free,
  };

  bool park(nanoseconds_t deadline) noexcept {
    if (deadline != never && W::now() >= deadline) return word_.exchange(empty, acquire) == permit;  // F1
    if (word_.fetch_sub(1u, acquire) == permit) return true;                                         // F2
    for (;;) {
      const bool in_time = sleep(deadline);
      std::uint32_t expected = permit;
      if (word_.compare_exchange_strong(expected, empty, acquire, relaxed)) return true;  // F3
      if (!in_time) return word_.exchange(empty, acquire) == permit;                      // F4
    }
  }

  void unpark() noexcept {
    const std::uint32_t was = word_.exchange(permit, release);  // F5
    if (was == asleep) W::wake(word_, 1u);
  }

 private:
  static constexpr std::uint32_t empty = 0;
  static constexpr std::uint32_t permit = 1;
  static constexpr std::uint32_t asleep = UINT32_MAX;  // empty - 1: F2 is one instruction

  bool sleep(nanoseconds_t deadline) noexcept {
    if (deadline != never) return W::wait_until(word_, asleep, deadline);
    W::wait(word_, asleep);
    return true;
  }

  alignas(line_size) atomic<W, std::uint32_t> word_{empty};
};

}  // namespace stealyard::parker
