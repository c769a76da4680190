// Programs on a worker's private slots (core/sched/private_slots.hpp, with next_slot and biased_lock inside): their owner, and those who
// revoke. Each task is taken once, by somebody who sees what its owner wrote; and the results are those of a slot and a queue.
//
//   owner    u put next   o take next   p put among the yielded   q take of the yielded
//   revoker  k revoke one; it may fail while the owner, or another revoker, is at work
#pragma once
#include "core/sched/private_slots.hpp"
#include "stress/model/linearizability.hpp"
#include "stress/model/suite.hpp"
#include "stress/sched_model/platform.hpp"

namespace stealyard::model {

// Tasks are 1, 2, …; 0: none. `on` is what a put pushed out.
struct slots_model {
  std::uint8_t next = 0;
  sequence yielded{};

  bool take_yielded(std::uint8_t task) noexcept { return task == 0 ? yielded.size() == 0 : yielded.take(item_order::fifo, task); }
  bool step(const operation& op) noexcept {
    switch (op.letter) {
      case 'u':
        return std::exchange(next, op.value) == op.on;
      case 'o':
        return std::exchange(next, std::uint8_t{0}) == op.value;
      case 'p':
        return yielded.push(op.value);
      case 'q':
        return take_yielded(op.value);
      default:
        if (op.value == 0) return op.overlapped || (next == 0 && yielded.size() == 0);
        if (next == op.value) return next = 0, true;
        return take_yielded(op.value);
    }
  }
  std::uint64_t key() const noexcept { return yielded.key() * 64 + next; }
};

template <class P>
class slots_program final : public scenario {
  using task = sched::task<P>;
  static constexpr unsigned most_tasks = 8;
  const program& program_;
  sched::private_slots<P> slots_;
  task tasks_[most_tasks];
  checked::plain<std::uint32_t> contents_[most_tasks];
  history history_;
  unsigned made_ = 0;
  unsigned taken_[most_tasks] = {};

  std::uint8_t see(task* t) {
    if (t == nullptr) return 0;
    const auto i = static_cast<unsigned>(t - tasks_);
    require(contents_[i].peek() == i + 1, "a task was taken before what its owner wrote could be seen");
    require(++taken_[i] == 1, "a task was taken twice");
    return static_cast<std::uint8_t>(i + 1);
  }
  task* fresh() {
    contents_[made_].put(made_ + 1);
    return &tasks_[made_++];
  }
  // A take, by whichever call.
  template <class Take>
  std::uint8_t take(char letter, const char* verb, Take&& call) {
    operation op = history::begin(letter, verb);
    task* const t = call();
    op.value = t == nullptr ? std::uint8_t{0} : static_cast<std::uint8_t>(t - tasks_ + 1);
    history_.end(op);
    return see(t);
  }
  std::uint8_t take_next() {
    return take('o', "take_next", [&] { return slots_.take_next(); });
  }
  std::uint8_t take_yielded() {
    return take('q', "take_yielded", [&] { return slots_.take_yielded(); });
  }
  void put(char letter) {
    task* const t = fresh();
    operation op = history::begin(letter, letter == 'u' ? "put next" : "put yielded", static_cast<std::uint8_t>(made_));
    if (letter == 'u') {
      task* const out = slots_.exchange_next(t);
      op.on = out == nullptr ? std::uint8_t{0} : static_cast<std::uint8_t>(out - tasks_ + 1);
      history_.end(op);
      (void)see(out);
    } else {
      slots_.put_yielded(t);
      history_.end(op);
    }
  }

 public:
  explicit slots_program(const program& p) : program_(p) { P::forget_workers(); }
  void thread(unsigned index) override {
    for (const char letter : program_.threads[index]) {
      switch (letter) {
        case 'u':
        case 'p':
          put(letter);
          break;
        case 'o':
          (void)take_next();
          break;
        case 'q':
          (void)take_yielded();
          break;
        default:
          (void)take('k', "revoke", [&] { return slots_.revoke_one(); });
          break;
      }
    }
  }
  void after() override {
    (void)take_next();
    while (take_yielded() != 0) {
    }
    for (unsigned i = 0; i != made_; ++i) require(taken_[i] == 1, "a task was lost");
    require(linearizable(history_, slots_model{}), "no order of the operations gives these results");
  }
};

}  // namespace stealyard::model
