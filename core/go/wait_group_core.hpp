// wait_group_core: a counter, and goroutines that wait for it to reach zero. Three locked instructions for add, done and one wait.
// Source:     Go's sync.WaitGroup for what it means and what is misuse; the claim of the first waiter is ours.
// Progress:   add and done that wake nobody wait-free; those that do, and wait, blocking.
//
// state_ is the counter above two flags. The first waiter claims `first_` with one CAS and stores itself there right after; later
// ones queue under mutex_ and set `more`. done that takes the counter to zero owns the waiters, and a wait that sees zero does not
// register: until that done has reset the flags, nobody may touch the group. Whoever adds there is misusing it (as in Go), and sees the
// flags in its own add. So the last done needs not look, nor a locked instruction of its own: it stores.
//   Invariants: I1 a flag is set only while the counter is positive, and cleared only by the done that took it to zero, or
//                  (first_claimed) by the first waiter, which unwinds, before; `more` may outlive those who queued
//               I2 that done touches nothing of the group after the last wake-up: the group may be gone
// Orders
//   G1  fetch_add state_ acq_rel     with G1, G3, G4, G6, G13  each done hands on what was done before it; the last has it all
//   G2  fetch_sub state_ relaxed     -  takes back an add that was refused; misuse, which its caller is told
//   G3  load  state_ acquire         with G1, G11  a wait that finds zero sees everything before each done
//   G4  load  state_ acquire         with G1, G11  as G3
//   G5  cas   state_ acquire / relaxed  with G13  stores itself after the null of the one that took its claim back
//   G6  load  state_ acquire         with G1, G11  as G3
//   G7  cas   state_ relaxed / relaxed  -  the last done reads the flag in G1, which comes after in state_'s order
//   G8  store first_ release         with G9  the waiter's fields; bare ones, which the models with a goroutine mark
//   G9  load  first_ acquire         with G8, G16
//   G10 store first_ relaxed         -  who adds again comes after every wait has returned, and so after the wake-up that follows this
//   G11 store state_ release         with G3, G4, G6  a wait that finds this zero has missed each done's own
//   G12 load  state_ relaxed         -  its wake-up shows it G11; anything else is a later add
//   G13 cas   state_ release / relaxed  with G1, G5  the null of G15, for the next who claims, and for the done that looks for that one
//   G14 load  first_ relaxed         -  nobody else stores this waiter there; an old look costs a wake-up that is awaited
//   G15 store first_ relaxed         -  a done that reads it looks again
//   G16 store first_ release         with G9  as G8
//   G17 load  state_ relaxed         -  a guess for G13; and zero is not left while this waiter waits
//   G18 cas   first_ relaxed / relaxed  -  after the wake-up, which shows it G10
#pragma once
#include "core/sched/waiter.hpp"

#include <utility>

namespace stealyard {

enum class wait_group_fault : unsigned char {
  none,
  negative,       // the counter would become negative; it stays as it was
  added_at_zero,  // add met waiters that the last done was about to wake: the group is of no use any more
  reused,         // add came before a wait that zero had ended returned
};

template <class P>
class wait_group_core {
  using W = typename P::world;
  using waiter = sched::waiter<P>;
  using fault = wait_group_fault;
  enum : std::int64_t { first_claimed = 1, more = 2, one = 4 };
  static constexpr outcome was_zero = outcome::empty;  // a waiter that found nothing to wait for

 public:
  STEALYARD_FORCE_INLINE fault add(std::int64_t n) noexcept {
    const std::int64_t before = state_.fetch_add(n * one, acq_rel);  // G1
    const std::int64_t after = before + n * one;
    if (after < one || (n > 0 && has_waiters_at_zero(before))) [[unlikely]]
      return add_slow(n, before);
    return fault::none;
  }

  // fault::reused or none. Throws if the goroutine is told to unwind while it waits.
  STEALYARD_FORCE_INLINE fault wait(typename P::reason why) {
    if (state_.load(acquire) < one) return fault::none;  // G3
    waiter me;
    struct publish : sched::post_action {
      wait_group_core* group;
      waiter* self;
    };
    publish after;
    after.group = this;
    after.self = &me;
    after.run = [](sched::post_action& base) noexcept {
      auto& p = static_cast<publish&>(base);
      p.group->enroll(*p.self);
    };
    try {
      if (!me.wait_after(after, why)) [[unlikely]] {
        enroll(me);
        me.wait_published_as_thread();
      }
    } catch (const sched::goexit_signal&) {
      leave(me);
      throw;
    }
    if (me.result == was_zero) return fault::none;
    return state_.load(relaxed) == 0 ? fault::none : fault::reused;  // G12
  }

 private:
  static bool has_waiters_at_zero(std::int64_t state) noexcept { return static_cast<std::uint64_t>(state - 1) < one - 1; }

  // Registers a waiter whose place is saved; wakes it at once if the counter is zero by now.
  STEALYARD_FORCE_INLINE void enroll(waiter& w) noexcept {
    for (;;) {
      std::int64_t seen = state_.load(acquire);  // G4
      if (seen < one) return turn_back(w);
      if ((seen & first_claimed) != 0) return enroll_more(w);
      if (state_.compare_exchange_weak(seen, seen | first_claimed, acquire, relaxed)) {  // G5
        first_.store(&w, release);  // G8
        return;
      }
    }
  }
  [[gnu::noinline]] void enroll_more(waiter& w) noexcept {
    mutex_.lock();
    for (;;) {
      std::int64_t seen = state_.load(acquire);  // G6
      if (seen < one) {
        mutex_.unlock();
        return turn_back(w);
      }
      if (state_.compare_exchange_weak(seen, seen | more, relaxed, relaxed)) {  // G7
        more_waiters_.push(w);
        mutex_.unlock();
        return;
      }
    }
  }
  // Of one that unwinds.
  [[gnu::noinline, gnu::cold]] void leave(waiter& me) noexcept {
    if (!waiter::roused()) return;
    if (first_.load(relaxed) == &me) return leave_first(me);  // G14
    mutex_.lock();
    const bool there = !more_waiters_.empty() && more_waiters_.holds(me);  // the last done takes all or none
    if (there) more_waiters_.remove(me);
    mutex_.unlock();
    if (!there) waiter::await_wake();
  }
  // Takes its name away, so that a last done which comes now waits for one; then its claim, unless there is such a done: that has it in
  // hand, or waits for the name.
  void leave_first(waiter& me) noexcept {
    first_.store(nullptr, relaxed);  // G15
    std::int64_t seen = state_.load(relaxed);  // G17
    while (seen >= one) {
      if (state_.compare_exchange_weak(seen, seen & ~std::int64_t{first_claimed}, release, relaxed)) return;  // G13
    }
    first_.store(&me, release);  // G16
    waiter::await_wake();
    waiter* self = &me;
    (void)first_.compare_exchange_strong(self, nullptr, relaxed, relaxed);  // G18
  }
  static void turn_back(waiter& w) noexcept {
    w.result = was_zero;
    w.wake();
  }

  [[gnu::noinline]] fault add_slow(std::int64_t n, std::int64_t before) noexcept {
    const std::int64_t after = before + n * one;
    if (after < 0) {
      if (!has_waiters_at_zero(before)) {  // else G11 is still to come, and takes it back
        state_.fetch_sub(n * one, relaxed);  // G2
      }
      return fault::negative;
    }
    if (n > 0 && has_waiters_at_zero(before)) return fault::added_at_zero;
    if (after != 0) release_waiters(after);
    return fault::none;
  }

  // The counter reached zero with waiters enrolled: they are ours.
  STEALYARD_FORCE_INLINE void release_waiters(std::int64_t flags) noexcept {
    waiter* const first = (flags & first_claimed) != 0 ? take_first() : nullptr;
    const bool others = (flags & more) != 0;
    sched::waiter_list<P> queued;
    if (others) [[unlikely]]
      take_queued(queued);
    state_.store(0, release);  // G11
    if (others) [[unlikely]]
      wake_all(queued);
    if (first != nullptr) first->wake();
  }
  STEALYARD_FORCE_INLINE waiter* take_first() noexcept {
    for (unsigned spins = 0;; ++spins) {
      if (waiter* const first = first_.load(acquire)) {  // G9
        first_.store(nullptr, relaxed);  // G10
        return first;
      }
      if (spins < 64) {  // its owner is between G5 and G8, or unwinds, after G15
        W::pause();
      } else {
        W::yield();  // and may have lost its processor there
      }
    }
  }
  [[gnu::noinline]] void take_queued(sched::waiter_list<P>& into) noexcept {
    mutex_.lock();
    std::swap(into, more_waiters_);
    mutex_.unlock();
  }

  atomic<W, std::int64_t> state_{0};
  atomic<W, waiter*> first_{nullptr};
  typename W::mutex mutex_;
  sched::waiter_list<P> more_waiters_;  // under mutex_
};

}  // namespace stealyard
