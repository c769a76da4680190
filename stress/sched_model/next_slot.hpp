// The next slot between its owner and a revoker who gives back what it took: every put is matched by one take, also when the same
// task comes again, which is when a claim left over from its first life would show.
#pragma once
#include "core/sched/next_slot.hpp"
#include "stress/sched_model/platform.hpp"

namespace stealyard::model {

template <class P>
class next_slot_again final : public scenario {
  using task = sched::task<P>;
  static constexpr unsigned tasks = 2;

 public:
  static constexpr unsigned threads = 2;

  next_slot_again() {
    P::forget_workers();
    for (auto& c : contents_) c.put(0u);
  }

  void thread(unsigned index) override { index == 0 ? own() : revoke(); }
  void after() override {
    own_take(slot_.take());
    for (unsigned i = 0; i != tasks; ++i) require(puts_[i] == own_takes_[i] + other_takes_[i], "a put without its one take");
  }

 private:
  void own() {
    own_take(put(0));
    own_take(put(1));
    own_take(slot_.take());
    for (unsigned round = 0; round != 2; ++round) {
      if (task* again = given_back_.exchange(nullptr, acquire)) own_take(put(static_cast<unsigned>(again - task_)));
    }
    own_take(slot_.take());
  }
  void revoke() {
    for (unsigned round = 0; round != 2; ++round) {
      task* t = slot_.revoke();
      if (t == nullptr) continue;
      const unsigned i = see(t);
      ++other_takes_[i];
      given_back_.store(t, release);
    }
  }

  task* put(unsigned i) {
    contents_[i].poke() = ++puts_[i];
    return slot_.exchange(&task_[i]);
  }
  void own_take(task* t) {
    if (t != nullptr) ++own_takes_[see(t)];
  }
  // Whoever takes a task sees what its owner wrote before the put.
  unsigned see(task* t) {
    const auto i = static_cast<unsigned>(t - task_);
    require(contents_[i].peek() != 0, "a task was taken before what its owner wrote could be seen");
    return i;
  }

  sched::next_slot<checked, task> slot_;
  atomic<checked, task*> given_back_{nullptr};
  task task_[tasks];
  checked::plain<std::uint32_t> contents_[tasks];
  unsigned puts_[tasks] = {}, own_takes_[tasks] = {}, other_takes_[tasks] = {};
};

}  // namespace stealyard::model
