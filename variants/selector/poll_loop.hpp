// poll_loop: polls every case in random order, again and again, and lets others run in between. The negative control: it never sleeps.
// Source:     ours; what people write who have try_recv and no select.
// Progress:   blocking, by the channels' locks, one at a time.
// Deviates:   nothing.
// Invariants: I1 it waits in no list.
// Orders
//   none: no atomic operation of its own
#pragma once
#include "core/contract/selector.hpp"

namespace stealyard::selector {

template <class W>
class poll_loop {
 public:
  static constexpr selector_claims claims{
      .lock_free_channels = true,
      .snapshot = false,
      .uniform = true,
      .sleeps = false,
  };

  template <class Cases>
  static std::size_t choose(Cases& cases, bool may_wait) {
    for (;;) {
      for (std::size_t k = 0; k != cases.size(); ++k) {
        const std::size_t i = cases.draw(k);
        if (cases.attempt(i)) return i;
      }
      if (!may_wait) return no_case;
      cases.yield();
    }
  }
};

}  // namespace stealyard::selector
