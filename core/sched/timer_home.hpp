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
  static constexpr unsigned most_looks = 256;  // at timers that were put off, at once: some ten microseconds under the lock

  typename W::mutex mutex_;
  queue queue_;
  const bool exact_;                          // `earliest` is so
  bool closed_ = false;                       // under mutex_
  atomic<W, nanoseconds_t> earliest_{never};  // written under mutex_

 public:
  explicit timer_home(queue q, bool exact = false) : queue_(std::move(q)), exact_(exact) {}

  // Several changes that nobody sees halves of. (Nor does TSan in a tsan-go build what the queue calls in libc.) At its end `to_tell`
  // is the home's earliest time, if that is an earlier one since, else never: whoever sleeps longer must hear of it
  // (scheduler::timer_armed), even if that timer is gone by then. Of any other timer nobody is told: whoever comes at the earliest time
  // sees it.
  class section {
    [[no_unique_address]] fiber::runtime_section unseen_;
    timer_home& home_;
    nanoseconds_t* const to_tell_;

   public:
    explicit section(timer_home& home, nanoseconds_t* to_tell = nullptr) noexcept : home_(home), to_tell_(to_tell) { home_.mutex_.lock(); }
    ~section() {
      const nanoseconds_t earliest = home_.queue_.earliest();
      if (to_tell_ != nullptr) *to_tell_ = earliest < home_.earliest() ? earliest : never;
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

  // By the timer's own fire().
  void put_again(timer<P>& t, nanoseconds_t at) { insert(t, at); }

  // Whom to tell, as of a section.
  nanoseconds_t arm(timer<P>& t, nanoseconds_t at) {
    nanoseconds_t to_tell;
    section(*this, &to_tell).put(t, at);
    return to_tell;
  }

  nanoseconds_t earliest() const noexcept { return earliest_.load(relaxed); }  // H2

  // Fires what is due, the earliest first as far as the queue has an order; at most `most` of them. Returns how many tasks are ready.
  unsigned fire_due(nanoseconds_t now, task<P>** tasks, unsigned most) noexcept {
    const section inside(*this);
    unsigned ready = 0;
    for (unsigned fired = 0, looks = 0; fired != most && looks != most_looks; ++looks) {
      timer<P>* const t = queue_.pop_due(now);
      if (t == nullptr) break;
      t->pending = false;
      if (t->due > now) {  // it was put off
        insert(*t, t->due);
        continue;
      }
      ++fired;
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
      void (*forget)(timer<P>&) noexcept = nullptr;
      {
        section inside(*this);
        closed_ = true;
        t = queue_.pop_due(never);
        if (t == nullptr) return;
        t->pending = false;
        forget = t->forget;
      }
      if (forget != nullptr) forget(*t);  // else it may be gone by now
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
