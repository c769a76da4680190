// A goroutine that is told to unwind (core/sched/unwind.hpp), beside threads that may be about to wake it. The model thread that runs it is
// the worker: when it has parked it is resumed at once, with a post action that throws. If a waker was quicker it is told as one that was
// queued, else as one that is roused: others may find it in lists still.
//
// A waiter's own fields are bare. So what a goroutine notes when it begins to wait, what its waker notes, and what it writes when its frame
// is gone, are one race-checked cell: whoever wakes it must have seen it published, and be done with it before it goes.
#pragma once
#include "core/sched/goexit.hpp"
#include "stress/sched_model/unused_parts.hpp"

#include <memory>

namespace stealyard::model {

struct unwinding_platform : platform_of<unwinding_platform, unused_queue, unused_parker, unused_idle, unused_victim> {
  struct task_extras {
    checked::plain<std::uint32_t> waits;
    bool woken = false;  // by somebody who took it out of where it was
    task_extras() { waits.put(0u); }
  };
  static void note_reason(sched::task<unwinding_platform>& t, reason) noexcept { t.waits.poke() = 1; }

  static inline task* goroutine = nullptr;  // the one there is

  static bool roused() noexcept { return !goroutine->woken; }
  static void await_wake() noexcept {
    while (worker_here()->owner.take_leftover() == nullptr) checked::pause();
    goroutine->woken = true;
  }
  static void* switch_to(worker& w, place&, stack&, place&, stack&, void* arg) {
    static sched::post_action telling{[](sched::post_action&) { throw sched::goexit_signal{}; }};
    sched::run_post_action(arg);
    w.current = goroutine;
    goroutine->woken = w.owner.take_leftover() != nullptr;
    return &telling;
  }
};

// At most one a scenario, made by whoever sets it up.
class goroutine_that_unwinds {
  using P = unwinding_platform;
  P::parts parts_;
  atomic<checked, std::uint32_t> next_stack_{0};
  std::vector<P::stack> stacks_{2};
  std::unique_ptr<sched::scheduler<P>> scheduler_;
  P::task task_;

 public:
  goroutine_that_unwinds() {
    parts_.pool = &stacks_;
    parts_.next_stack = &next_stack_;
    scheduler_ = std::make_unique<sched::scheduler<P>>(parts_, 1);
    scheduler_->at(0).until_fair.store(1u, relaxed);  // as a scheduler that stops leaves it
    task_.stack = &stacks_[1];
  }

  // Whoever wakes it when its frame is gone reads what was there, in every run: nothing else gets down to where f was. So the race is what
  // is found.
  template <class F>
  [[gnu::noinline]] static void far_below(F& f) {
    constexpr std::size_t distance = 16384;
    auto* const between = static_cast<char*>(__builtin_alloca(distance));
    asm volatile("" : : "r"(between) : "memory");
    f();
  }

  // Runs f on the calling thread. False: it had to wait, and was told.
  template <class F>
  bool run(F&& f) {
    sched::worker<P>& w = scheduler_->at(0);
    P::goroutine = &task_;
    P::enter_worker(w);
    w.current = &task_;
    bool ended = true;
    try {
      far_below(f);
    } catch (const sched::goexit_signal& signal) {
      signal.at_the_base = true;
      ended = false;
    }
    P::leave_worker(w);
    task_.waits.poke() = 0;
    return ended;
  }
};

}  // namespace stealyard::model
