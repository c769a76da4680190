// Two workers, three tasks, of which two park: the product's worker loop, waiter, wait group and post-switch protocol.
//   main: starts a, waits until a and b are done (a wait group), then stops the scheduler
//   a:    waits under a lock until b has been there (a waiter, as a channel's receiver)
//   b:    tells a; a foreign thread starts it, at any time: both workers may be asleep, or about to be, so that a wake-up lost is a
//   deadlock
// Checks: nobody sleeps for ever (Relacy: deadlock), nobody runs on two stacks, each task ends once, and what happened before
// is visible after (race detector).
#pragma once
#include "core/go/wait_group_core.hpp"
#include "stress/sched_model/platform.hpp"

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
class three_tasks final : public scenario {
  using scheduler = sched::scheduler<P>;
  using task = sched::task<P>;
  using stack = typename P::stack;
  static constexpr unsigned workers = 2;
  static constexpr unsigned stacks = workers + 2;  // two tasks park

 public:
  static constexpr unsigned threads = workers + stacks + 1;

  three_tasks() : pool_(stacks) {
    P::forget_workers();
    parts_.pool = &pool_;
    parts_.next_stack = &next_stack_;
    scheduler_ = std::make_unique<scheduler>(parts_, workers);
    prepare(main_, &run_main);
    prepare(a_, &run_a);
    prepare(b_, &run_b);
    for (auto& cell : done_) cell.put(0u);
    group_.add(2);  // here: b may end before main begins
    scheduler_->at(0).slots.exchange_next(&main_);
  }

  void thread(unsigned index) override {
    if (index < workers) return be_worker(index);
    if (index == workers + stacks) return start_b();
    try {
      typename P::worker* w = nullptr;
      void* arrived = pool_[index - workers].await(w);
      P::enter_worker(*w);
      sched::base_loop<P>(arrived);
    } catch (const baton_withdrawn&) {  // NOLINT(bugprone-empty-catch): how a stack that nobody needs any more ends
    }
  }

  void after() override { require(main_.finished == 1 && a_.finished == 1 && b_.finished == 1, "a task did not end exactly once"); }

 private:
  void be_worker(unsigned index) {
    sched::run_worker(scheduler_->at(index));
    if (home_.fetch_add(1u, acq_rel) + 1 != workers) return;
    for (stack& s : pool_) {  // everybody is home: whoever still waits for a baton waits on an idle stack
      s.withdrawn = true;
      s.hand(nullptr, nullptr);
    }
  }

  // Mostly late, so that the workers are about to sleep: at any moment would nearly always be at the beginning.
  void start_b() {
    for (std::uint32_t patience = checked::random(100); patience != 0; --patience) checked::pause();
    scheduler_->push_global(&b_);
  }

  void prepare(task& t, void (*body)(void*)) {
    t.body = body;
    t.scenario = this;
    t.entry = [](task& me) { me.body(me.scenario); };
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
    s.scheduler_->stop();
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

  typename P::parts parts_;
  atomic<checked, std::uint32_t> next_stack_{0};
  std::vector<stack> pool_;
  std::unique_ptr<scheduler> scheduler_;
  task main_, a_, b_;
  wait_group_core<P> group_;
  spin_lock lock_;
  bool told_ = false;                        // under lock_
  sched::waiter<P>* waiting_ = nullptr;      // under lock_
  checked::plain<std::uint32_t> done_[2];
  atomic<checked, std::uint32_t> home_{0};
};

}  // namespace stealyard::model
