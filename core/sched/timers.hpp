// timers: a home a worker. A worker fires its own at scheduling points; one that goes idle fires everybody's, and the sleeper with the
// earliest alarm waits for the next.
//
// A timer keeps its home for life, and a home may lose its worker (scheduler.hpp: another number of workers). The workers that are left
// share such homes: worker i of n fires those of i + n, i + 2n, … as its own, so that a timer need not wait for somebody to go idle.
// Orders
//   D1  store made_ release  with D2: the home was made before
//   D2  load  made_ acquire  with D1
#pragma once
#include "core/contract/claims.hpp"
#include "core/sched/minutes.hpp"
#include "core/sched/timer_home.hpp"
#include "core/sched/worker.hpp"

#include <algorithm>
#include <memory>

namespace stealyard::sched {

template <class P>
class worker_timers {
  using W = typename P::world;
  using home = timer_home<P>;
  static constexpr unsigned most_at_once = 32;  // on the stack, and that may be a small one
  // Fewer than a worker runs until its next look (61): otherwise each look would put newer ones on top of what a LIFO queue holds still,
  // and under overload the oldest would wait for its end.
  static constexpr unsigned most_if_busy = 16;

  const std::unique_ptr<std::shared_ptr<home>[]> homes_;  // shared with timers that outlive the run
  atomic<W, std::uint32_t> made_{0};                      // so many are there; only grows

  unsigned made() const noexcept { return made_.load(acquire); }  // D2

 public:
  worker_timers(typename P::parts& parts, unsigned workers) : homes_(std::make_unique<std::shared_ptr<home>[]>(room_for<P>(workers))) {
    grow(parts, workers);
  }

  // At least so many homes. By one at a time; may throw.
  void grow(typename P::parts& parts, unsigned workers) {
    for (unsigned i = made_.load(relaxed); i < workers; ++i) {
      homes_[i] = std::make_shared<home>(parts.make_timer_queue());
      made_.store(i + 1, release);  // D1
    }
  }

  const std::shared_ptr<home>& of_worker(unsigned i) noexcept { return homes_[i]; }

  // Over all homes; never if there is none.
  nanoseconds_t earliest() const noexcept {
    nanoseconds_t first = never;
    for (unsigned i = 0, n = made(); i != n; ++i) first = std::min(first, homes_[i]->earliest());
    return first;
  }

  // Fires what is due: one task for the caller to run, the rest made ready on w, to run in the order they were due.
  task<P>* take_due(worker<P>& w, bool of_others) noexcept {
    const unsigned all = made();
    const unsigned step = of_others ? 1 : w.owner.workers();
    nanoseconds_t now = 0;
    task<P>* first = nullptr;
    look_at_the_clock();
    for (unsigned i = 0; (of_others ? i < all : w.index + i < all) && first == nullptr; i += step) {
      home& h = *homes_[(w.index + i) % all];
      const nanoseconds_t due = h.earliest();
      if (due == never) continue;
      if (now == 0) now = W::now();
      if (due <= now) first = take_from(w, h, now);
    }
    return first;
  }

  // The run has ended.
  void close() noexcept {
    for (unsigned i = 0, n = made(); i != n; ++i) homes_[i]->close();
  }

 private:
  template <class Queue>
  static bool newest_first(const Queue& q) noexcept {
    if constexpr (requires { q.newest_first(); }) {
      return q.newest_first();
    } else {
      return Queue::claims.owner_order == item_order::lifo;
    }
  }

  task<P>* take_from(worker<P>& w, home& h, nanoseconds_t now) noexcept {
    task<P>* tasks[most_at_once];
    const unsigned ready = h.fire_due(now, tasks, w.queue.probably_empty() ? most_at_once : most_if_busy);
    if (ready == 0) return nullptr;
    if (newest_first(w.queue)) {
      for (unsigned i = ready - 1; i != 0; --i) w.owner.push_local(w, tasks[i]);
    } else {
      for (unsigned i = 1; i != ready; ++i) w.owner.push_local(w, tasks[i]);
    }
    return tasks[0];
  }
};

}  // namespace stealyard::sched
