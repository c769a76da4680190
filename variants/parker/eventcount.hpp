// eventcount: a permit that says whether to sleep, and an eventcount that says how: prepare, re-check, commit.
// Source:     ours, on the eventcount of Reed and Kanodia, CACM 1979, in its futex form (Vyukov, 2008; Folly's EventCount).
// Progress:   unpark wait-free: one exchange and one load while nobody waits. park blocks.
// Deviates:   the waiter count is a flag, for a parker has one owner. seq_cst accesses in place of fences.
// Invariants: I1 permit_ is 0 or 1; only the owner takes it. I2 waiting_ is written by the owner only.
//             The protocol, owner against unpark:
//               1 prepare: waiting_ = 1 (E3), key = epoch_ (E4)     1 permit_ = 1 (E7)
//               2 re-check: permit_ set? take it (E5)               2 waiting_ set? (E8)
//               3 commit: sleep while epoch_ == key                 3 epoch_ + 1 (E9), wake
//             Either 2 sees the other side's 1 (store buffering, forbidden by E3, E5, E7, E8 being seq_cst). Without the re-check an
//             unpark between the first look at the permit and prepare wakes nobody.
// Orders
//   E1  load  permit_  relaxed  -             spares the exchange; a stale 0 is caught by E5
//   E2  exchange permit_ acquire with E7      consumes the permit with all its unparks wrote
//   E3  store waiting_ seq_cst  with E8       before E5 in the order of seq_cst operations
//   E4  load  epoch_   acquire  with E9      a key that is already the new epoch: then E5 sees that unpark's permit. No instrument
//                                             kills it relaxed: they run the two loads in program order
//   E5  load  permit_  seq_cst  with E7       the re-check
//   E6  store waiting_ relaxed  -             awake: an unpark that still sees 1 makes one needless wake
//   E7  exchange permit_ seq_cst with E2, E5  the permit; a read-modify-write even if one is there, as the owner acquires from every
//                                             unpark that made it; before E8 in the order of seq_cst operations
//   E8  load  waiting_ seq_cst  with E3       does the owner sleep, or is it about to?
//   E9  fetch_add epoch_ release with E4      ends the sleep of whoever holds an older key
#pragma once
#include "core/contract/parker.hpp"

#include <cstdint>

namespace stealyard::parker {

template <class W>
class eventcount {
 public:
  static constexpr parker_claims claims{
      .spins = false,
      .sleeps = true,
      .unpark = progress::wait_free,
  };

  bool park(nanoseconds_t deadline) noexcept {
    for (;;) {
      if (take_permit()) return true;
      if (deadline != never && W::now() >= deadline) return false;
      const std::uint32_t key = prepare();
      if (permit_.load(seq_cst) == 0) commit(key, deadline);  // E5
      waiting_.store(0, relaxed);                             // E6
    }
  }

  void unpark() noexcept {
    permit_.exchange(1, seq_cst);             // E7
    if (waiting_.load(seq_cst) == 0) return;  // E8
    epoch_.fetch_add(1u, release);            // E9
    W::wake(epoch_, 1u);
  }

 private:
  bool take_permit() noexcept {
    if (permit_.load(relaxed) == 0) return false;  // E1
    return permit_.exchange(0, acquire) != 0;      // E2
  }

  std::uint32_t prepare() noexcept {
    waiting_.store(1, seq_cst);     // E3
    return epoch_.load(acquire);    // E4
  }

  void commit(std::uint32_t key, nanoseconds_t deadline) noexcept {
    if (deadline == never) {
      W::wait(epoch_, key);
    } else {
      W::wait_until(epoch_, key, deadline);
    }
  }

  alignas(line_size) atomic<W, std::uint32_t> permit_{0};
  atomic<W, std::uint32_t> waiting_{0};
  atomic<W, std::uint32_t> epoch_{0};
};

}  // namespace stealyard::parker
