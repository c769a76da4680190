// The worker loop's hot half: pick, park, yield, ready, and the base loop of every stack. Everything here is written once: the
// product instantiates it with goroutines and machine stacks, a checking world with model threads.
//
// A loop lies at the base of every stack. A fresh task has no stack: the worker calls it as a plain function on the stack at hand.
// Only if it parks does it keep that stack, and the worker takes a pooled one. When it ends, it falls into the loop beneath it, on
// whatever worker that now is. So nothing here may hold a worker across a call that can switch: ask P::worker_here() again.
//
// The switch protocol
//   1. the parking task picks what comes next, while nobody can resume it yet;
//   2. it switches, which saves its place;
//   3. on the next stack, the post action it left runs first: it publishes the task (queue, channel, timer) or unlocks what guards it;
//   4. from then on anyone may resume it.
#pragma once
#include "core/fiber/go_edges.hpp"
#include "core/sched/scheduler.hpp"

namespace stealyard::sched {

// Every 61 picks (Go's prime): what a LIFO queue, the next slot, or a busy local queue would starve.
template <class P>
[[gnu::noinline]] task<P>* pick_fairly(worker<P>& w) noexcept {
  w.until_fair.store(61u, relaxed);
  // The first look goes around, so that one which is never empty does not starve the rest.
  for (unsigned looks = 0; looks != 4; ++looks) {
    task<P>* t = nullptr;
    switch (w.fair_turn++ % 4) {
      case 0:
        t = w.owner.take_global(w, 1);
        break;
      case 1:
        t = w.owner.take_due_timers(w);
        break;
      case 2:
        t = w.slots.take_yielded();
        break;
      default:
        if (w.queue.probably_empty() || w.queue.try_steal(t) != outcome::ok) t = nullptr;
    }
    if (t != nullptr) return t;
  }
  return nullptr;
}

// Shut down, or a pause: from now on nothing is picked, so that each parking task leads to a base loop, and that one home.
template <class P>
[[gnu::noinline, gnu::cold]] task<P>* stop_picking(worker<P>& w) noexcept {
  w.until_fair.store(1u, relaxed);
  return nullptr;
}

// What is here, soonest first, or null.
template <class P>
STEALYARD_FORCE_INLINE inline task<P>* pick_here(worker<P>& w) noexcept {
  if (task<P>* t = w.slots.take_next()) return t;
  task<P>* t = nullptr;
  outcome got = w.queue.try_pop(t);
  while (got == outcome::lost) got = w.queue.try_pop(t);
  if (got == outcome::ok) return t;
  return w.slots.take_yielded();
}

// The next task by the owner's own means, or null. May fire timers: whoever calls holds no lock.
template <class P>
STEALYARD_FORCE_INLINE inline task<P>* pick_local(worker<P>& w) noexcept {
  const std::uint32_t left = w.until_fair.load(relaxed) - 1;
  w.until_fair.store(left, relaxed);
  if (left == 0) [[unlikely]] {
    if (w.owner.stopping()) return stop_picking(w);
    if (task<P>* t = pick_fairly(w)) return t;
  }
  return pick_here(w);
}

// For one who parks, and holds a lock until its post action has run: the channel's on which a timer that is due would fire. When it is time
// for a fair pick: null, and the base loop, where the lock is free, makes it.
template <class P>
STEALYARD_FORCE_INLINE inline task<P>* pick_for_parking(worker<P>& w) noexcept {
  const std::uint32_t left = w.until_fair.load(relaxed) - 1;
  if (left == 0) [[unlikely]]
    return nullptr;
  w.until_fair.store(left, relaxed);
  return pick_here(w);
}

template <class P>
STEALYARD_FORCE_INLINE inline typename P::stack& take_stack(worker<P>& w) noexcept {
  if (w.free_stacks.empty()) [[unlikely]]
    return P::new_stack(w);
  return w.free_stacks.take();
}

template <class P>
STEALYARD_FORCE_INLINE inline void keep_stack(worker<P>& w, typename P::stack& s) noexcept {
  if (w.free_stacks.put(s)) [[unlikely]]
    P::flush_stacks(w);
}

// Suspends `me`, which runs on w, and goes on with `next` (null: look for work). Returns when `me` is resumed, perhaps on another worker.
template <class P>
STEALYARD_FORCE_INLINE inline void switch_away(worker<P>& w, task<P>& me, task<P>* next, post_action& after) {
  void* arrived;
  if (next != nullptr && next->stack != nullptr) [[likely]] {
    w.current = next;
    arrived = P::switch_to(w, me.place, *me.stack, next->place, *next->stack, &after);
  } else {
    typename P::stack& base = take_stack(w);
    w.pending = next;
    w.entering = &base;
    w.current = nullptr;  // me is no longer ours once `after` has run: another worker may finish it
    arrived = P::switch_to(w, me.place, *me.stack, base.base, base, &after);
  }
  run_post_action(arrived);
}

// Parks the current task. `after` runs once its place is saved; whoever it tells may then make the task ready. Throws goexit_signal if the
// task is resumed to unwind.
template <class P>
STEALYARD_FORCE_INLINE inline void park(worker<P>& w, post_action& after) {
  [[maybe_unused]] const fiber::runtime_section inside;
  switch_away(w, *w.current, pick_for_parking(w), after);
}

// Whether what could stay here shall go through the queue that all share, and so to another worker perhaps: only on platforms that ask.
template <class P>
STEALYARD_FORCE_INLINE inline bool sent_away(worker<P>& w) noexcept {
  if constexpr (requires { P::sends_away(w); }) {
    return P::sends_away(w);
  } else {
    return false;
  }
}

// Makes t ready on this worker: it runs next here, and what was to run next becomes stealable.
template <class P>
STEALYARD_FORCE_INLINE inline void ready(worker<P>& w, task<P>* t) noexcept {
  [[maybe_unused]] const fiber::runtime_section inside;
  if (sent_away(w)) return w.owner.push_global(t);
  task<P>* kicked = w.slots.exchange_next(t);
  if (kicked != nullptr) w.owner.push_local(w, kicked);
}

// From anywhere, worker or foreign thread.
template <class P>
void ready_from_anywhere(scheduler<P>& s, task<P>* t) noexcept {
  [[maybe_unused]] const fiber::runtime_section inside;
  worker<P>* w = P::worker_here();
  if (w != nullptr) {
    ready(*w, t);
  } else {
    s.push_global(t);
  }
}

// Lets every other ready task of this worker run first. Returns at once if there is none. Throws as park does.
template <class P>
STEALYARD_FORCE_INLINE inline void yield(worker<P>& w) {
  [[maybe_unused]] const fiber::runtime_section inside;
  struct requeue : post_action {
    task<P>* yielded;
    bool give_away;
  };
  const bool give_away = w.owner.someone_sleeps() || sent_away(w);
  task<P>* next = pick_local(w);
  if (next == nullptr && !w.owner.stopping()) {
    next = w.owner.take_global(w, 1);
    if (next == nullptr) return;
  }
  requeue after;
  after.yielded = w.current;
  after.give_away = give_away;
  after.run = [](post_action& base) noexcept {
    auto& self = static_cast<requeue&>(base);
    worker<P>& here = *P::worker_here();
    if (self.give_away) [[unlikely]] {
      here.owner.push_global(self.yielded);
    } else {
      here.slots.put_yielded(self.yielded);
    }
  };
  switch_away(w, *w.current, next, after);
}

// Eager stacks: t has a stack from birth, and starts when somebody switches to it, as if it had parked at the base of that stack.
template <class P>
void give_stack_at_birth(worker<P>& w, task<P>& t) noexcept {
  typename P::stack& s = take_stack(w);
  t.place = s.base;
  t.unborn = true;
  asm volatile("" ::: "memory");  // last: a dump that interrupts this very thread takes whoever has a stack for suspended at its place
  t.stack = &s;
}

// The stack whose base loop is entered for the first time, by park or find_work (entering), or by a switch to an eager task.
template <class P>
typename P::stack& entered_stack(worker<P>& w) noexcept {
  return w.entering != nullptr ? *w.entering : *w.current->stack;
}

// Shut down, or a pause: back to the thread that is in this worker. Returns when the stack is used again, for whatever worker.
template <class P>
[[gnu::noinline, gnu::cold]] void go_home(worker<P>& w, typename P::stack& mine) {
  if constexpr (requires { P::go_home(w); }) P::go_home(w);
  keep_stack(w, mine);
  run_post_action(P::switch_to(w, mine.base, mine, *w.home, *w.home_stack, nullptr));
}

// On a stack that was just taken: the platform may fetch into the cache what it will need soon.
template <class P>
STEALYARD_FORCE_INLINE inline void foresee(worker<P>& w) noexcept {
  if constexpr (requires { P::foresee(w); }) P::foresee(w);
}

// At the base of every stack. `arrived` is the post action of whoever entered it. Never returns.
// Not noexcept, and neither is entry: an exception that nobody catches must find no handler at all, so that std::terminate runs with
// the goroutine's stack intact and the traceback shows where it was thrown.
template <class P>
void base_loop(void* arrived) {
  typename P::stack& mine = entered_stack(*P::worker_here());
  if constexpr (requires { P::enter_base(mine); }) P::enter_base(mine);
  run_post_action(arrived);
  foresee(*P::worker_here());
  for (;;) {
    worker<P>* w = P::worker_here();
    task<P>* t = w->pending;
    w->pending = nullptr;
    w->entering = nullptr;
    if (t == nullptr && w->current != nullptr && w->current->stack == &mine) {
      t = w->current;  // eager: somebody switched to a task that is born on this stack
      t->stack = nullptr;
      t->unborn = false;
    }
    if (t == nullptr) t = pick_local(*w);  // counts: tasks that never park must not starve the rest either
    if (t == nullptr) t = w->owner.find_work(*w);
    if (t == nullptr) [[unlikely]] {
      go_home(*w, mine);
      continue;
    }
    w->current = t;
    if (t->stack == nullptr) {
      t->stack = &mine;
      if constexpr (requires { P::run_entry(mine, *t); }) {
        P::run_entry(mine, *t);
      } else {
        t->entry(*t);  // it may park, and come back on another worker
      }
      w = P::worker_here();
      if (w == nullptr) [[unlikely]]
        w = P::come_back(*t);  // it left its worker, and did not return to one
      w->current = nullptr;
      P::recycle(*w, *t);
    } else {
      keep_stack(*w, mine);
      run_post_action(P::switch_to(*w, mine.base, mine, t->place, *t->stack, nullptr));
      foresee(*P::worker_here());
    }
  }
}

// Enters worker w on the calling thread. True: shut down, or paused: nobody is in w now. False: the thread comes home without it, by a task
// that left its worker and now goes back to the others, with the post action it left.
template <class P>
bool run_worker(worker<P>& w) noexcept {
  typename P::place home{};
  typename P::stack home_stack{};
  w.home = &home;
  w.home_stack = &home_stack;
  P::enter_worker(w);
  typename P::stack& first = take_stack(w);
  w.entering = &first;
  void* const arrived = P::switch_to(w, home, home_stack, first.base, first, nullptr);
  run_post_action(arrived);
  P::leave_worker(w);
  return arrived == nullptr;
}

}  // namespace stealyard::sched
