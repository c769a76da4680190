// waiter: the one way to block. A goroutine parks; a foreign thread sleeps on a word. Whoever wakes it need not know which.
//
//   waiter me;            on the blocked one's own stack
//   … under a lock, put it where the waker finds it …
//   me.wait(lock, why);   releases the lock once it can be woken; returns after wake()
//
// wake() is called once a wait, by whoever took the waiter out of the list; what the waker wrote before is visible after wait.
//
// A select waits in many lists at once, by one waiter a case, and may be served in one of them only: its waiters share a select_claim,
// and whoever takes such a waiter out of a list must win the claim first (waiter_list::pop_claimed).
#pragma once
#include "core/contract/claims.hpp"
#include "core/fiber/go_edges.hpp"
#include "core/sched/goexit.hpp"
#include "core/sched/worker_loop.hpp"

namespace stealyard::sched {

template <class P>
class select_claim;
template <class P>
class waiter_list;

template <class P>
class waiter {
  using W = typename P::world;
  enum : std::uint32_t { asleep, waking, awake, standing, bubbled };

  task<P>* sleeper_ = nullptr;              // null: a foreign thread
  union {
    scheduler<P>* home_ = nullptr;
    task<P>* bubbled_;                      // of a goroutine in a bubble of virtual time, whose sleeper_ is null
  };
  atomic<W, std::uint32_t> word_{asleep};   // of a foreign thread

  static constexpr bool has_bubbles = requires(task<P>& t) { P::in_bubble(t); };

  STEALYARD_FORCE_INLINE void suspend(worker<P>& w, post_action& after, typename P::reason why) {
    if constexpr (has_bubbles) {
      if (P::in_bubble(*w.current)) [[unlikely]]
        return suspend_in_bubble(w, after, why);
    }
    sleeper_ = w.current;
    home_ = &w.owner;
    P::note_reason(*sleeper_, why);
    park(w, after);
  }
  [[gnu::noinline, gnu::cold]] void suspend_in_bubble(worker<P>& w, post_action& after, typename P::reason why) {
    bubbled_ = w.current;
    word_.store(bubbled, relaxed);
    P::park_in_bubble(w, after, why);
  }

  template <class Lock>
  [[gnu::noinline, gnu::cold]] void wait_as_thread(Lock& lock) noexcept {
    lock.unlock();
    while (word_.load(acquire) == asleep) W::wait(word_, asleep);
    while (word_.load(acquire) != awake) W::yield();  // the waker still looks at the word
  }
  [[gnu::noinline, gnu::cold]] void wake_thread() noexcept {
    if (claim != nullptr && this != &claim->sleeper) return claim->sleeper.wake_thread();
    if (word_.load(relaxed) == standing) return word_.store(awake, release);
    if constexpr (has_bubbles) {
      if (word_.load(relaxed) == bubbled) return P::wake_in_bubble(*bubbled_);
    }
    word_.store(waking, release);
    W::wake(word_, 1);
    word_.store(awake, release);  // the last look: the waiter's stack may be gone after it
  }
  // t may be main, and return at once: the scheduler must not go while the push still looks at its idle word.
  [[gnu::noinline, gnu::cold]] void wake_from_outside(task<P>* t) noexcept {
    [[maybe_unused]] const typename P::visit staying;
    home_->push_global(t);
  }

 public:
  waiter* next = nullptr;  // of the list it is in
  waiter* prev = nullptr;
  void* slot = nullptr;    // where the element is, or goes
  select_claim<P>* claim = nullptr;  // null: it waits for this one thing only
  outcome result = outcome::ok;
  bool listed = false;     // of a select's: it is in its list still; under that list's lock
  // Go's edges (core/fiber/go_edges.hpp): what it had done when it began to wait, and its waker when it woke it.
  [[no_unique_address]] fiber::sync_clock before{};
  [[no_unique_address]] fiber::sync_clock woken_after{};

  // The clock of those who wait: inside a bubble the bubble's, so that what depends on it repeats.
  static nanoseconds_t now() noexcept {
    if constexpr (has_bubbles) {
      return P::now_here();
    } else {
      return W::now();
    }
  }

  waiter() noexcept = default;
  waiter(const waiter&) = delete;
  waiter& operator=(const waiter&) = delete;

  // Throws goexit_signal if the goroutine is told to unwind: whoever calls catches that, takes the waiter out of where it put it (leave),
  // gives back what it was served with meanwhile, and throws on.
  template <class Lock>
  STEALYARD_FORCE_INLINE void wait(Lock& lock, typename P::reason why) {
    [[maybe_unused]] const fiber::runtime_section inside;
    worker<P>* w = P::worker_here();
    if (w == nullptr) [[unlikely]] {
      wait_as_thread(lock);
      return woken_after.acquire();
    }
    struct unlock_after : post_action {
      Lock* lock;
    };
    unlock_after after;
    after.lock = &lock;
    after.run = [](post_action& base) noexcept { static_cast<unlock_after&>(base).lock->unlock(); };
    suspend(*w, after, why);
    woken_after.acquire();
  }

  // As wait, for callers that publish the waiter themselves in `after` (no lock to release).
  STEALYARD_FORCE_INLINE bool wait_after(post_action& after, typename P::reason why) {
    worker<P>* w = P::worker_here();
    if (w == nullptr) [[unlikely]]
      return false;
    [[maybe_unused]] const fiber::runtime_section inside;
    suspend(*w, after, why);
    woken_after.acquire();
    return true;
  }
  // The thread form of wait_after: publish first, then call this.
  void wait_published_as_thread() noexcept {
    struct no_lock {
      void unlock() noexcept {}
    } none;
    [[maybe_unused]] const fiber::runtime_section inside;
    wait_as_thread(none);
    woken_after.acquire();
  }

  // After wait threw: nobody has woken this goroutine, which was resumed only to be told. Who waits for it has it in a list still, or is
  // about to wake it. Else it was woken, and is in no list.
  static bool roused() noexcept {
    if constexpr (requires { P::roused(); }) {
      return P::roused();
    } else {
      return false;
    }
  }
  // Roused, and taken out of its list by somebody: returns once that one is done with it.
  static void await_wake() noexcept {
    if constexpr (requires { P::roused(); }) P::await_wake();
  }
  // After wait threw, for a waiter that was in `list`, under `lock`. True: it was so still, and now is not: nobody served it. False: it was
  // served, and whoever did is done with it.
  template <class Lock>
  [[gnu::noinline, gnu::cold]] bool leave(Lock& lock, waiter_list<P>& list) noexcept {
    if (!roused()) return false;
    lock.lock();
    const bool there = list.holds(*this);
    if (there) list.remove(*this);
    lock.unlock();
    if (!there) await_wake();
    return there;
  }

  // As wake, for one who makes several tasks ready in an order of its own: the task to be made ready, null if it needs no more.
  task<P>* wake_later() noexcept {
    task<P>* t = sleeper_;
    if (t == nullptr) {
      wake_thread();
    } else {
      P::note_reason(*t, nullptr);
    }
    return t;
  }

  // A waiter that is nobody, and waits in a list all the same: a timer's value, on offer until somebody takes it. wake() then says that
  // the taker is done with `slot`. Begins with the list's lock held; waits for the taker of the last one.
  void stand() noexcept {
    for (unsigned spins = 0; word_.load(acquire) == standing; ++spins) {
      if (spins < 64) {
        W::pause();
      } else {
        W::yield();
      }
    }
    word_.store(standing, relaxed);
  }
  // With the list's lock held: nobody took it.
  void stand_down() noexcept { word_.store(awake, relaxed); }

  // A case of a select that `w` (null: a foreign thread) runs: whoever wakes it wakes that.
  void stands_for(select_claim<P>& whole, worker<P>* w) noexcept {
    claim = &whole;
    if (w == nullptr) return;
    if constexpr (has_bubbles) {
      if (P::in_bubble(*w->current)) return;  // woken by way of the claim's sleeper, as a thread is
    }
    sleeper_ = w->current;
    home_ = &w->owner;
  }

  STEALYARD_FORCE_INLINE void wake() noexcept {
    [[maybe_unused]] const fiber::runtime_section inside;
    woken_after.release();
    task<P>* t = sleeper_;
    if (t == nullptr) [[unlikely]]
      return wake_thread();
    P::note_reason(*t, nullptr);
    worker<P>* w = P::worker_here();
    if (w != nullptr) [[likely]] {
      ready(*w, t);
    } else {
      wake_from_outside(t);
    }
  }
};

// What the waiters of one select share. At most one of them is served; while the select is still joining lists one by one, none.
//
//   joining   the owner enlists its cases          -> open, when it sleeps
//                                                  -> look_again, by whoever meets a case meanwhile: it goes on without, and the owner,
//                                                     instead of sleeping, withdraws and looks again
//   open      the owner sleeps, or holds every lock that a case is found under  -> taken, by whoever will serve one
// Orders
//   C1 cas   state_ acq_rel / acquire  with C2: the owner's place is saved before anybody makes it ready
//   C2 cas   state_ release / relaxed  with C1
//   C3 store state_ relaxed  - no case is in any list
//   C4 cas   state_ acquire / relaxed  with C2: it sees its own place saved, as whoever else wins would
// Whom it was taken by reaches the owner by wake(), a look_again by the lock of the list from which the owner withdraws.
template <class P>
class select_claim {
  using W = typename P::world;
  enum : std::uint32_t { open, joining, look_again, taken };
  atomic<W, std::uint32_t> state_{open};
  waiter<P>* winner_ = nullptr;

 public:
  enum class answer : unsigned char { won, lost, later };
  waiter<P> sleeper;  // sleeps for all

  // By whoever found `w` in a list, under that list's lock. won: it alone may serve w, and must wake it.
  answer take(waiter<P>& w) noexcept {
    std::uint32_t seen = open;
    for (;;) {
      const std::uint32_t next = seen == open ? taken : look_again;
      if (state_.compare_exchange_strong(seen, next, acq_rel, acquire)) break;  // C1
      if (seen == taken) return answer::lost;
      if (seen == look_again) return answer::later;
    }
    if (seen != open) return answer::later;
    winner_ = &w;
    return answer::won;
  }

  // By the owner, while no case is in any list.
  void join() noexcept {
    winner_ = nullptr;
    state_.store(joining, relaxed);  // C3
  }
  // By the owner, once it can be woken. False: it must look again.
  bool opened() noexcept {
    std::uint32_t seen = joining;
    return state_.compare_exchange_strong(seen, open, release, relaxed);  // C2
  }
  // By the owner, told to unwind, from open. False: somebody has taken it, and will wake it; else nobody will.
  bool renounce() noexcept {
    std::uint32_t seen = open;
    return state_.compare_exchange_strong(seen, taken, acquire, relaxed);  // C4
  }
  // By the owner, awake: whom it was woken by; null: by itself.
  waiter<P>* winner() const noexcept { return winner_; }
};

// FIFO of waiters, linked both ways so that one can leave from the middle. Every call under its owner's lock.
//   Invariant: a waiter without `prev` is the first of a list, or in none.
template <class P>
class waiter_list {
  waiter<P>* head_ = nullptr;
  waiter<P>* tail_ = nullptr;

 public:
  bool empty() const noexcept { return head_ == nullptr; }
  waiter<P>* front() noexcept { return head_; }
  // Of a waiter that was put here: nobody has taken it out, be it to wake it.
  bool holds(const waiter<P>& w) const noexcept { return w.prev != nullptr || head_ == &w; }

  STEALYARD_FORCE_INLINE void push(waiter<P>& w) noexcept {
    w.next = nullptr;
    w.prev = tail_;
    (tail_ == nullptr ? head_ : tail_->next) = &w;
    tail_ = &w;
  }
  STEALYARD_FORCE_INLINE waiter<P>* pop() noexcept {
    waiter<P>* w = head_;
    if (w == nullptr) return nullptr;
    head_ = w->next;
    (head_ == nullptr ? tail_ : head_->prev) = nullptr;
    return w;
  }
  // The first that its caller may serve, taken out. As pop, where no select takes part.
  STEALYARD_FORCE_INLINE waiter<P>* pop_claimed() noexcept {
    waiter<P>* w = head_;
    if (w == nullptr) return nullptr;
    if (w->claim != nullptr) [[unlikely]]
      return pop_claimed_slow();
    head_ = w->next;
    (head_ == nullptr ? tail_ : head_->prev) = nullptr;
    return w;
  }
  // For a list of those who are about to be woken, of which none will leave by itself.
  void push_taken(waiter<P>& w) noexcept {
    w.next = nullptr;
    w.prev = nullptr;
    (tail_ == nullptr ? head_ : tail_->next) = &w;
    tail_ = &w;
  }
  void push_front(waiter<P>& w) noexcept {
    w.prev = nullptr;
    w.next = head_;
    (head_ == nullptr ? tail_ : head_->prev) = &w;
    head_ = &w;
  }
  void remove(waiter<P>& w) noexcept {
    (w.prev == nullptr ? head_ : w.prev->next) = w.next;
    (w.next == nullptr ? tail_ : w.next->prev) = w.prev;
    w.prev = nullptr;
  }
  // Of a select's: says so to its owner, who withdraws what is left.
  void unlist(waiter<P>& w) noexcept {
    remove(w);
    w.listed = false;
  }

 private:
  // Cases of a select that was served elsewhere leave; those of one that is not asleep yet stay, and are told.
  [[gnu::noinline]] waiter<P>* pop_claimed_slow() noexcept {
    using answer = typename select_claim<P>::answer;
    for (waiter<P>* w = head_; w != nullptr;) {
      waiter<P>* const after = w->next;
      const answer got = w->claim == nullptr ? answer::won : w->claim->take(*w);
      if (got != answer::later) unlist(*w);
      if (got == answer::won) return w;
      w = after;
    }
    return nullptr;
  }
};

// Wakes a whole list that its caller took out. Each waiter may be gone once woken.
template <class P>
void wake_all(waiter_list<P>& list) noexcept {
  while (waiter<P>* w = list.pop()) w->wake();
}

}  // namespace stealyard::sched
