// timer, ticker, after, after_func: as in Go 1.23 and later. A timer's channel has len and cap 0, and after stop or reset no value of
// before can be received. Handles are shared: copies are the same timer. One whose handles and channel are all dropped is stopped, as
// nobody could notice it; an after_func runs all the same. While a timer is armed, "all goroutines are asleep" is not said.
// A foreign thread may use all of it while run() lasts; outside it panics.
#pragma once
#include "core/go/chan.hpp"
#include "core/go/clock.hpp"
#include "core/go/held.hpp"
#include "core/go/timer_service.hpp"

#include <functional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace stealyard {

namespace detail {

using time_channel = counted_chan<clock::time_point>;

// One handle, armed for now + delay, and each `period` after that if it is not 0.
time_channel* make_timer(nanoseconds_t delay, nanoseconds_t period);
bool stop_timer(time_channel* of, const char* if_none);
bool reset_timer(time_channel* of, nanoseconds_t delay, nanoseconds_t period, const char* if_none);

// An after_func, whatever it calls. Each armed timer, each handle and each goroutine that runs it holds one count.
class func_timer : sched::product_timer {
  using home = sched::timer_home<sched::product>;
  atomic<real, std::uint32_t> holders_{1};
  const std::shared_ptr<home> home_;
  const origin made_;
  [[no_unique_address]] fiber::sync_clock armed_after_;  // as Go's race detector has it: arming goes before the call

  static sched::product_task* start(sched::product_timer& base, nanoseconds_t now) noexcept;

 public:
  explicit func_timer(std::source_location site);
  virtual ~func_timer() = default;
  virtual void call() = 0;
  bool stop();
  bool reset(nanoseconds_t delay);
  void hold() noexcept { holders_.fetch_add(1u, relaxed); }
  void let_go() noexcept {
    if (holders_.fetch_sub(1u, acq_rel) == 1) delete this;
  }
};

template <class F>
class func_timer_of final : public func_timer {
  F f_;

 public:
  template <class G>
  func_timer_of(G&& g, std::source_location site) : func_timer(site), f_(std::forward<G>(g)) {}
  void call() override { std::invoke(f_); }
};

}  // namespace detail

// Sends the time once, d after now. Zero or negative: at once; huge durations saturate.
class timer {
  recv_only<clock::time_point> c_;
  detail::held<detail::func_timer> f_;

 public:
  template <class Rep, class Period>
  explicit timer(std::chrono::duration<Rep, Period> d) : c_(detail::make_timer(detail::saturating_ns(d), 0)) {}

  explicit timer(detail::held<detail::func_timer> f) noexcept : c_(nullptr), f_(std::move(f)) {}

  // nil for an after_func's.
  recv_only<clock::time_point> c() const noexcept { return c_; }

  // Whether this prevented the firing: it had not fired, or nobody had received that yet. An after_func's may run still after false.
  bool stop() const {
    return f_.get() != nullptr ? f_.get()->stop() : detail::stop_timer(c_.state_of(), "time: Stop called on uninitialized Timer");
  }

  // Fires d after now, instead of what was planned. Answers as stop would have.
  template <class Rep, class Period>
  bool reset(std::chrono::duration<Rep, Period> d) const {
    const nanoseconds_t delay = detail::saturating_ns(d);
    if (f_.get() != nullptr) return f_.get()->reset(delay);
    return detail::reset_timer(c_.state_of(), delay, 0, "time: Reset called on uninitialized Timer");
  }
};

// Sends the time each d. Ticks that come before the last one was received are dropped.
class ticker {
  recv_only<clock::time_point> c_;

  template <class Rep, class Period>
  static nanoseconds_t positive(std::chrono::duration<Rep, Period> d, const char* complaint) {
    const nanoseconds_t n = detail::saturating_ns(d);
    if (n <= 0) panic_text(complaint);
    return n;
  }
  ticker(nanoseconds_t n, int) : c_(detail::make_timer(n, n)) {}

 public:
  // Panics `non-positive interval for NewTicker`.
  template <class Rep, class Period>
  explicit ticker(std::chrono::duration<Rep, Period> d) : ticker(positive(d, "non-positive interval for NewTicker"), 0) {}

  recv_only<clock::time_point> c() const noexcept { return c_; }
  // No tick is received any more. The channel is not closed.
  void stop() const { detail::stop_timer(c_.state_of(), "time: Stop called on uninitialized Ticker"); }
  // The next tick is d after now. Panics `non-positive interval for Ticker.Reset`.
  template <class Rep, class Period>
  void reset(std::chrono::duration<Rep, Period> d) const {
    const nanoseconds_t n = positive(d, "non-positive interval for Ticker.Reset");
    detail::reset_timer(c_.state_of(), n, n, "time: Reset called on uninitialized Ticker");
  }
};

// A channel that the time is sent on once, d after now.
template <class Rep, class Period>
recv_only<clock::time_point> after(std::chrono::duration<Rep, Period> d) {
  return timer(d).c();
}

// Calls f in a goroutine of its own, d after now. Stop and reset it by what is returned, whose c() is nil. A reset one may call f while f
// still runs.
template <class Rep, class Period, class F>
timer after_func(std::chrono::duration<Rep, Period> d, F&& f, std::source_location site = std::source_location::current()) {
  const timer made{detail::held<detail::func_timer>(new detail::func_timer_of<std::decay_t<F>>(std::forward<F>(f), site))};
  made.reset(d);
  return made;
}

}  // namespace stealyard
