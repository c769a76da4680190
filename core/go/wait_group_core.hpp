// wait_group_core: a counter, and goroutines that wait for it to reach zero. Three locked instructions for add, done and one wait.
//
// state_ is the counter above three flags. The first waiter claims `first_` with one CAS and stores itself there right after; later
// ones queue under mutex_ and set `more`. done that takes the counter to zero owns the waiters: a wait that sees zero does not
// register, and reusing the group before its waiters returned is misuse (as in Go).
// Orders
//   G1  rmw  state_ acq_rel  with itself and G2: each done hands on what was done before it; the last one has it all
//   G2  load state_ acquire  with G1: a wait that finds zero sees everything before each done
//   G3  cas  state_ relaxed  with G1: the claim is read by the last done, whose RMW comes after it in state_'s order
//   G4  store first_ release  with G5
//   G5  load first_ acquire  with G4: the waiter's fields
//   G6  store state_ relaxed  - the owner of the waiters resets the flags; they see it through their wake-up
#pragma once
#include "core/sched/waiter.hpp"

#include <mutex>

namespace stealyard {

template <class P>
class wait_group_core {
  using W = typename P::world;
  using waiter = sched::waiter<P>;
  enum : std::int64_t { first_claimed = 1, more = 2, one = 4 };

 public:
  // False: the counter would become negative; it then stays as it was.
  [[gnu::always_inline]] bool add(std::int64_t n) noexcept {
    const std::int64_t before = state_.fetch_add(n * one, acq_rel);  // G1
    const std::int64_t after = before + n * one;
    if (after < one) [[unlikely]] {
      if (after < 0) {
        state_.fetch_sub(n * one, relaxed);
        return false;
      }
      if (after != 0) release_waiters(after);
    }
    return true;
  }

  [[gnu::always_inline]] void wait(typename P::reason why) noexcept {
    if (state_.load(acquire) < one) return;  // G2
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
    if (!me.wait_after(after, why)) [[unlikely]] {
      enroll(me);
      me.wait_published_as_thread();
    }
  }

 private:
  // Registers a waiter whose place is saved; wakes it at once if the counter is zero by now.
  [[gnu::always_inline]] void enroll(waiter& w) noexcept {
    std::int64_t seen = state_.load(acquire);  // G2
    while (seen >= one && (seen & first_claimed) == 0) {
      if (state_.compare_exchange_weak(seen, seen | first_claimed, relaxed, acquire)) {  // G3
        first_.store(&w, release);                                                       // G4
        return;
      }
    }
    if (seen < one) return w.wake();
    enroll_more(w);
  }
  [[gnu::noinline]] void enroll_more(waiter& w) noexcept {
    mutex_.lock();
    std::int64_t seen = state_.load(acquire);  // G2
    while (seen >= one) {
      if (state_.compare_exchange_weak(seen, seen | more, relaxed, acquire)) {  // G3
        more_waiters_.push(w);
        mutex_.unlock();
        return;
      }
    }
    mutex_.unlock();
    w.wake();
  }

  // The counter reached zero with waiters enrolled: they are ours.
  [[gnu::noinline]] void release_waiters(std::int64_t flags) noexcept {
    waiter* first = nullptr;
    if ((flags & first_claimed) != 0) {
      for (unsigned spins = 0; (first = first_.load(acquire)) == nullptr; ++spins) {  // G5: its owner is between G3 and G4
        if (spins < 64) {
          W::pause();
        } else {
          W::yield();  // and may have lost its processor there
        }
      }
      first_.store(nullptr, relaxed);
    }
    sched::waiter_list<P> others;
    if ((flags & more) != 0) {
      mutex_.lock();
      std::swap(others, more_waiters_);
      state_.store(0, relaxed);  // G6
      mutex_.unlock();
    } else {
      state_.store(0, relaxed);  // G6
    }
    wake_all(others);
    if (first != nullptr) first->wake();
  }

  atomic<W, std::int64_t> state_{0};
  atomic<W, waiter*> first_{nullptr};
  typename W::mutex mutex_;
  sched::waiter_list<P> more_waiters_;  // under mutex_
};

}  // namespace stealyard
