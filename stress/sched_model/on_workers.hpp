// A scenario on the product's worker loop: its workers, the stacks they take, and a thread more for whoever comes from outside.
#pragma once
#include "stress/sched_model/platform.hpp"

namespace stealyard::model {

template <class P, unsigned Workers, unsigned Parking>
class on_workers : public scenario {
 protected:
  using scheduler = sched::scheduler<P>;
  using task = typename P::task;
  using stack = typename P::stack;
  static constexpr unsigned stacks = Workers + Parking;  // as many tasks park

 public:
  static constexpr unsigned threads = Workers + stacks + 1;

  on_workers() : pool_(stacks) {
    P::forget_workers();
    parts_.pool = &pool_;
    parts_.next_stack = &next_stack_;
    scheduler_ = std::make_unique<scheduler>(parts_, Workers);
  }

  void thread(unsigned index) final {
    if (index < Workers) return be_thread(index);
    if (index == Workers + stacks) return stranger();
    try {
      typename P::worker* w = nullptr;
      void* arrived = pool_[index - Workers].await(w);
      P::enter_worker(*w);
      sched::base_loop<P>(arrived);
    } catch (const baton_withdrawn&) {  // NOLINT(bugprone-empty-catch): how a stack that nobody needs any more ends
    }
  }

 protected:
  virtual void stranger() {}

  // A worker from its beginning to its end; whoever comes home last shuts the rest down.
  virtual void be_thread(unsigned index) {
    sched::run_worker(scheduler_->at(index));
    if (home_.fetch_add(1u, acq_rel) + 1 == Workers) withdraw_stacks();
  }

  // Everybody is home: whoever still waits for a baton waits on an idle stack.
  void withdraw_stacks() {
    for (stack& s : pool_) {
      s.withdrawn = true;
      s.hand(nullptr, nullptr);
    }
  }

  void prepare(task& t, void (*body)(void*)) {
    t.body = body;
    t.scenario = this;
    t.entry = [](task& me) { me.body(me.scenario); };
  }
  scheduler& workers() noexcept { return *scheduler_; }

  typename P::parts parts_;
  atomic<checked, std::uint32_t> home_{0};  // workers that have ended

 private:
  atomic<checked, std::uint32_t> next_stack_{0};
  std::vector<stack> pool_;
  std::unique_ptr<scheduler> scheduler_;
};

}  // namespace stealyard::model
