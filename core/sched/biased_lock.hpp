// biased_lock: a lock whose owner enters without a locked instruction; anyone else pays a heavy fence to take it away for once.
// Source:     biased locking (Kawachiya, Koseki, Onodera, OOPSLA 2002; Dice, Moir, Scherer, 2003), with an asymmetric fence.
// Progress:   owner: wait-free unless a revoker holds it; revoker: blocking, gives up after a bounded wait.
// Invariants: I1 revocations_ grows only under revokers_. I2 the owner is inside without revokers_ only if revocations_ still
//             had the value `seen_` when it looked after announcing itself.
// Orders
//   B1  store inside_      relaxed  with B5 through the fences: the owner announces itself, then looks
//   B2  load  revocations_ relaxed  with B4 through the fences; what a revoker changed reaches the owner through revokers_
//   B3  store inside_      release  with B5: what the owner did inside is the revoker's to see
//   B4  add   revocations_ relaxed  with B2 through the fences: the revoker announces itself, then looks
//   B5  load  inside_      acquire  with B3
//   B6  load  revocations_ relaxed  - under revokers_
//   B7  store inside_      release  with B5: the owner withdraws before it queues behind the revoker; it did nothing inside, but the
//                                   revoker that reads this 0 instead of B3's needs what came before
#pragma once
#include "core/world/concept.hpp"

namespace stealyard::sched {

template <class W>
class biased_lock {
  atomic<W, std::uint32_t> inside_{0};
  std::uint32_t seen_ = 0;  // the owner's
  bool slow_ = false;       // the owner's: it holds revokers_
  alignas(line_size) atomic<W, std::uint32_t> revocations_{0};
  typename W::mutex revokers_;

  [[gnu::noinline, gnu::cold]] void enter_slow() noexcept {
    inside_.store(0u, release);  // B7
    revokers_.lock();
    seen_ = revocations_.load(relaxed);  // B6
    slow_ = true;
  }
  [[gnu::noinline, gnu::cold]] void leave_slow() noexcept {
    slow_ = false;
    revokers_.unlock();
  }

 public:
  // The owner's critical section: a few instructions, no call out, no switch inside.
  class owner_section {
    biased_lock& lock_;

   public:
    STEALYARD_FORCE_INLINE explicit owner_section(biased_lock& lock) noexcept : lock_(lock) {
      lock_.inside_.store(1u, relaxed);                                               // B1
      W::light_fence();                                                               // pairs the revoker's heavy one
      if (lock_.revocations_.load(relaxed) != lock_.seen_) [[unlikely]]
        lock_.enter_slow();  // B2
    }
    STEALYARD_FORCE_INLINE ~owner_section() {
      if (lock_.slow_) [[unlikely]] {
        lock_.leave_slow();
      } else {
        lock_.inside_.store(0u, release);  // B3
      }
    }
    owner_section(const owner_section&) = delete;
    owner_section& operator=(const owner_section&) = delete;
  };

  // Anyone but the owner: runs `change` while the owner is outside. False if the owner stayed inside (its thread may have lost
  // its processor) or another revoker was at work; the owner then takes its slow path once, which is harmless.
  template <class Change>
  [[gnu::noinline, gnu::cold]] bool revoke(Change&& change) noexcept {
    if (!revokers_.try_lock()) return false;
    revocations_.fetch_add(1u, relaxed);  // B4
    W::heavy_fence();
    bool alone = false;
    for (unsigned tries = 0; tries != 64 && !alone; ++tries) {
      alone = inside_.load(acquire) == 0;  // B5
      if (!alone) W::pause();
    }
    if (alone) change();
    revokers_.unlock();
    return alone;
  }
};

}  // namespace stealyard::sched
