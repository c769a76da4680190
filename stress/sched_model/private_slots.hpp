// The private slots between their owner and one that revokes: every task is taken exactly once, and its contents are seen.
#pragma once
#include "core/sched/private_slots.hpp"
#include "stress/sched_model/platform.hpp"

namespace stealyard::model {

template <class P>
class revoked_slots final : public scenario {
  using task = sched::task<P>;
  static constexpr unsigned tasks = 3;

 public:
  static constexpr unsigned threads = 2;

  revoked_slots() {
    P::forget_workers();
    for (auto& c : contents_) c.put(0u);
  }

  void thread(unsigned index) override { index == 0 ? own() : revoke(); }
  void after() override {
    take(slots_.take_next());
    take(slots_.take_yielded());
    take(slots_.take_yielded());
    for (unsigned n : taken_) require(n == 1, "a task was not taken exactly once");
  }

 private:
  void own() {
    for (unsigned i = 0; i != tasks; ++i) contents_[i].poke() = i + 1;
    slots_.exchange_next(&task_[0]);
    if (task* kicked = slots_.exchange_next(&task_[1])) slots_.put_yielded(kicked);
    slots_.put_yielded(&task_[2]);
    take(slots_.take_next());
    take(slots_.take_yielded());
  }
  void revoke() {
    take(slots_.revoke_one());
    take(slots_.revoke_one());
  }
  void take(task* t) {
    if (t == nullptr) return;
    const auto i = static_cast<std::size_t>(t - task_);
    require(contents_[i].peek() == i + 1, "a task was taken before what its owner wrote could be seen");
    ++taken_[i];
  }

  sched::private_slots<P> slots_;
  task task_[tasks];
  checked::plain<std::uint32_t> contents_[tasks];
  unsigned taken_[tasks] = {};
};

}  // namespace stealyard::model
