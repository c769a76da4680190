// timer_core: what a timer or ticker does to its channel. T is a point in time, made of nanoseconds on the runtime's clock.
//
// The channel is unbuffered (len and cap 0), and a timer that fires while nobody receives stands among its senders, as a sender that
// waits would. stop and reset withdraw that offer, which is all there is to "no stale value": what is not received yet can be taken
// back, and a stop that takes it back has prevented the firing. A ticker whose last tick still stands drops the next.
//   stop, reset  S1 home's lock   S2 withdraw the offer (channel's lock)   S3 erase from the queue   reset: S4 insert   unlock
//   firing       F1 home's lock   F2 leaves the queue       F3 offer (channel's lock)                ticker: F4 insert  unlock
// One lock around each makes them atomic to each other; a receiver needs the channel's lock only.
#pragma once
#include "core/go/chan_core.hpp"
#include "core/sched/timer_home.hpp"

#include <chrono>

namespace stealyard {

template <class P, class T>
class timer_core final : sched::timer<P> {
  using home = sched::timer_home<P>;
  using section = typename home::section;

 public:
  // Not armed. `channel` and `where` must outlive it.
  timer_core(chan_core<P, T>& channel, home& where) noexcept : channel_(channel), home_(where) {
    this->fire = &on_due;
    this->awaited = [](sched::timer<P>& base) noexcept { return static_cast<timer_core&>(base).channel_.has_receivers(); };
    offered_.slot = &value_;
  }
  timer_core(const timer_core&) = delete;
  timer_core& operator=(const timer_core&) = delete;
  ~timer_core() { stop(); }

  // Whether it was armed, or had fired and nobody had received that: then nobody will.
  bool stop() noexcept {
    section inside(home_);  // S1
    return take_back(inside);
  }

  enum class was : unsigned char { idle, pending, closed };
  // Fires at `at`, and each `period` after that (0: once). Answers as stop would. closed: the home is, and the timer is stopped. `to_tell`:
  // as of a section.
  was reset(nanoseconds_t at, nanoseconds_t period, nanoseconds_t& to_tell) {
    section inside(home_, &to_tell);  // S1
    if (inside.closed()) {
      take_back(inside);
      return was::closed;
    }
    const bool stood = withdraw();  // S2
    const bool armed = inside.put(*this, at);  // S3, S4
    period_ = period;
    return armed || stood ? was::pending : was::idle;
  }

 private:
  bool take_back(section& inside) noexcept {
    const bool stood = withdraw();  // S2
    const bool armed = inside.erase(*this);  // S3
    return armed || stood;
  }
  // One that will fire has no offer, but for a ticker's last tick.
  bool withdraw() noexcept { return !(this->pending && period_ == 0) && channel_.withdraw_offer(offered_); }

  // F1 is held, F2 is done.
  static sched::task<P>* on_due(sched::timer<P>& base, nanoseconds_t now) noexcept {
    auto& self = static_cast<timer_core&>(base);
    auto* receiver = self.channel_.offer(self.offered_, T(std::chrono::nanoseconds(now)));  // F3
    if (self.period_ != 0) {
      nanoseconds_t passed = now - self.due, next;
      passed -= passed % self.period_;
      const bool far = __builtin_add_overflow(self.due, passed, &next) || __builtin_add_overflow(next, self.period_, &next);
      self.home_.put_again(self, far ? never - 1 : next);  // F4
    }
    return receiver == nullptr ? nullptr : receiver->wake_later();
  }

  chan_core<P, T>& channel_;
  home& home_;
  nanoseconds_t period_ = 0;  // under the home's lock
  T value_{};  // as channel_ does with an offer
  sched::waiter<P> offered_;
};

}  // namespace stealyard
