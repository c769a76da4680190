// cond_core: who waits for a condition, in the order they came. The mutex that guards the condition is the caller's business.
// Source:     Go's notifyList (runtime/sema.go).
// Progress:   take_ticket wait-free; the rest blocking, on lock_'s short sections only; wait blocks by its nature.
//
//   waiter   A1 take a ticket, under the caller's mutex    A2 release that mutex    A3 under lock_: sleep, unless the ticket was called
//   signal   B1 anybody? (tickets_ != called_)    B2 under lock_: call the next ticket; wake its holder, if it is at A3 already
// A ticket that is called between A1 and A3 makes A3 return at once: no wake-up is lost, and the order is that of A1.
// Numbers wrap; there are never 2^31 waiters.
// Orders
//   C1  fetch_add tickets_ relaxed  -  the caller's mutex shows it to whoever signals after its change of the condition
//   C2  load  tickets_ relaxed      -  as C1; without the mutex a signal promises nothing
//   C3  load  called_ relaxed       -  too small a number only leads to the lock
//   C4  load  called_ relaxed       -  under lock_
//   C5  load  called_ relaxed       -  under lock_
//   C6  load  tickets_ relaxed      -  as C2
//   C7  store called_ relaxed       -  under lock_; C3 is a guess
//   C8  load  tickets_ relaxed      -  as C2
//   C9  load  called_ relaxed       -  as C3
//   C10 load  tickets_ relaxed      -  as C2
//   C11 store called_ relaxed       -  under lock_; C9 is a guess
//   C12 load  called_ relaxed       -  under lock_
#pragma once
#include "core/sched/waiter.hpp"

#include <utility>

namespace stealyard {

template <class P>
class cond_core {
  using W = typename P::world;
  using waiter = sched::waiter<P>;

 public:
  using ticket = std::uint32_t;

  ticket take_ticket() noexcept {
    return tickets_.fetch_add(1u, relaxed);  // C1, A1
  }

  // A3. Returns once `mine` was called, and sees what the caller did before; throws if the goroutine is told to unwind while it waits.
  void wait(ticket mine, typename P::reason why) {
    lock_.lock();
    const ticket called = called_.load(relaxed);  // C4
    if (before(mine, called)) return lock_.unlock();
    waiter me;
    me.slot = &mine;
    waiting_.push(me);
    try {
      me.wait(lock_, why);
    } catch (const sched::goexit_signal&) {
      leave(me, mine);
      throw;
    }
  }

  // Calls the one who waits longest, if anybody does.
  void signal() noexcept {
    const ticket taken = tickets_.load(relaxed);        // C2
    if (called_.load(relaxed) == taken) return;  // C3, B1
    lock_.lock();
    const ticket next = called_.load(relaxed);  // C5
    waiter* w = nullptr;
    if (next != tickets_.load(relaxed)) {  // C6
      called_.store(next + 1, relaxed);    // C7, B2
      w = holder_of(next);
      if (w != nullptr) waiting_.remove(*w);
    }
    lock_.unlock();
    if (w != nullptr) w->wake();
  }

  // Calls everybody who has a ticket.
  void broadcast() noexcept {
    const ticket taken = tickets_.load(relaxed);        // C8
    if (called_.load(relaxed) == taken) return;  // C9
    sched::waiter_list<P> woken;
    lock_.lock();
    std::swap(woken, waiting_);
    const ticket all = tickets_.load(relaxed);  // C10
    called_.store(all, relaxed);                // C11
    lock_.unlock();
    wake_all(woken);
  }

 private:
  static bool before(ticket a, ticket b) noexcept { return static_cast<std::int32_t>(a - b) < 0; }

  // Its ticket is called in vain; a signal that comes later is for another.
  [[gnu::noinline, gnu::cold]] void leave(waiter& me, ticket mine) noexcept {
    if (!waiter::roused()) return;
    lock_.lock();
    const bool called = before(mine, called_.load(relaxed));  // C12
    if (!called) waiting_.remove(me);
    lock_.unlock();
    if (called) waiter::await_wake();
  }

  // Those who wait came to A3 in any order, but nearly in that of A1: the search is short.
  waiter* holder_of(ticket t) noexcept {
    waiter* w = waiting_.front();
    while (w != nullptr && *static_cast<ticket*>(w->slot) != t) w = w->next;
    return w;
  }

  atomic<W, ticket> tickets_{0};  // taken
  atomic<W, ticket> called_{0};   // of those; written under lock_
  typename W::mutex lock_;
  sched::waiter_list<P> waiting_;  // under lock_
};

}  // namespace stealyard
