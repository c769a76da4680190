// Programs on a timer (core/go/timer_core.hpp over sched/timer_home.hpp): its owner, whoever looks for due timers, and those who receive.
// The results are those of one word: idle, armed, put off, or a firing that nobody has received; after stop there is nothing to receive,
// nor before a timer that was put off is due; who waits for ever waits for a timer that nobody fires.
//
//   owner   e reset: due at once   p reset: not due while this lasts   t stop
//   others  f look for due timers   y try_recv   r recv
#pragma once
#include "core/go/timer_core.hpp"
#include "stress/model/linearizability.hpp"
#include "stress/model/suite.hpp"
#include "stress/sched_model/platform.hpp"

#include <chrono>

namespace stealyard::model {

struct timer_model {
  enum : std::uint8_t { idle, armed, put_off, offered } state = idle;
  std::uint8_t firing = 0;
  const unsigned* waiting;  // receivers

  bool step(const operation& op) noexcept {
    switch (op.letter) {
      case 'e':
        return op.flag == (std::exchange(state, armed) != idle);
      case 'p':
        return op.flag == (std::exchange(state, put_off) != idle);
      case 't':
        return op.flag == (std::exchange(state, idle) != idle);
      case 'f':
        if (state == armed) state = offered, firing = op.value;
        return true;
      default:
        if (op.result != outcome::ok) return op.result == outcome::empty && state != offered;
        return std::exchange(state, idle) == offered && firing == op.value;
    }
  }
  std::uint64_t key() const noexcept { return state * 256u + firing; }
  bool may_rest() const noexcept { return *waiting == 0 || state != offered; }
};

template <class P>
class timer_program final : public scenario {
  using time = std::chrono::nanoseconds;
  using timer = timer_core<P, time>;
  static constexpr nanoseconds_t due = 10, later = 1000;

  const program& program_;
  chan_core<P, time> channel_{0, nullptr};
  sched::timer_home<P> home_{typename P::timer_queue{}};
  timer timer_{channel_, home_};
  history history_;
  unsigned waiting_ = 0;
  std::uint8_t firings_ = 0;

  void fire() {
    const auto mine = static_cast<std::uint8_t>(due + ++firings_);
    operation op = history::begin('f', "fire_due", mine);
    sched::task<P>* nobody[2];
    const unsigned ready = home_.fire_due(mine, nobody, 2);
    history_.end(op);
    require(ready == 0, "a task became ready, and there is none");
  }
  void receive(bool waits) {
    landing<time> got;
    operation op = history::begin('r', waits ? "recv" : "try_recv");
    waiting_ += waits ? 1 : 0;
    op.result = waits ? channel_.recv(got, "recv") : channel_.try_recv(got);
    waiting_ -= waits ? 1 : 0;
    if (got) op.value = static_cast<std::uint8_t>(got->count());
    history_.end(op);
  }

 public:
  explicit timer_program(const program& p) : program_(p) { P::forget_workers(); }
  void thread(unsigned index) override {
    for (const char letter : program_.threads[index]) {
      if (letter == 'f') {
        fire();
      } else if (letter == 'y' || letter == 'r') {
        receive(letter == 'r');
      } else if (letter == 'e' || letter == 'p') {
        operation op = history::begin(letter, letter == 'e' ? "reset" : "put off");
        nanoseconds_t to_tell;
        history_.end(op, timer_.reset(letter == 'e' ? due : later, 0, to_tell) == timer::was::pending);
      } else {
        operation op = history::begin('t', "stop");
        history_.end(op, timer_.stop());
      }
    }
  }
  bool may_rest() override { return linearizable(history_, timer_model{.waiting = &waiting_}); }
  void after() override {
    receive(false);
    receive(false);
    require(channel_.deserted(), "a list holds somebody who is gone");
    require(linearizable(history_, timer_model{.waiting = &waiting_}), "no order of the operations gives these results");
  }
};

}  // namespace stealyard::model
