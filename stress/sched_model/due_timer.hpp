// A task that waits for a timer which is due when it parks: the product's worker loop with the product's timers. Between the look at the
// channel and the switch away the channel's lock is held, and a firing wants it: whoever fires timers there waits for himself. Either
// worker may fire it, and everybody sleeps until then. What is checked is that it ends, and that each firing is received once.
#pragma once
#include "core/go/timer_core.hpp"
#include "core/sched/timers.hpp"
#include "stress/sched_model/on_workers.hpp"

#include <chrono>

namespace stealyard::model {

// A lock that another model thread may release: the post action runs on the next stack.
class handed_lock {
  atomic<checked, std::uint32_t> held_{0};

 public:
  bool try_lock() noexcept { return held_.exchange(1u, acquire) == 0; }
  void lock() noexcept {
    while (!try_lock()) checked::wait(held_, 1);
  }
  void unlock() noexcept {
    held_.store(0u, release);
    checked::wake(held_, 1);
  }
};

template <template <class, class> class Queue, template <class> class Parker, template <class> class Idle, template <class> class Victim>
struct platform_with_timers : platform_of<platform_with_timers<Queue, Parker, Idle, Victim>, Queue, Parker, Idle, Victim> {
  using base = platform_of<platform_with_timers, Queue, Parker, Idle, Victim>;
  struct world : checked {
    using mutex = handed_lock;
  };
  struct parts : base::parts {
    typename base::timer_queue make_timer_queue() { return {}; }
  };
  using timers = sched::worker_timers<platform_with_timers>;
};

template <class P>
class due_timer final : public on_workers<P, 2, 1> {
  using base = on_workers<P, 2, 1>;
  using base::prepare;
  using base::workers;
  using typename base::task;
  using time = std::chrono::nanoseconds;
  static constexpr unsigned rounds = 2;

 public:
  due_timer() {
    prepare(main_, &run_main);
    workers().at(0).slots.exchange_next(&main_);
  }
  void after() override {
    require(main_.finished == 1, "the task did not end");
    require(channel_.deserted(), "a list holds somebody who is gone");
  }

 private:
  static void run_main(void* self) {
    auto& s = *static_cast<due_timer*>(self);
    for (unsigned round = 0; round != rounds; ++round) {
      // Soon a fair pick, be it when it parks, and any of the four may have the first look.
      auto& w = *P::worker_here();
      w.until_fair.store(1 + checked::random(2), relaxed);
      w.fair_turn = checked::random(4);
      const nanoseconds_t due = checked::now() + (checked::random(2) == 0 ? 0 : 10);
      nanoseconds_t to_tell;
      require(s.timer_.reset(due, 0, to_tell) == timer_core<P, time>::was::idle, "a timer that was received is pending");
      if (to_tell != never) s.workers().timer_armed(to_tell);
      landing<time> got;
      require(s.channel_.recv(got, "timer") == outcome::ok && got->count() >= due, "it fired before it was due");
    }
    s.workers().stop();
  }

  task main_;
  chan_core<P, time> channel_{0, nullptr};
  timer_core<P, time> timer_{channel_, *workers().timers().of_worker(0)};
};

}  // namespace stealyard::model
