// timer_home: where timers wait: a queue, its lock, and its earliest deadline, readable by all. A worker has one, and so has a bubble of
// virtual time. A timer keeps its home for life, so that the home's lock orders stop, reset and firing: whoever has it sees a timer
// either pending or fired, never in between. What fires under the lock therefore must not block, and wakes nobody by itself: it
// returns the task that is ready now.
//
// A timer that is put off stays where it is in the queue, and moves when the queue comes to it: timeouts are put off far more often than
// they fire. So `earliest` may be too early, never too late.
//   Invariant: of a timer inside, when <= due
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
  nanoseconds_t due = 0;  // this and the next: under the home's lock
  bool pending = false;   // in the home's queue
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
  const bool exact_;                          // `earliest` is so
  bool closed_ = false;                       // under mutex_
  atomic<W, nanoseconds_t> earliest_{never};  // written under mutex_

 public:
  explicit timer_home(queue q, bool exact = false) : queue_(std::move(q)), exact_(exact) {}

  // Several changes that nobody sees halves of. (Nor does TSan in a tsan-go build what the queue calls in libc.) At its end `sooner` says
  // whether the home's earliest time is an earlier one since: then whoever sleeps longer must hear of it (scheduler::timer_armed). If it is
  // not, whoever comes for the earliest sees the rest.
  class section {
    [[no_unique_address]] fiber::runtime_section unseen_;
    timer_home& home_;
    bool* const sooner_;

   public:
    explicit section(timer_home& home, bool* sooner = nullptr) noexcept : home_(home), sooner_(sooner) { home_.mutex_.lock(); }
    ~section() {
      const nanoseconds_t earliest = home_.queue_.earliest();
      if (sooner_ != nullptr) *sooner_ = earliest < home_.earliest();
      home_.earliest_.store(earliest, relaxed);  // H1
      home_.mutex_.unlock();
    }
    section(const section&) = delete;
    section& operator=(const section&) = delete;

    bool closed() const noexcept { return home_.closed_; }
    // It is due at `at`, whatever it was before. True: it was inside.
    bool put(timer<P>& t, nanoseconds_t at) {
      if (t.pending) {
        t.due = at;
        if (at >= t.when && !home_.exact_) return true;
        erase(t);
        home_.insert(t, at);
        return true;
      }
      home_.insert(t, at);
      return false;
    }
    // False: it fired, or was never inside.
    bool erase(timer<P>& t) noexcept {
      if (!t.pending) return false;
      t.pending = false;
      return home_.queue_.erase(t);
    }
  };

  // By the timer's own fire(), which was told its `due`.
  void put_again(timer<P>& t, nanoseconds_t at) { insert(t, at); }

  // True: sooner, as of a section.
  bool arm(timer<P>& t, nanoseconds_t at) {
    bool sooner;
    section(*this, &sooner).put(t, at);
    return sooner;
  }

  nanoseconds_t earliest() const noexcept { return earliest_.load(relaxed); }  // H2

  // Fires what is due, the earliest first as far as the queue has an order, and looks at `most` timers at most. Returns how many tasks are
  // ready.
  unsigned fire_due(nanoseconds_t now, task<P>** tasks, unsigned most) noexcept {
    const section inside(*this);
    unsigned ready = 0;
    for (unsigned seen = 0; seen != most; ++seen) {
      timer<P>* const t = queue_.pop_due(now);
      if (t == nullptr) break;
      t->pending = false;
      if (t->due > now) {  // it was put off
        insert(*t, t->due);
        continue;
      }
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
        if (t != nullptr) t->pending = false;
      }
      if (t == nullptr) return;
      if (t->forget != nullptr) t->forget(*t);
    }
  }

 private:
  void insert(timer<P>& t, nanoseconds_t at) {
    t.when = t.due = at;
    queue_.insert(t);
    t.pending = true;
  }
};

}  // namespace stealyard::sched
