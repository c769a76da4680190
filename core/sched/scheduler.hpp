// scheduler: the workers, the queues they share, and the cold half of the worker loop: finding work and going to sleep.
//
// A push and a sleep must not miss each other (a lost wake-up). The protocol, on which every part relies:
//   pusher   P1 make the task visible in a queue       P2 fence(seq_cst)          P3 look at the idle word; if somebody should wake, wake
//   sleeper  S1 register in the idle word (RMW)        S2 fence(seq_cst)          S3 look at every queue again (the last searcher does)
// Either P3 sees S1, or S3 sees P1. A worker alone (`single_`) skips P2 and P3 for its own pushes: while it pushes, it is awake.
// A task put into an empty next slot wakes nobody: its worker is about to reach it. If that worker is stuck in one task, an idle one
// finds out within a millisecond (stuck_watch).
//
// Another number of workers (core/decisions/0030): pause() brings every worker home, as stop() does; whoever brings the last one calls
// resize() and resume(), and enters the workers again. Meanwhile there are only outsiders: monitor, foreign threads, threads in blocking
// regions. They may push, and look at every worker that was ever made.
#pragma once
#include "core/contract/idle.hpp"
#include "core/contract/run_queue.hpp"
#include "core/contract/victim.hpp"
#include "core/sched/global_queue.hpp"
#include "core/sched/rest_count.hpp"
#include "core/sched/worker.hpp"

#include <memory>
#include <span>

namespace stealyard::sched {

template <class P>
class scheduler final : public P::scheduler_extras, private idle_sleepers, private victim_view {
  using W = typename P::world;
  static constexpr unsigned steal_passes = 4;  // as Go's
  static constexpr nanoseconds_t first_watch = 50'000;
  static constexpr nanoseconds_t longest_watch = 1'000'000;

  // As victims see it that are made for another number of workers.
  struct view_of final : victim_view {
    const scheduler& owner;
    const unsigned count;
    view_of(const scheduler& s, unsigned n) noexcept : owner(s), count(n) {}
    unsigned workers() const noexcept override { return count; }
    std::uint32_t distance(unsigned a, unsigned b) const noexcept override { return owner.distance(a, b); }
  };

 public:
  // 1 <= workers <= 256
  scheduler(typename P::parts& parts, unsigned workers)
      : P::scheduler_extras(parts),
        single_(workers == 1),
        count_(workers),
        room_(room_for<P>(workers)),
        workers_(std::make_unique<std::unique_ptr<worker<P>>[]>(room_)),
        timers_(parts, workers),
        victims_(parts.make_victim(make_workers(parts, workers))),
        idle_(parts.make_idle(workers, static_cast<idle_sleepers&>(*this))),
        count_for_others_(workers) {}

  scheduler(const scheduler&) = delete;
  scheduler& operator=(const scheduler&) = delete;

  worker<P>& at(unsigned i) noexcept { return *workers_[i]; }
  // By a worker, or while all are home.
  unsigned workers() const noexcept override { return count_; }
  // By anyone: the same, of a moment ago; and how many there ever were, of which the later ones may have nobody in them.
  unsigned workers_seen() const noexcept { return count_for_others_.load(acquire); }
  unsigned workers_made() const noexcept { return made_.load(acquire); }
  typename P::timers& timers() noexcept { return timers_; }

  bool someone_sleeps() noexcept { return !single_ && sleeping_in(idle_.word().load(relaxed)) != 0; }

  // By w's owner. A full queue spills into the global one.
  STEALYARD_FORCE_INLINE void push_local(worker<P>& w, task<P>* t) noexcept {
    if (w.queue.try_push(t) != outcome::ok) [[unlikely]] {
      spill(w, t);  // P1
    }
    if (!single_) notify();
  }

  // By anyone.
  void push_global(task<P>* t) noexcept {
    global_.push(t);  // P1
    notify();
  }

  // P2 and P3.
  STEALYARD_FORCE_INLINE void notify() noexcept {
    W::fence(seq_cst);                                                             // P2
    if (someone_should_wake(idle_.word().load(relaxed))) [[unlikely]]
      wake_one();  // P3
  }

  // A share of the global queue: one to run, at most `most` - 1 more into w's own queue.
  task<P>* take_global(worker<P>& w, std::uint32_t most) noexcept {
    return global_.pop(most, [&](task<P>* t) { push_local(w, t); });
  }
  task<P>* take_due_timers(worker<P>& w) noexcept { return timers_.take_due(w, /*of_others=*/false); }

  // The cold half of the loop: the next task for w, sleeping until there is one. Null: shut down.
  [[gnu::noinline]] task<P>* find_work(worker<P>& w) noexcept;

  // Every worker returns from find_work with null, soon. By anyone, once.
  void stop() noexcept {
    stopping_.exchange(stopped_for_good, seq_cst);  // reads resume()'s, if that was first, and then sees the new idle policy
    idle_.wake_all();
  }
  // Somebody who sleeps looks again: at what there is to watch over, and whether anything can happen still. The fence pairs S2: a
  // sleeper that is not seen here sees what the caller changed.
  void somebody_look() noexcept {
    W::fence(seq_cst);
    wake_one();
  }
  // Every worker rests, nothing is queued, no timer runs. By a worker that rests.
  bool all_at_rest() noexcept { return nothing_can_happen(resting_.now()); }
  // No queue holds a task. A snapshot.
  bool nothing_queued() noexcept;
  // The same by anyone.
  bool nothing_queued_anywhere() noexcept { return nothing_queued_in(workers_made()); }
  bool all_resting() const noexcept { return resting_.is_all(resting_.now(), workers_seen()); }
  // Every worker but the caller's rests, and nothing is queued. A snapshot.
  bool others_at_rest() noexcept { return (single_ || resting_.all_but_one(count_)) && nothing_queued(); }
  // Whether every worker is to come home: for good, or until resume().
  bool stopping() const noexcept { return stopping_.load(acquire) != running; }
  bool stopped() const noexcept { return stopping_.load(acquire) == stopped_for_good; }
  // Once every worker has left: a task that is queued anywhere, as if the caller were all of them. Null: there is none.
  task<P>* take_leftover() noexcept;

  // The earliest time of a home became an earlier one, `when`: somebody who sleeps longer must hear of it.
  void timer_armed(nanoseconds_t when) noexcept {
    W::fence(seq_cst);
    if (when < earliest_alarm_.load(relaxed)) wake_one();
  }

  // What another number of workers needs and may be refused.
  struct resizing {
    unsigned workers;
    std::unique_ptr<const view_of> seen_by_victims;
    typename P::victim victims;
  };
  // While everybody runs, by one at a time. 1 <= n <= P::most_workers. May throw: then nothing has changed.
  resizing prepare(typename P::parts& parts, unsigned n) {
    if constexpr (requires { timers_.grow(parts, n); }) timers_.grow(parts, n);
    make_workers(parts, n);
    idle_.prepare(n, [&] { return parts.make_idle_policy(n, static_cast<idle_sleepers&>(*this)); });
    auto view = std::make_unique<const view_of>(*this, n);
    typename P::victim victims = parts.make_victim(*view);
    return {n, std::move(view), std::move(victims)};
  }
  // Every worker comes home, soon. By a worker that prepared. False: stopped.
  bool pause() noexcept {
    std::uint32_t seen = running;
    if (!stopping_.compare_exchange_strong(seen, paused, seq_cst, relaxed)) return false;
    idle_.wake_all();
    return true;
  }
  // Once all are home, by whoever brought the last. What the workers that go have queued goes to the global queue.
  void resize(resizing& to) noexcept {
    typename global_queue<P>::chain left;
    for (unsigned i = to.workers; i < count_; ++i) {
      while (task<P>* t = take_leftover_of(*workers_[i])) left.append(t);
      P::retire(*workers_[i]);
    }
    if (left.length != 0) global_.push(left);
    count_ = to.workers;
    single_ = count_ == 1;
    count_for_others_.store(count_, release);
    std::destroy_at(&victims_);
    std::construct_at(&victims_, std::move(to.victims));
    seen_by_victims_ = std::move(to.seen_by_victims);
    idle_.become_prepared();
  }
  // False: stopped meanwhile. Else workers may be entered again.
  bool resume() noexcept {
    std::uint32_t seen = paused;
    return stopping_.compare_exchange_strong(seen, running, acq_rel, relaxed);
  }

 private:
  enum : std::uint32_t { running, paused, stopped_for_good };

  const victim_view& make_workers(typename P::parts& parts, unsigned n) {
    for (unsigned i = made_.load(relaxed); i < n; ++i) {
      workers_[i] = std::make_unique<worker<P>>(*this, i, parts);
      workers_[i]->picks_seen.resize(room_);
      made_.store(i + 1, release);
    }
    return *this;
  }
  std::span<const std::unique_ptr<worker<P>>> each_worker() const noexcept { return {workers_.get(), count_}; }
  std::uint32_t distance(unsigned a, unsigned b) const noexcept override { return P::distance(*this, a, b); }
  bool park(unsigned i, nanoseconds_t deadline) noexcept override { return workers_[i]->parker.park(deadline); }
  void unpark(unsigned i) noexcept override { workers_[i]->parker.unpark(); }

  [[gnu::noinline, gnu::cold]] void wake_one() noexcept { idle_.work_added(); }

  std::uint32_t fair_share() const noexcept { return std::min<std::uint32_t>(global_.length() / count_ + 1, 64); }

  void spill(worker<P>& w, task<P>* t) noexcept;
  task<P>* look_here(worker<P>& w) noexcept;
  task<P>* steal(worker<P>& w) noexcept;
  task<P>* steal_from(worker<P>& thief, worker<P>& victim) noexcept;
  task<P>* look_everywhere(worker<P>& w) noexcept;
  task<P>* stuck_watch(worker<P>& w) noexcept;
  nanoseconds_t set_alarm(worker<P>& w) noexcept;
  bool nothing_can_happen(std::uint64_t rest) noexcept;
  bool nothing_queued_in(unsigned workers) noexcept;
  task<P>* take_leftover_of(worker<P>& w) noexcept;

  bool single_;     // written while every worker is home, as the next
  unsigned count_;
  const unsigned room_;
  const std::unique_ptr<std::unique_ptr<worker<P>>[]> workers_;  // they live as long as the scheduler
  atomic<W, std::uint32_t> made_{0};                             // so many are there; only grows
  global_queue<P> global_;
  typename P::timers timers_;
  typename P::victim victims_;
  typename P::idle idle_;
  std::unique_ptr<const view_of> seen_by_victims_;  // of a resize
  atomic<W, std::uint32_t> count_for_others_;
  alignas(line_size) atomic<W, std::uint32_t> stopping_{running};
  atomic<W, nanoseconds_t> earliest_alarm_{never};  // the earliest deadline any sleeper sleeps until
  rest_count<W> resting_;
};

// A bounded queue is full: half of it (at most, for the sake of small stacks, 32) goes to the global queue with the task that found no
// room, under one lock, and makes room for as many pushes. The oldest go: they are what a thief would have taken.
template <class P>
[[gnu::noinline, gnu::cold]] void scheduler<P>::spill(worker<P>& w, task<P>* t) noexcept {
  typename global_queue<P>::chain leaving;
  if constexpr (requires(task<P>** out, std::size_t& taken) { w.queue.try_steal_batch(out, std::size_t{1}, taken); }) {
    task<P>* oldest[32];
    std::size_t taken = 0;
    if (w.queue.try_steal_batch(oldest, std::size(oldest), taken) == outcome::ok) {
      for (std::size_t i = 0; i != taken; ++i) leaving.append(oldest[i]);
    }
  }
  leaving.append(t);
  global_.push(leaving);
}

// Not asleep yet, not searching: what this worker can see without robbing anybody.
template <class P>
task<P>* scheduler<P>::look_here(worker<P>& w) noexcept {
  if (task<P>* t = w.slots.take_next()) return t;
  task<P>* t = nullptr;
  outcome got = w.queue.try_pop(t);
  while (got == outcome::lost) got = w.queue.try_pop(t);
  if (got == outcome::ok) return t;
  if ((t = w.slots.take_yielded()) != nullptr) return t;
  if ((t = take_global(w, fair_share())) != nullptr) return t;
  return timers_.take_due(w, /*of_others=*/true);
}

template <class P>
task<P>* scheduler<P>::steal_from(worker<P>& thief, worker<P>& victim) noexcept {
  task<P>* batch[32];
  std::size_t taken = 0;
  if constexpr (requires { victim.queue.try_steal_batch(batch, std::size(batch), taken); }) {
    if (victim.queue.try_steal_batch(batch, std::size(batch), taken) != outcome::ok) return nullptr;
    for (std::size_t i = 1; i < taken; ++i) {
      if (thief.queue.try_push(batch[i]) != outcome::ok) [[unlikely]] {
        spill(thief, batch[i]);
      }
    }
    if (taken > 1) notify();
  } else {
    if (victim.queue.try_steal(batch[0]) != outcome::ok) return nullptr;
  }
  return batch[0];
}

template <class P>
task<P>* scheduler<P>::steal(worker<P>& w) noexcept {
  for (unsigned pass = 0; pass != steal_passes; ++pass) {
    victims_.begin_pass(w.index);
    for (std::size_t tries = 1; tries != count_; ++tries) {
      if (task<P>* t = steal_from(w, *workers_[victims_.next(w.index)])) return t;
    }
    W::pause();
  }
  return nullptr;
}

// S3: every queue once, and again where a steal was lost, since that says nothing about what is left.
template <class P>
task<P>* scheduler<P>::look_everywhere(worker<P>& w) noexcept {
  if (task<P>* t = take_global(w, 1)) return t;
  for (auto& other : each_worker()) {
    task<P>* t = nullptr;
    outcome got = other.get() == &w ? w.queue.try_pop(t) : other->queue.try_steal(t);
    while (got == outcome::lost) {
      W::pause();
      got = other.get() == &w ? w.queue.try_pop(t) : other->queue.try_steal(t);
    }
    if (got == outcome::ok) return t;
  }
  return nullptr;
}

// A worker stuck in one task for a whole watch period while something waits in its private slots: take that away.
template <class P>
task<P>* scheduler<P>::stuck_watch(worker<P>& w) noexcept {
  for (auto& other : each_worker()) {
    if (other.get() == &w) continue;
    const std::uint32_t countdown = other->until_fair.load(relaxed);
    const bool same = w.picks_seen[other->index] == countdown;
    w.picks_seen[other->index] = countdown;
    if (!same || other->slots.probably_empty()) continue;
    if (task<P>* t = other->slots.revoke_one()) return t;
  }
  return nullptr;
}

// How long to sleep: until the next timer, or the next look at workers that may be stuck.
template <class P>
nanoseconds_t scheduler<P>::set_alarm(worker<P>& w) noexcept {
  for (;;) {
    nanoseconds_t until = timers_.earliest();
    if (P::watches_stuck_workers && !single_ && !resting_.all_but_one(count_)) {
      w.watch_period = w.watch_period == 0 ? first_watch : std::min(w.watch_period * 2, longest_watch);
      until = std::min(until, W::now() + w.watch_period);
    }
    nanoseconds_t alarm = earliest_alarm_.load(relaxed);
    if (until >= alarm) return never;  // somebody sleeps until then already
    if (!earliest_alarm_.compare_exchange_strong(alarm, until, seq_cst, relaxed)) continue;
    W::fence(seq_cst);  // pairs timer_armed: it sees our alarm, or we see its timer
    if (timers_.earliest() >= until) return until;
    earliest_alarm_.compare_exchange_strong(until, never, relaxed, relaxed);
  }
}

template <class P>
bool scheduler<P>::nothing_queued() noexcept {
  return nothing_queued_in(count_);
}

template <class P>
bool scheduler<P>::nothing_queued_in(unsigned workers) noexcept {
  if (!global_.probably_empty()) return false;
  for (auto& other : std::span(workers_.get(), workers)) {
    if (!other->queue.probably_empty() || !other->slots.probably_empty()) return false;
  }
  return true;
}

// Every worker rests, nothing is queued, no timer runs: nothing inside can make anything happen any more.
template <class P>
bool scheduler<P>::nothing_can_happen(std::uint64_t rest) noexcept {
  if (!resting_.is_all(rest, count_) || timers_.earliest() != never) return false;
  return nothing_queued() && resting_.unchanged(rest);
}

template <class P>
task<P>* scheduler<P>::take_leftover() noexcept {
  for (auto& w : each_worker()) {
    if (task<P>* t = take_leftover_of(*w)) return t;
  }
  return global_.pop(1, [](task<P>*) {});
}

template <class P>
task<P>* scheduler<P>::take_leftover_of(worker<P>& w) noexcept {
  task<P>* t = w.slots.take_next();
  if (t != nullptr) return t;
  while (w.queue.try_pop(t) == outcome::lost) {
  }
  return t != nullptr ? t : w.slots.take_yielded();
}

template <class P>
task<P>* scheduler<P>::find_work(worker<P>& w) noexcept {
  bool searching = false;
  bool kept_watch = false;  // this worker had the earliest alarm until just now: whoever sleeps on relies on it
  for (;;) {
    if (stopping()) {
      if (searching) idle_.end_search_found(w.index);  // the policy is as new once all are home
      return nullptr;
    }
    task<P>* t = look_here(w);
    if (t == nullptr && !single_) {
      searching = searching || idle_.begin_search(w.index);
      if (searching) t = steal(w);
    }
    if (t != nullptr) {
      w.watch_period = 0;
      if (searching) {
        idle_.end_search_found(w.index);  // the last searcher wakes another, who searches in vain and sets its alarm
      } else if (kept_watch) {
        somebody_look();  // and this one takes the watch over: over the timers, and over us
      }
      return t;
    }

    const bool look_again = idle_.prepare_sleep(w.index, searching);  // S1, S2
    searching = false;
    if (look_again) t = look_everywhere(w);  // S3
    if (t != nullptr || stopping()) {
      if (idle_.cancel_sleep(w.index)) idle_.end_search_found(w.index);
      if (t != nullptr) return t;
      continue;
    }

    nanoseconds_t alarm = set_alarm(w);
    const std::uint64_t rest = resting_.enter();
    if (alarm == never && nothing_can_happen(rest)) P::nothing_can_happen(*this);
    const bool chosen = idle_.commit_sleep(w.index, alarm);
    resting_.leave();
    if (alarm != never) {
      nanoseconds_t mine = alarm;
      earliest_alarm_.compare_exchange_strong(mine, never, relaxed, relaxed);
    }
    searching = chosen && idle_.claims.woken_searches;
    kept_watch = alarm != never;
    if (!chosen && P::watches_stuck_workers && !single_) {
      if (task<P>* stuck = stuck_watch(w)) {
        somebody_look();
        return stuck;
      }
    }
  }
}

}  // namespace stealyard::sched
