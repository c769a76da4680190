// mutex_core: a mutual exclusion lock for goroutines and threads. One locked instruction to lock, one to unlock.
// Source:     the state machine of Go's sync.Mutex, with a queue of its own where Go has a semaphore.
// Progress:   lock blocking; try_lock lock-free; unlock blocking, on queue_lock_'s short sections only, and only if somebody is queued.
//
// Normal mode: a waiter that is woken competes with newcomers, which run already and usually win: good for throughput. One that
// waited for more than a millisecond and loses again makes the mutex starving: from then on unlock hands ownership to the first in
// the queue, and nobody barges. That ends when a waiter gets it that waited less, or that is the last.
//
// woken: one waiter is awake, or one newcomer spins, and will try. Until then unlock need not wake another, who would try in vain.
//   Invariants: I1 queued is set exactly if queue_ is not empty, whenever queue_lock_ is free
//               I2 starving implies locked, queued and not woken: ownership passes from hand to hand
//               I3 at most one participant owns the woken flag; it clears it in the step that takes the lock or queues
//   No lost wake-up: unlock omits one only in the very step that reads woken; its owner has yet to take that step of I3, on this
//   word, and so finds the mutex unlocked.
// Orders
//   M1  cas  state_ acquire / relaxed  with M6, M8  what the last owner did
//   M2  cas  state_ acquire / relaxed  with M6, M8  as M1
//   M3  cas  state_ acquire / relaxed  with M6, M8  as M1, for a spinner
//   M4  cas  state_ acquire / relaxed  with M6, M8, M10  as M1, for who comes from the queue; flags of others go with it
//   M5  cas  state_ relaxed / relaxed  -  flags on a locked word; it continues the release sequence of M6, M8 and M10
//   M6  cas  state_ release / relaxed  with M1, M2, M3, M4, M17
//   M7  load state_ relaxed            -  a guess for M2's exchange
//   M8  cas  state_ release / relaxed  with M1, M2, M3, M4, M17
//   M9  load state_ relaxed            -  a guess for M3 or M11, or how long to spin
//   M10 cas  state_ release / relaxed  with M4  a waiter that ownership was handed to sees it through its wake-up
//   M11 cas  state_ relaxed / relaxed  -  takes the woken flag; that orders nothing
//   M12 load state_ relaxed            -  a guess for M4 or M5
//   M13 load state_ relaxed            -  a guess for M10
//   M14 load state_ relaxed            -  a guess for M15
//   M15 cas  state_ relaxed / relaxed  -  flags of the queue, which queue_lock_ orders; it continues release sequences as M5
//   M16 load state_ relaxed            -  a guess for M17 or M18
//   M17 cas  state_ acquire / relaxed  with M6, M8  as M4
//   M18 cas  state_ relaxed / relaxed  -  as M5
#pragma once
#include "core/sched/waiter.hpp"

namespace stealyard {

template <class P>
class mutex_core {
  using W = typename P::world;
  using waiter = sched::waiter<P>;
  enum : std::uint32_t { locked = 1, queued = 2, starving = 4, woken = 8 };
  static constexpr nanoseconds_t patience = 1'000'000;
  static constexpr outcome try_again = outcome::lost, yours = outcome::ok;  // what a waiter is told

 public:
  // Throws, without it, if the goroutine is told to unwind while it waits.
  STEALYARD_FORCE_INLINE void lock(typename P::reason why) {
    std::uint32_t seen = 0;
    const bool taken = state_.compare_exchange_strong(seen, locked, acquire, relaxed);  // M1
    if (!taken) [[unlikely]]
      lock_slow(why);
  }

  // False: somebody held it.
  STEALYARD_FORCE_INLINE bool try_lock() noexcept {
    std::uint32_t seen = state_.load(relaxed);  // M7
    while ((seen & locked) == 0) {
      if (state_.compare_exchange_weak(seen, seen | locked, acquire, relaxed)) return true;  // M2
    }
    return false;
  }

  // False: it was not locked.
  STEALYARD_FORCE_INLINE bool unlock() noexcept {
    std::uint32_t seen = locked;
    const bool alone = state_.compare_exchange_strong(seen, 0u, release, relaxed);  // M6
    return alone || unlock_slow(seen);
  }

 private:
  [[gnu::noinline]] void lock_slow(typename P::reason why) {
    bool mine = false;  // the woken flag
    if (spin(mine)) return;
    nanoseconds_t since = waiter::now();
    for (bool waited = false;; waited = true) {
      const bool impatient = waited && waiter::now() - since > patience;
      queue_lock_.lock();
      if (take_or_announce(mine, impatient)) return queue_lock_.unlock();
      waiter me;
      me.slot = &since;
      if (waited) {
        queue_.push_front(me);  // it keeps its place
      } else {
        queue_.push(me);
      }
      try {
        me.wait(queue_lock_, why);
      } catch (const sched::goexit_signal&) {
        give_up(me);
        throw;
      }
      if (me.result == yours) return;
      mine = true;
    }
  }

  // Of a waiter that unwinds: out of the queue, or, if it was told something, that is somebody else's turn now.
  [[gnu::noinline, gnu::cold]] void give_up(waiter& me) noexcept {
    if (waiter::roused()) {
      queue_lock_.lock();
      const bool there = queue_.holds(me);
      if (there) leave_queue(me);
      queue_lock_.unlock();
      if (there) return;
      waiter::await_wake();
    }
    if (me.result == yours || give_turn_back()) unlock();
  }
  // Under queue_lock_; keeps I1 and I2.
  void leave_queue(waiter& me) noexcept {
    queue_.remove(me);
    if (!queue_.empty()) return;
    std::uint32_t seen = state_.load(relaxed);  // M14
    for (bool cleared = false; !cleared;) {
      cleared = state_.compare_exchange_weak(seen, seen & ~(queued | starving), relaxed, relaxed);  // M15
    }
  }
  // With the woken flag: true: taken, to be unlocked, which wakes the next. False: somebody has it, and will.
  bool give_turn_back() noexcept {
    std::uint32_t seen = state_.load(relaxed);  // M16
    for (;;) {
      if ((seen & locked) == 0) {
        if (state_.compare_exchange_weak(seen, (seen & ~woken) | locked, acquire, relaxed)) return true;  // M17
      } else if (state_.compare_exchange_weak(seen, seen & ~woken, relaxed, relaxed)) {  // M18
        return false;
      }
    }
  }

  // For as long as a short section may last, unless something else could run here. True: taken.
  bool spin(bool& mine) noexcept {
    for (unsigned round = 0;;) {
      std::uint32_t seen = state_.load(relaxed);  // M9
      if ((seen & locked) == 0) {
        if (state_.compare_exchange_weak(seen, (mine ? seen & ~woken : seen) | locked, acquire, relaxed)) return true;  // M3
        continue;
      }
      if (round++ == P::spin_rounds || (seen & starving) != 0 || !may_spin()) return false;
      if (!mine && somebody_to_wake(seen)) {
        mine = state_.compare_exchange_strong(seen, seen | woken, relaxed, relaxed);  // M11
      }
      for (unsigned i = 0; i != P::spin_pauses; ++i) W::pause();
    }
  }
  static bool may_spin() noexcept {
    sched::worker<P>* w = P::worker_here();
    if (w == nullptr) return true;
    return w->owner.workers() != 1 && w->slots.probably_empty() && w->queue.probably_empty();
  }

  // Under queue_lock_. True: taken. False: it is locked, and its owner will see that somebody is queued.
  bool take_or_announce(bool mine, bool impatient) noexcept {
    std::uint32_t seen = state_.load(relaxed);  // M12
    for (;;) {
      const std::uint32_t rest = mine ? seen & ~woken : seen;
      if ((seen & locked) == 0) {
        if (state_.compare_exchange_weak(seen, rest | locked, acquire, relaxed)) return true;  // M4
      } else {
        const std::uint32_t announced = rest | queued | (impatient ? starving : 0u);
        if (state_.compare_exchange_weak(seen, announced, relaxed, relaxed)) return false;  // M5
      }
    }
  }

  static bool somebody_to_wake(std::uint32_t seen) noexcept { return (seen & (queued | woken)) == queued; }

  [[gnu::noinline]] bool unlock_slow(std::uint32_t seen) noexcept {
    while ((seen & locked) != 0 && !somebody_to_wake(seen)) {
      if (state_.compare_exchange_weak(seen, seen & ~locked, release, relaxed)) return true;  // M8
    }
    if ((seen & locked) == 0) return false;
    queue_lock_.lock();
    waiter* w = nullptr;
    const bool was_locked = release_to_first(w);
    queue_lock_.unlock();
    if (w != nullptr) w->wake();
    return was_locked;
  }

  // Under queue_lock_: hands over to, or wakes, the first in the queue, unless a spinner took the woken flag meanwhile.
  bool release_to_first(waiter*& w) noexcept {
    std::uint32_t seen = state_.load(relaxed);  // M13
    for (;;) {
      if ((seen & locked) == 0) return false;  // two unlocked it
      std::uint32_t after = seen & ~locked;
      w = somebody_to_wake(seen) ? queue_.front() : nullptr;
      if (w != nullptr) {
        const bool last = w->next == nullptr;
        after = last ? 0u : std::uint32_t{queued};
        w->result = (seen & starving) != 0 ? yours : try_again;
        if (w->result == try_again) {
          after |= woken;
        } else {
          const bool starved = waiter::now() - *static_cast<nanoseconds_t*>(w->slot) > patience;
          after |= locked | (starved && !last ? std::uint32_t{starving} : 0u);
        }
      }
      if (state_.compare_exchange_weak(seen, after, release, relaxed)) break;  // M10
    }
    if (w != nullptr) queue_.pop();
    return true;
  }

  atomic<W, std::uint32_t> state_{0};
  typename W::mutex queue_lock_;
  sched::waiter_list<P> queue_;  // under queue_lock_
};

}  // namespace stealyard
