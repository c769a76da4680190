// two_phase: poll every case in random order; if none can proceed, enlist in all of them under all their locks, sleep, withdraw the rest.
// Source:     Go's selectgo (runtime/select.go, Go 1.24).
// Progress:   blocking, by the channels' locks, which are taken in the order of their addresses.
// Deviates:   one that may wait first polls with one lock at a time: where a case is ready, that is all. Under one instant's locks it then
//             polls again, so that it sleeps only if none was ready.
// Invariants: I1 whoever could serve a case needs its channel's lock: between poll and sleep nothing can become ready.
//             I2 the last lock is released when the select can be woken; it returns only after it had the lock of each case that was
//             not served, hence after the last release, which runs on another stack.
// Orders
//   none: no atomic operation of its own
#pragma once
#include "core/contract/selector.hpp"

namespace stealyard::selector {

template <class W>
class two_phase {
 public:
  static constexpr selector_claims claims{
      .lock_free_channels = false,
      .snapshot = true,
      .uniform = true,
      .sleeps = true,
  };

  template <class Cases>
  static std::size_t choose(Cases& cases, bool may_wait) {
    if (may_wait) {
      for (std::size_t k = 0; k != cases.size(); ++k) {
        const std::size_t i = cases.draw(k);
        if (cases.attempt(i)) return i;
      }
    }
    cases.lock();
    for (std::size_t k = 0; k != cases.size(); ++k) {
      const std::size_t i = cases.draw(k);
      if (cases.attempt_locked(i)) {
        cases.unlock();
        return i;
      }
    }
    if (may_wait) return cases.wait_unlocking();
    cases.unlock();
    return no_case;
  }
};

}  // namespace stealyard::selector
