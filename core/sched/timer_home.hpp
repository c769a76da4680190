// timer_home: where timers wait: a queue, its lock, and its earliest deadline, readable by all. A worker has one, and so has a bubble of
// virtual time. A timer keeps its home for life, so that the home's lock orders stop, reset and firing: whoever has it sees a timer
// either pending or fired, never in between. What fires under the lock therefore must not block, and wakes nobody by itself: it
// returns the task that is ready now.
// Orders
//   H1  store earliest_ relaxed  - a hint: the alarm protocol (scheduler::timer_armed) brings the fences
//   H2  load  earliest_ relaxed  - as H1
#pragma once
#include "core/contract/timer_queue.hpp"
#include "core/fiber/go_edges.hpp"
#include "core/sched/task.hpp"

#include <utility>
#include <vector>

namespace stealyard::sched {

template <class P>
struct timer : timer_hook {
  task<P>* sleeper = nullptr;  // is ready when the timer fires …
  task<P>* (*fire)(timer&, nanoseconds_t now) noexcept = nullptr;  // … or this is called, under the home's lock; null: nobody is ready
  bool (*awaited)(timer&) noexcept = nullptr;  // whether firing could make anybody ready; null: it does
  void (*forget)(timer&) noexcept = nullptr;  // the home is closed, and the timer in it: it will not fire. Null: nothing to do
};

template <class P>
class alignas(line_size) timer_home {
  using W = typename P::world;
  using queue = typename P::timer_queue;

  typename W::mutex mutex_;
  queue queue_;
  bool closed_ = false;                       // under mutex_
  atomic<W, nanoseconds_t> earliest_{never};  // written under mutex_

 public:
  explicit timer_home(queue q) : queue_(std::move(q)) {}

  // Several changes that nobody sees halves of. (Nor does TSan in a tsan-go build what the queue calls in libc.)
  class section {
    [[no_unique_address]] fiber::runtime_section unseen_;
    timer_home& home_;

   public:
    explicit section(timer_home& home) noexcept : home_(home) { home_.mutex_.lock(); }
    ~section() {
      home_.earliest_.store(home_.queue_.earliest(), relaxed);  // H1
      home_.mutex_.unlock();
    }
    section(const section&) = delete;
    section& operator=(const section&) = delete;

    bool closed() const noexcept { return home_.closed_; }
    // t.when is set.
    void insert(timer<P>& t) { home_.queue_.insert(t); }
    // False: it fired, or was never inside.
    bool erase(timer<P>& t) noexcept { return home_.queue_.erase(t); }
  };

  // By the timer's own fire().
  void insert_again(timer<P>& t) { queue_.insert(t); }

  // For scheduler::timer_armed, afterwards.
  void arm(timer<P>& t) { section(*this).insert(t); }

  nanoseconds_t earliest() const noexcept { return earliest_.load(relaxed); }  // H2

  // Fires what is due, the earliest first as far as the queue has an order; at most `most` of them. Returns how many tasks are ready.
  unsigned fire_due(nanoseconds_t now, task<P>** tasks, unsigned most) noexcept {
    const section inside(*this);
    unsigned ready = 0;
    for (unsigned fired = 0; fired != most; ++fired) {
      timer<P>* const t = queue_.pop_due(now);
      if (t == nullptr) break;
      task<P>* const task = t->fire == nullptr ? t->sleeper : t->fire(*t, now);
      if (task != nullptr) tasks[ready++] = task;
    }
    return ready;
  }

  // Whether some timer inside could make anybody ready. O(n log n).
  bool any_awaited() {
    section inside(*this);
    std::vector<timer<P>*> all;
    while (timer<P>* t = queue_.pop_due(never)) all.push_back(t);
    bool some = false;
    for (timer<P>* t : all) {
      some = some || t->awaited == nullptr || t->awaited(*t);
      queue_.insert(*t);
    }
    return some;
  }

  // Nothing fires any more, and nothing can be armed.
  void close() noexcept {
    for (;;) {
      timer<P>* t;
      {
        section inside(*this);
        closed_ = true;
        t = queue_.pop_due(never);
      }
      if (t == nullptr) return;
      if (t->forget != nullptr) t->forget(*t);
    }
  }
};

}  // namespace stealyard::sched
