// Two workers, then one, then two again (core/decisions/0030): pause, resize and resume of the product's own scheduler, and the hand-over
// from one idle policy to another under the eyes of a foreign pusher.
//   main: changes the number, waits until c, d and e are done, changes it back, and stops the scheduler; somewhere it waits for b
//   c:    on the worker that goes: starts d and e, of which one is in a slot and one in a queue when it goes home
//   b:    a foreign thread starts it, at any time: before, between, after
// The model's crew: whoever brings the last worker home makes the change and goes on with worker 0; the other thread is a spare one.
// Checks: nobody sleeps for ever (Relacy: deadlock): no task is lost with the worker that goes, and no wake-up with its policy; each task
// ends once; what happened before is visible after (race detector).
#pragma once
#include "core/go/wait_group_core.hpp"
#include "core/sched/idle_in_use.hpp"
#include "stress/sched_model/on_workers.hpp"

#include <optional>

namespace stealyard::model {

// As the product's, of one policy.
template <template <class> class Idle>
struct replaceable {
  template <class W>
  struct idle : sched::idle_in_use<W, Idle<W>> {
    using sched::idle_in_use<W, Idle<W>>::idle_in_use;
    idle(unsigned workers, idle_sleepers& sleepers)
        : sched::idle_in_use<W, Idle<W>>(workers, std::make_unique<Idle<W>>(workers, sleepers), Idle<W>::claims) {}
  };
};

// A victim policy that can be moved, as the product's.
template <template <class> class Victim>
struct owned {
  template <class W>
  class victim {
    std::unique_ptr<Victim<W>> policy_;

   public:
    explicit victim(const victim_view& view) : policy_(std::make_unique<Victim<W>>(view)) {}
    void begin_pass(unsigned thief) noexcept { policy_->begin_pass(thief); }
    unsigned next(unsigned thief) noexcept { return policy_->next(thief); }
  };
};

template <class P>
class resized_loop final : public on_workers<P, 2, 1> {  // main parks
  using base = on_workers<P, 2, 1>;
  using base::home_;
  using base::parts_;
  using base::prepare;
  using base::workers;
  using typename base::scheduler;
  using typename base::task;

 public:
  resized_loop() {
    prepare(main_, &run_main);
    prepare(c_, &run_c);
    for (task* t : {&b_, &d_, &e_}) prepare(*t, &run_leaf);
    for (auto& cell : done_) cell.put(0u);
    inside_.add(3);
    outside_.add(1);
    workers().at(0).slots.exchange_next(&main_);
    workers().at(1).slots.exchange_next(&c_);
  }

  void after() override {
    for (const task* t : {&main_, &b_, &c_, &d_, &e_}) require(t->finished == 1, "a task did not end exactly once");
  }

 private:
  enum : std::uint32_t { wait_on, enter_1, end };

  void be_thread(unsigned at) override {
    for (;;) {
      const unsigned all = live_;
      require(sched::run_worker(workers().at(at)), "a thread came home without its worker");
      if (home_.fetch_add(1u, acq_rel) + 1 != all) {
        std::uint32_t next = enter_1;
        for (; !turn_.compare_exchange_strong(next, wait_on, acq_rel, acquire); next = enter_1) {
          if (next == end) return;
          checked::wait(turn_, wait_on);
        }
        at = 1;
        continue;
      }
      if (!make_change()) return;
      at = 0;
    }
  }

  // Everybody is home. False: for good.
  bool make_change() {
    if (!to_.has_value()) {
      this->withdraw_stacks();
      tell(end);
      return false;
    }
    workers().resize(*to_);
    to_.reset();
    live_ = workers().workers();
    home_.store(0u, relaxed);
    workers().push_global(&main_);
    require(workers().resume(), "nobody has stopped it");
    if (live_ == 2) tell(enter_1);
    return true;
  }
  void tell(std::uint32_t what) {
    turn_.store(what, release);
    checked::wake(turn_, 1);
  }

  void change(unsigned n) {
    struct begin : sched::post_action {
      resized_loop* in;
    };
    to_.emplace(workers().prepare(parts_, n));
    begin after;
    after.in = this;
    after.run = [](sched::post_action& action) noexcept {
      require(static_cast<begin&>(action).in->workers().pause(), "nobody has stopped it");
    };
    typename P::worker& w = *P::worker_here();
    w.until_fair.store(1u, relaxed);
    sched::park(w, after);
    require(P::worker_here()->owner.workers() == n, "as many workers as were asked for");
  }

  // Mostly late: see three_tasks.
  void stranger() override {
    for (std::uint32_t patience = checked::random(150); patience != 0; --patience) checked::pause();
    workers().push_global(&b_);
  }

  void finish_current() {
    const task* me = P::worker_here()->current;
    const task* all[] = {&b_, &c_, &d_, &e_};
    for (unsigned i = 0; i != 4; ++i) {
      if (all[i] == me) done_[i].poke() = 1;
    }
    require((me == &b_ ? outside_ : inside_).add(-1) == wait_group_fault::none, "a correct use of the group was called misuse");
  }
  static void wait_for(wait_group_core<P>& group) {
    require(group.wait("main") == wait_group_fault::none, "a correct use of the group was called misuse");
  }

  static void run_main(void* self) {
    auto& s = *static_cast<resized_loop*>(self);
    const bool b_first = checked::random(2) == 0;
    s.change(1);
    wait_for(s.inside_);  // what the worker that went had queued, too
    if (b_first) wait_for(s.outside_);
    s.change(2);
    if (!b_first) wait_for(s.outside_);
    for (auto& cell : s.done_) require(cell.peek() == 1, "wait returned before done");
    s.workers().stop();
  }
  static void run_c(void* self) {
    auto& s = *static_cast<resized_loop*>(self);
    sched::ready(*P::worker_here(), &s.d_);
    sched::ready(*P::worker_here(), &s.e_);
    P::worker_here()->until_fair.store(1u, relaxed);
    s.finish_current();
  }
  static void run_leaf(void* self) { static_cast<resized_loop*>(self)->finish_current(); }

  task main_, b_, c_, d_, e_;
  wait_group_core<P> inside_, outside_;  // c, d and e; b
  checked::plain<std::uint32_t> done_[4];
  std::optional<typename scheduler::resizing> to_;  // main's, then whoever's who makes the change
  unsigned live_ = 2;
  atomic<checked, std::uint32_t> turn_{wait_on};
};

}  // namespace stealyard::model
