// timers: one queue a worker, each behind its lock, with its earliest deadline readable by all. A worker fires its own at scheduling
// points; one that goes idle fires everybody's, and the sleeper with the earliest alarm waits for the next.
#pragma once
#include "core/contract/timer_queue.hpp"
#include "core/sched/minutes.hpp"
#include "core/sched/parts.hpp"
#include "core/sched/task.hpp"

#include <mutex>

namespace stealyard::sched {

struct timer : timer_hook {
  product_task* sleeper = nullptr;  // made ready when the timer fires …
  void (*fire)(timer&) noexcept = nullptr;  // … or this is called, on a worker, outside any goroutine; it must not block
  unsigned home = 0;  // the worker whose queue holds it
};

class worker_timers {
  struct alignas(line_size) slot {
    real::mutex mutex;
    std::unique_ptr<abstract_timer_queue> queue;
    atomic<real, nanoseconds_t> earliest{never};  // written under mutex; read as a hint
  };
  using guard = std::lock_guard<real::mutex>;
  static constexpr unsigned most_at_once = 64;

  std::unique_ptr<slot[]> slots_;
  unsigned workers_;

 public:
  worker_timers(part_choice& parts, unsigned workers) : slots_(std::make_unique<slot[]>(workers)), workers_(workers) {
    for (unsigned i = 0; i != workers; ++i) slots_[i].queue = parts.make_timer_queue();
  }

  // t.when is set. The caller then tells the scheduler (timer_armed).
  void arm(unsigned home, timer& t) {
    slot& s = slots_[home];
    t.home = home;
    guard lock(s.mutex);
    s.queue->insert(t);
    s.earliest.store(s.queue->earliest(), relaxed);
  }

  // False: it fired, or is about to.
  bool disarm(timer& t) noexcept {
    slot& s = slots_[t.home];
    guard lock(s.mutex);
    const bool was_inside = s.queue->erase(t);
    s.earliest.store(s.queue->earliest(), relaxed);
    return was_inside;
  }

  // Over all workers; never if there is none.
  nanoseconds_t earliest() const noexcept {
    nanoseconds_t first = never;
    for (unsigned i = 0; i != workers_; ++i) first = std::min(first, slots_[i].earliest.load(relaxed));
    return first;
  }

  // Fires what is due: one task for the caller to run, the rest made ready on w.
  template <class Worker>
  product_task* take_due(Worker& w, bool of_others) noexcept {
    const unsigned last = of_others ? workers_ : 1;
    nanoseconds_t now = 0;
    product_task* first = nullptr;
    look_at_the_clock();
    for (unsigned i = 0; i != last && first == nullptr; ++i) {
      slot& s = slots_[(w.index + i) % workers_];
      const nanoseconds_t due = s.earliest.load(relaxed);
      if (due == never) continue;
      if (now == 0) now = real::now();
      if (due <= now) first = fire_due(w, s, now);
    }
    return first;
  }

 private:
  template <class Worker>
  product_task* fire_due(Worker& w, slot& s, nanoseconds_t now) noexcept {
    product_task* first = nullptr;
    for (unsigned fired = 0; fired != most_at_once; ++fired) {
      timer* t;
      {
        guard lock(s.mutex);
        t = s.queue->pop_due(now);
        s.earliest.store(s.queue->earliest(), relaxed);
      }
      if (t == nullptr) break;
      if (t->sleeper == nullptr) {
        t->fire(*t);
      } else if (first == nullptr) {
        first = t->sleeper;
      } else {
        w.owner.push_local(w, t->sleeper);  // the timer may be gone from here on: it lives on the sleeper's stack
      }
    }
    return first;
  }
};

}  // namespace stealyard::sched
