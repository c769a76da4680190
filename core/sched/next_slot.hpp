// next_slot: one task between its owner and those who may take it away. The owner puts and takes with one plain store each; a
// revoker pays a heavy fence.
//
// The slot itself is written by its owner alone. A revoker takes what it sees there by saying so in taken_, under the lock:
//   owner    W1 next_ = null (or the task that replaces the old one)   W2 light fence   W3 revocations_ as last seen? the old one is mine
//                                                                                      else W4 under the lock: mine unless taken_
//   revoker  R1 revocations_ + 1                                       R2 heavy fence   R3 next_ still holds a task? taken_ = that task
// Either R3 sees W1, or W3 sees R1. So the owner never waits for anybody unless somebody revokes at that moment, and a revoker
// never waits for the owner: its thread may have lost its processor anywhere.
// Source:     own; the asymmetric fence as in biased locking (Dice, Moir, Scherer, 2003).
// Progress:   owner: wait-free unless a revoker holds the lock; revoker: gives up if another is at work.
// Invariants: I1 taken_ is null, or a task that the owner has not settled: it will, in W4, since its revocations_ is behind; until then
//             nobody takes another. I2 revocations_ and taken_ change only under revokers_.
// Orders
//   N1  store next_        release  with N5: the task's contents
//   N2  store next_        relaxed  with N5 through the fences: the owner claims, then looks
//   N3  load  revocations_ relaxed  with N4 through the fences
//   N4  add   revocations_ relaxed  with N3 through the fences: the revoker announces itself, then looks
//   N5  load  next_        acquire  with N1
//   N6  load  revocations_ relaxed  - under revokers_
//   N7  load  next_        relaxed  - by the owner: its own last store; by others, a hint
//   N8  load  taken_       relaxed  - under revokers_, or a hint
//   N9  store taken_       relaxed  - under revokers_
#pragma once
#include "core/world/concept.hpp"

#include <mutex>

namespace stealyard::sched {

template <class W, class T>
class next_slot {
  atomic<W, T*> next_{nullptr};
  std::uint32_t seen_ = 0;  // the owner's
  alignas(line_size) atomic<W, std::uint32_t> revocations_{0};
  atomic<W, T*> taken_{nullptr};
  typename W::mutex revokers_;

  // W2 to W4: whether `old`, which the owner just overwrote, is still its own.
  STEALYARD_FORCE_INLINE bool still_mine(T* old) noexcept {
    W::light_fence();
    if (revocations_.load(relaxed) == seen_) [[likely]]  // N3
      return true;
    return settle(old);
  }
  [[gnu::noinline, gnu::cold]] bool settle(T* old) noexcept {
    std::lock_guard inside(revokers_);
    T* taken = taken_.load(relaxed);  // N8
    // Another task's claim is on the one that replaced `old` a moment ago: the owner must come here for that one too.
    if (taken != nullptr && taken != old) return true;
    seen_ = revocations_.load(relaxed);  // N6
    if (taken == nullptr) return true;
    taken_.store(nullptr, relaxed);  // N9
    return false;
  }

 public:
  // Owner. Returns the task that was there before, if it is still the owner's to run.
  STEALYARD_FORCE_INLINE T* exchange(T* t) noexcept {
    T* old = next_.load(relaxed);  // N7
    next_.store(t, release);       // N1
    return old == nullptr || still_mine(old) ? old : nullptr;
  }

  // Owner. Null if it is empty, or was taken away.
  STEALYARD_FORCE_INLINE T* take() noexcept {
    T* t = next_.load(relaxed);  // N7
    if (t == nullptr) return nullptr;
    next_.store(nullptr, relaxed);  // N2
    return still_mine(t) ? t : nullptr;
  }

  // Anyone: a hint.
  bool probably_empty() const noexcept {
    T* t = next_.load(relaxed);  // N7
    return t == nullptr || taken_.load(relaxed) != nullptr;  // N8
  }

  // Anyone but the owner. Null: nothing there, or another revoker is at work.
  [[gnu::noinline, gnu::cold]] T* revoke() noexcept {
    std::unique_lock inside(revokers_, std::try_to_lock);
    if (!inside) return nullptr;
    revocations_.fetch_add(1u, relaxed);  // N4
    W::heavy_fence();
    T* t = next_.load(acquire);                                      // N5
    if (t == nullptr || taken_.load(relaxed) != nullptr) return nullptr;   // N8
    taken_.store(t, relaxed);                                        // N9
    return t;
  }
};

}  // namespace stealyard::sched
