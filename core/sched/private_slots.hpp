// private_slots: what a worker keeps for itself, without a locked instruction: the task to run next, and those that yielded.
//
// `next` holds the task made ready last: it runs next, hot in the cache, and a ping-pong between two tasks never touches a
// queue. It must not strand work: while its owner is busy in one task for long, an idle worker takes from here by revoking
// (heavy fence: 8 to 14 us, so only when the owner has not passed a scheduling point for a while).
// In the checking worlds both fences are full, and every step is explored.
#pragma once
#include "core/sched/biased_lock.hpp"
#include "core/sched/next_slot.hpp"
#include "core/sched/task.hpp"

namespace stealyard::sched {

// Orders: every access is relaxed. The owner reads its own last store, or a revoker's under the lock; others read hints only (S1).
template <class P>
class private_slots {
  using W = typename P::world;
  using section = typename biased_lock<W>::owner_section;

  next_slot<W, task<P>> next_;
  biased_lock<W> lock_;                  // of the yielded
  atomic<W, task<P>*> oldest_{nullptr};  // of the yielded, FIFO
  task<P>* newest_ = nullptr;            // under lock_; meaningful while oldest_ is not null

  task<P>* unlink_oldest() noexcept {
    task<P>* t = oldest_.load(relaxed);
    if (t != nullptr) oldest_.store(t->next, relaxed);
    return t;
  }

 public:
  // Owner. Returns the task that was there before.
  STEALYARD_FORCE_INLINE task<P>* exchange_next(task<P>* t) noexcept { return next_.exchange(t); }

  // Owner.
  STEALYARD_FORCE_INLINE task<P>* take_next() noexcept { return next_.take(); }

  // Owner.
  STEALYARD_FORCE_INLINE void put_yielded(task<P>* t) noexcept {
    section inside(lock_);
    t->next = nullptr;
    if (oldest_.load(relaxed) == nullptr) {
      oldest_.store(t, relaxed);
    } else {
      newest_->next = t;
    }
    newest_ = t;
  }

  // Owner.
  STEALYARD_FORCE_INLINE task<P>* take_yielded() noexcept {
    if (oldest_.load(relaxed) == nullptr) return nullptr;  // S1
    section inside(lock_);
    return unlink_oldest();
  }

  // Anyone: a hint.
  bool probably_empty() const noexcept { return next_.probably_empty() && oldest_.load(relaxed) == nullptr; }  // S1

  // Anyone but the owner: takes one task away, the yielded first (they have waited longest). Null: nothing there, the owner was
  // inside, or another revoker was at work.
  task<P>* revoke_one() noexcept {
    task<P>* taken = nullptr;
    if (oldest_.load(relaxed) != nullptr) {  // S1
      lock_.revoke([&]() noexcept { taken = unlink_oldest(); });
    }
    return taken != nullptr ? taken : next_.revoke();
  }
};

}  // namespace stealyard::sched
