// Two workers, three tasks, of which two park: the product's worker loop, waiter, wait group and post-switch protocol.
//   main: starts a, waits until a and b are done (a wait group), then stops the scheduler
//   a:    waits under a lock until b has been there (a waiter, as a channel's receiver)
//   b:    tells a; a foreign thread starts it, at any time: both workers may be asleep, or about to be, so that a wake-up lost is a
//   deadlock
// Checks: nobody sleeps for ever (Relacy: deadlock), nobody runs on two stacks, each task ends once, and what happened before
// is visible after (race detector).
#pragma once
#include "core/go/wait_group_core.hpp"
#include "stress/sched_model/on_workers.hpp"

namespace stealyard::model {

// A lock that another model thread may release: the post action runs on the next stack.
class spin_lock {
  atomic<checked, std::uint32_t> held_{0};

 public:
  void lock() noexcept {
    while (held_.exchange(1u, acquire) != 0) checked::pause();
  }
  void unlock() noexcept { held_.store(0u, release); }
};

template <class P>
class three_tasks final : public on_workers<P, 2, 2> {
  using base = on_workers<P, 2, 2>;
  using base::prepare;
  using base::workers;
  using typename base::task;

 public:
  three_tasks() {
    prepare(main_, &run_main);
    prepare(a_, &run_a);
    prepare(b_, &run_b);
    for (auto& cell : done_) cell.put(0u);
    group_.add(2);  // here: b may end before main begins
    workers().at(0).slots.exchange_next(&main_);
  }

  void after() override { require(main_.finished == 1 && a_.finished == 1 && b_.finished == 1, "a task did not end exactly once"); }

 private:
  // Mostly late, so that the workers are about to sleep: at any moment would nearly always be at the beginning.
  void stranger() override {
    for (std::uint32_t patience = checked::random(100); patience != 0; --patience) checked::pause();
    workers().push_global(&b_);
  }

  void spawn(task& t) { sched::ready(*P::worker_here(), &t); }
  void finish(unsigned who) {
    done_[who].poke() = 1;
    require(group_.add(-1) == wait_group_fault::none, "a correct use of the group was called misuse");
  }

  static void run_main(void* self) {
    auto& s = *static_cast<three_tasks*>(self);
    s.spawn(s.a_);
    require(s.group_.wait("main") == wait_group_fault::none, "a correct use of the group was called misuse");
    require(s.done_[0].peek() == 1 && s.done_[1].peek() == 1, "wait returned before done");
    s.workers().stop();
  }
  static void run_a(void* self) {
    auto& s = *static_cast<three_tasks*>(self);
    s.lock_.lock();
    if (!s.told_) {
      sched::waiter<P> me;
      s.waiting_ = &me;
      me.wait(s.lock_, "a");
    } else {
      s.lock_.unlock();
    }
    s.finish(0);
  }
  static void run_b(void* self) {
    auto& s = *static_cast<three_tasks*>(self);
    s.lock_.lock();
    s.told_ = true;
    sched::waiter<P>* w = s.waiting_;
    s.lock_.unlock();
    if (w != nullptr) w->wake();
    s.finish(1);
  }

  task main_, a_, b_;
  wait_group_core<P> group_;
  spin_lock lock_;
  bool told_ = false;                        // under lock_
  sched::waiter<P>* waiting_ = nullptr;      // under lock_
  checked::plain<std::uint32_t> done_[2];
};

}  // namespace stealyard::model
